import type { Point, ReplayStore } from '#core';
import { dayMs } from '../downsample/buckets.ts';
import { type Change, compare, idOf } from './compare.ts';
import { historyOf } from './logged.ts';
import { isStillKept, type Remade, type RemakeParts, remake } from './remake.ts';
import { Tally } from './tally.ts';

/** Bounds what is in memory, and how much is done again after a crash. */
const uplinksMax = 250;
/** Readings of times closer to each other than that are asked for together, up to so long a span. */
const gapMsMax = dayMs;
const spanMsMax = 7 * dayMs;
/**
 * An uplink's records lie within 30 days before and a minute after the moment it was first seen, which in turn lies
 * within 30 days after and a minute before its own time (gateway-bridge/event-time.ts).
 */
const reachMs = 31 * dayMs;

export interface SliceParts extends RemakeParts {
  readonly store: ReplayStore;
}

/** Some uplinks of a device in a row, decoded anew. */
export interface Slice extends Change {
  /** Rows of uplinks in it, also those that nothing is made of. */
  readonly uplinks: number;
  /** Where the next slice begins; undefined where this was the last. */
  readonly nextMs: number | undefined;
  readonly tally: Tally;
}

/** The rows of a slice, and the span they are all the rows of. */
interface Rows {
  readonly device: string;
  readonly uplinks: readonly Point[];
  readonly statuses: readonly Point[];
  readonly fromMs: number;
  readonly endMs: number;
}

/** Reads the next uplinks of a device, decodes them and finds out what would have to change; changes nothing. */
export async function prepareSlice(
  device: string,
  fromMs: number,
  toMs: number,
  parts: SliceParts,
): Promise<Slice> {
  const { store } = parts;
  const uplinks = await store.uplinks(device, fromMs, toMs, uplinksMax);
  const last = uplinks.at(-1);
  const isLast = uplinks.length < uplinksMax || !last;
  const endMs = isLast ? toMs : last.time + 1;
  const rows = { device, uplinks, statuses: await store.statuses(device, fromMs, endMs), fromMs, endMs };
  const tally = new Tally();
  const remade = await remake(rows.uplinks, rows.statuses, parts, tally);
  const stored = await storedReadings(rows, remade, parts);
  return {
    ...(await changeOf(rows, remade, stored, parts, tally)),
    uplinks: uplinks.length,
    nextMs: isLast ? undefined : endMs,
    tally,
  };
}

async function storedReadings(
  { device }: Rows,
  remade: readonly Remade[],
  parts: SliceParts,
): Promise<Point[]> {
  const times = new Set(remade.flatMap(({ timesMs }) => timesMs));
  const stored: Point[] = [];
  for (const [fromMs, toMs] of spansOf(times)) {
    const all = await parts.store.readings(device, fromMs, toMs);
    stored.push(...all.filter((point) => times.has(point.time) && isStillKept(point, parts)));
  }
  return stored;
}

/** Who else may have told readings is asked for only where something would go. */
async function changeOf(
  rows: Rows,
  remade: readonly Remade[],
  stored: readonly Point[],
  { store }: SliceParts,
  tally: Tally,
): Promise<Change> {
  const alone = compare(remade, stored, () => false, new Tally());
  if (!alone.gone.some(({ retention }) => retention === 'readings')) {
    return compare(remade, stored, () => false, tally);
  }
  const others = await toldByOthers(rows, remade, store);
  return compare(remade, stored, (timeMs) => others.has(timeMs), tally);
}

/** Every time of which a row that was not made again may have told readings. */
async function toldByOthers(
  { device, uplinks, statuses, fromMs, endMs }: Rows,
  remade: readonly Remade[],
  store: ReplayStore,
): Promise<Set<number>> {
  const times = remade.flatMap(({ timesMs }) => timesMs);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const rows = [...uplinks, ...statuses];
  rows.push(...(await store.historyTold(device, first - reachMs, last + reachMs)));
  for (const [from, to] of spansOf(new Set(times.filter((timeMs) => timeMs < fromMs || timeMs >= endMs)))) {
    rows.push(...(await store.uplinks(device, from, to, Number.MAX_SAFE_INTEGER)));
    rows.push(...(await store.statuses(device, from, to)));
  }
  const own = new Set(remade.map(({ row }) => idOf(row)));
  const others = rows.filter((row) => !own.has(idOf(row)));
  const told = others.flatMap((row) => [row.time, ...historyOf(row)]);
  return new Set([...told, ...remade.flatMap(({ tooOldMs }) => tooOldMs)]);
}

/** Spans that hold all of the times, in order. */
function spansOf(times: ReadonlySet<number>): [fromMs: number, toMs: number][] {
  const spans: [number, number][] = [];
  for (const timeMs of [...times].sort((a, b) => a - b)) {
    const span = spans.at(-1);
    if (span && timeMs - span[1] < gapMsMax && timeMs - span[0] < spanMsMax) span[1] = timeMs + 1;
    else spans.push([timeMs, timeMs + 1]);
  }
  return spans;
}
