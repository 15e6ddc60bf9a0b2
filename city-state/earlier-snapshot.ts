/**
 * Reads what releases before rows wrote: all devices, or one of them in the live-state feed, as one JSON text. Lists
 * without names; times count back from the newest frame or reading of their device, and what repeats is named once.
 */
import { isQuantityKey, type ProfileFacts, type QuantityKey, type Value } from '#core';
import { Device, type Series } from './device.ts';
import { addressOf, idOf, shortOf } from './fingerprint.ts';
import { type Frame, FrameCells } from './frame-cells.ts';
import { FrameWindow } from './frames.ts';
import type { Run } from './runs.ts';
import { itemsMaxOf, ReadingWindow } from './windows.ts';

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
type FoldedRun = Omit<Run, 'devAddr'> & { readonly devAddr: string };
type DeviceRow = [
  devEui: string,
  newestMs: number,
  devAddrs: string[],
  folded: FoldedRun | null,
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

function framesOf(newestMs: number, devAddrs: readonly string[], rows: readonly FrameRow[]): Frame[] {
  return rows.map(([agoMs, id, address, fCnt, key, cameAsCopy, duplicate]) => ({
    time: newestMs - agoMs,
    id: idOf(id),
    devAddr: addressOf(devAddrs[address] ?? ''),
    fCnt,
    // The 32 bits hashed then, as the 20 they have become.
    unreadable: false,
    payload: (key ^ (key >>> 20)) & 0xf_ffff,
    cameAsCopy: cameAsCopy === 1,
    early: false,
    duplicate: duplicate === 1,
  }));
}

function windowOf(
  quantity: QuantityKey,
  newestMs: number,
  frames: readonly Frame[],
  rows: readonly EntryRow[],
): ReadingWindow {
  const window = new ReadingWindow(itemsMaxOf(quantity));
  for (const [agoMs, value, rank, place] of rows) {
    const frame = frames[place];
    const from = frame === undefined ? 0 : shortOf(frame.id);
    window.add({ time: newestMs - agoMs, value, rank, from, duplicate: frame?.duplicate ?? false });
  }
  return window;
}

function deviceOf(row: DeviceRow, profiles: readonly ProfileFacts[]): Device {
  const [, newestMs, devAddrs, foldedRun, frameRows, seriesRows, reportedRow, revision = newestMs] = row;
  const frames = framesOf(newestMs, devAddrs, frameRows);
  const cells = new FrameCells();
  for (const frame of frames.toSorted((a, b) => a.time - b.time || a.id - b.id))
    cells.insert(cells.size, frame);
  const series = seriesRows.flatMap(([quantity, channel, entries]): Series[] => {
    if (!isQuantityKey(quantity)) return [];
    return [
      { quantity, channel: channel ?? undefined, window: windowOf(quantity, newestMs, frames, entries) },
    ];
  });
  const folded = foldedRun === null ? undefined : { ...foldedRun, devAddr: addressOf(foldedRun.devAddr) };
  const window = new FrameWindow([...cells.cells], folded);
  const [profile, time, id] = reportedRow ?? [];
  const facts = profile === undefined ? undefined : profiles[profile];
  if (facts === undefined || time === undefined || id === undefined)
    return new Device(revision, window, series);
  return new Device(revision, window, series, { profile: facts, time, id: idOf(id) });
}

/**
 * The devices of such a text; quantities that are not known any more are left out.
 * @throws {Error} where the text is none, or one of another version
 */
export function earlierDevices(text: string): Map<string, Device> {
  const read: unknown = JSON.parse(text);
  const found = typeof read === 'object' && read !== null && 'version' in read ? read.version : undefined;
  if (found !== version)
    throw new Error(
      `this snapshot of the city state has version ${String(found)}, as a text only ${version} can be restored: ` +
        'start without it, or with the release that wrote it',
    );
  const { profiles, devices } = read as Snapshot;
  return new Map(devices.map((row) => [row[0], deviceOf(row, profiles)]));
}
