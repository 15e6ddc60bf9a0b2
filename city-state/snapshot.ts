/**
 * All that is remembered, as one text. Ten thousand devices make it large, so it is lists without names, times count
 * back from the newest frame or reading of their device, and what repeats is named once.
 */
import { isQuantityKey, type ProfileFacts, type Value } from '#core';
import { Device, type Series } from './device.ts';
import { type Frame, FrameWindow } from './frames.ts';
import type { Run } from './runs.ts';
import { type Entry, ReadingWindow } from './windows.ts';

const version = 1;

type FrameRow = [
  agoMs: number,
  id: string,
  devAddr: number,
  fCnt: number,
  key: number,
  cameAsCopy: 0 | 1,
  duplicate: 0 | 1,
];
/** The frame is its place among the device's frames, or -1. */
type EntryRow = [agoMs: number, value: Value, rank: 0 | 1, frame: number];
type SeriesRow = [quantity: string, channel: string | null, entries: EntryRow[]];
type ReportedRow = [profile: number, time: number, id: string];
type DeviceRow = [
  devEui: string,
  newestMs: number,
  devAddrs: string[],
  folded: Run | null,
  frames: FrameRow[],
  series: SeriesRow[],
  reported: ReportedRow | null,
  /** Left out by releases that knew of none. */
  revision?: number,
];

interface Snapshot {
  readonly version: typeof version;
  readonly profiles: readonly ProfileFacts[];
  readonly devices: readonly DeviceRow[];
}

/** Gives each different thing a number, in the order they come. */
class Numbering<T> {
  readonly all: T[] = [];
  readonly #numbers = new Map<string, number>();

  of(thing: T, name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.all.push(thing) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }
}

function deviceRow(devEui: string, device: Device, profiles: Numbering<ProfileFacts>): DeviceRow {
  const { folded, frames } = device.frames.kept;
  const addresses = new Numbering<string>();
  const series = [...device.series];
  const newestMs = Math.max(
    frames.at(-1)?.time ?? 0,
    ...series.map(({ window }) => window.kept.at(-1)?.time ?? 0),
  );
  const placeOf = new Map(frames.map((frame, place) => [frame, place]));
  const { reported } = device;
  return [
    devEui,
    newestMs,
    addresses.all,
    folded ?? null,
    frames.map(({ time, id, devAddr, fCnt, key, cameAsCopy, duplicate }) => [
      newestMs - time,
      id,
      addresses.of(devAddr, devAddr),
      fCnt,
      key,
      cameAsCopy ? 1 : 0,
      duplicate ? 1 : 0,
    ]),
    series.map(({ quantity, channel, window }) => [
      quantity,
      channel ?? null,
      entryRows(window.kept, placeOf, newestMs),
    ]),
    reported === undefined
      ? null
      : [profiles.of(reported.profile, JSON.stringify(reported.profile)), reported.time, reported.id],
    device.revision,
  ];
}

function entryRows(
  entries: readonly Entry[],
  placeOf: ReadonlyMap<Frame, number>,
  newestMs: number,
): EntryRow[] {
  return entries.flatMap(({ time, value, rank, frame }): EntryRow[] => {
    const place = frame === undefined ? undefined : placeOf.get(frame);
    // A copy whose frame has left the window stays uncounted for ever: it need not be kept.
    if (place === undefined && frame?.duplicate === true) return [];
    return [[newestMs - time, value, rank, place ?? -1]];
  });
}

function entryOf([agoMs, value, rank, place]: EntryRow, frames: readonly Frame[], newestMs: number): Entry {
  const frame = frames[place];
  const time = newestMs - agoMs;
  return frame === undefined ? { time, value, rank } : { time, value, rank, frame };
}

function deviceOf(row: DeviceRow, profiles: readonly ProfileFacts[]): Device {
  const [, newestMs, devAddrs, folded, frameRows, seriesRows, reportedRow, revision = newestMs] = row;
  const frames = frameRows.map(
    ([agoMs, id, address, fCnt, key, cameAsCopy, duplicate]): Frame => ({
      time: newestMs - agoMs,
      id,
      devAddr: devAddrs[address] ?? '',
      fCnt,
      key,
      cameAsCopy: cameAsCopy === 1,
      duplicate: duplicate === 1,
    }),
  );
  const series = seriesRows.flatMap(([quantity, channel, entries]): Series[] => {
    if (!isQuantityKey(quantity)) return [];
    const window = ReadingWindow.of(entries.map((entry) => entryOf(entry, frames, newestMs)));
    return [{ quantity, channel: channel ?? undefined, window }];
  });
  const profile = reportedRow === null ? undefined : profiles[reportedRow[0]];
  const reported =
    reportedRow === null || profile === undefined
      ? undefined
      : { profile, time: reportedRow[1], id: reportedRow[2] };
  return new Device(revision, FrameWindow.of({ folded: folded ?? undefined, frames }), series, reported);
}

/** One device as text, for {@link devicesOf}. */
export function deviceText(devEui: string, device: Device): string {
  return snapshotOf(new Map([[devEui, device]]));
}

/** The devices as text. */
export function snapshotOf(devices: ReadonlyMap<string, Device>): string {
  const profiles = new Numbering<ProfileFacts>();
  const rows = [...devices].map(([devEui, device]) => deviceRow(devEui, device, profiles));
  return JSON.stringify({ version, profiles: profiles.all, devices: rows } satisfies Snapshot);
}

/**
 * The devices of a snapshot; quantities that are not known any more are left out.
 * @throws {Error} where the text is no snapshot, or one of another version
 */
export function devicesOf(snapshot: string): Map<string, Device> {
  const read: unknown = JSON.parse(snapshot);
  const found = typeof read === 'object' && read !== null && 'version' in read ? read.version : undefined;
  if (found !== version)
    throw new Error(
      `this snapshot of the city state has version ${String(found)}, only ${version} can be restored: ` +
        'start without it, or with the release that wrote it',
    );
  const { profiles, devices } = read as Snapshot;
  return new Map(devices.map((row) => [row[0], deviceOf(row, profiles)]));
}
