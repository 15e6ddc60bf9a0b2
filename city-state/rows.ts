/**
 * What is remembered of one device, as bytes: for the snapshot on disk, and as base64 in the live-state feed.
 *
 *     0  u8   version, 2
 *     4  u32  bytes of the head with the spaces that fill it up to a multiple of 8, little endian
 *     8  …    head, UTF-8: one line of JSON, and one of the device's profile where there is one
 *     …  f64  cells of the frames, then those of each series, in the processor's byte order
 *
 * Most of it is copied as it lies in memory. Numbers are written in the byte order of the machine: Node runs on little
 * endian ones only, but for s390x.
 */
import { isQuantityKey, type ProfileFacts } from '#core';
import { Device, type Reported, type Series } from './device.ts';
import { earlierDevices } from './earlier-snapshot.ts';
import { FrameWindow } from './frames.ts';
import type { Run } from './runs.ts';
import { itemsMaxOf, ReadingWindow } from './windows.ts';

const version = 2;
const headAt = 8;
const cellBytes = 8;

interface Head {
  readonly devEui: string;
  readonly revision: number;
  readonly folded: Run | null;
  readonly reported: readonly [time: number, id: number] | null;
  /** Cells of the frames. */
  readonly frames: number;
  readonly series: readonly (readonly [
    quantity: string,
    channel: string | null,
    cells: number,
    texts: readonly string[] | null,
  ])[];
}

/** Profiles are few, shared by devices, and never changed: each is written and read once. */
const profileTexts = new WeakMap<ProfileFacts, string>();
const profilesByText = new Map<string, ProfileFacts>();
/** Profiles a text is remembered for; more than a city has models. */
const profilesMax = 1000;

function textOf(profile: ProfileFacts): string {
  let text = profileTexts.get(profile);
  if (text === undefined) {
    text = JSON.stringify(profile);
    profileTexts.set(profile, text);
  }
  return text;
}

function profileOf(text: string): ProfileFacts {
  let profile = profilesByText.get(text);
  if (profile === undefined) {
    profile = JSON.parse(text) as ProfileFacts;
    if (profilesByText.size >= profilesMax) profilesByText.clear();
    profilesByText.set(text, profile);
  }
  return profile;
}

function headText(devEui: string, { revision, frames, series, reported }: Device): string {
  const head: Head = {
    devEui,
    revision,
    folded: frames.folded ?? null,
    reported: reported === undefined ? null : [reported.time, reported.id],
    frames: frames.cells.length,
    series: series.map(({ quantity, channel, window }) => [
      quantity,
      channel ?? null,
      window.cells.length,
      window.texts ?? null,
    ]),
  };
  const line = JSON.stringify(head);
  return reported === undefined ? line : `${line}\n${textOf(reported.profile)}`;
}

/** Rows are written here one after the other: ten thousand buffers at once would set the garbage collector off. */
let bytes = Buffer.alloc(0);
let cells = new Float64Array(0);

function makeRoom(bytesMin: number): void {
  if (bytes.length >= bytesMin) return;
  const buffer = new ArrayBuffer(Math.ceil((2 * bytesMin) / cellBytes) * cellBytes);
  bytes = Buffer.from(buffer);
  cells = new Float64Array(buffer);
}

/** One device as bytes, for {@link devicesOf}: they hold until the next are asked for. Costs some microseconds. */
export function rowOf(devEui: string, device: Device): Buffer {
  const text = headText(devEui, device);
  const columns = [device.frames.cells, ...device.series.map(({ window }) => window.cells)];
  const count = columns.reduce((sum, column) => sum + column.length, 0);
  // UTF-8 takes at most three bytes for what a string counts as one.
  makeRoom(headAt + 3 * text.length + (count + 1) * cellBytes);
  const textEnd = headAt + bytes.write(text, headAt);
  const cellsAt = Math.ceil(textEnd / cellBytes) * cellBytes;
  bytes.fill(0, 0, headAt).fill(0x20, textEnd, cellsAt);
  bytes[0] = version;
  bytes.writeUInt32LE(cellsAt - headAt, 4);
  let at = cellsAt / cellBytes;
  for (const column of columns) {
    cells.set(column, at);
    at += column.length;
  }
  return bytes.subarray(0, at * cellBytes);
}

/** Gives cells one stretch after the other. */
function readerOf(row: Buffer): (count: number) => number[] {
  // Numbers can be read as such only where they lie at a multiple of eight.
  makeRoom(row.length);
  row.copy(bytes);
  const end = row.length / cellBytes;
  let at = 0;
  return (count) => {
    if (at + count > end) throw new Error('a row of the city state is shorter than it says');
    const stretch: number[] = [];
    for (const stop = at + count; at < stop; at++) stretch.push(cells[at] ?? 0);
    return stretch;
  };
}

function deviceOf(row: Buffer): [devEui: string, device: Device] {
  const cellsAt = headAt + row.readUInt32LE(4);
  const [line = '', profile] = row.toString('utf8', headAt, cellsAt).trimEnd().split('\n');
  const head = JSON.parse(line) as Head;
  const next = readerOf(row.subarray(cellsAt));
  const frames = new FrameWindow(next(head.frames), head.folded ?? undefined);
  const series = head.series.flatMap(([quantity, channel, count, texts]): Series[] => {
    const kept = next(count);
    if (!isQuantityKey(quantity)) return [];
    const window = new ReadingWindow(itemsMaxOf(quantity), kept, texts === null ? undefined : [...texts]);
    return [{ quantity, channel: channel ?? undefined, window }];
  });
  const [time, id] = head.reported ?? [];
  const reported: Reported | undefined =
    time === undefined || id === undefined || profile === undefined
      ? undefined
      : { profile: profileOf(profile), time, id };
  return [head.devEui, new Device(head.revision, frames, series, reported)];
}

/**
 * The device of a row, or all of a snapshot of earlier releases; quantities that are not known any more are left out.
 * @throws {Error} where the bytes are neither, or were written by a release that writes otherwise
 */
export function devicesOf(row: Uint8Array): Map<string, Device> {
  const read = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  if (read[0] === version) return new Map([deviceOf(read)]);
  if (read[0] === '{'.charCodeAt(0)) return earlierDevices(read.toString());
  throw new Error(
    `this part of the city state has version ${String(read[0])}, only ${version} and texts of version 1 can be ` +
      'restored: start without it, or with the release that wrote it',
  );
}
