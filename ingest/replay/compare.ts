import type { Point, PointId, ReplayExample, Value } from '#core';
import { flagsOf } from './logged.ts';
import type { Remade } from './remake.ts';
import type { Tally } from './tally.ts';

/** What has to be done to the store so that it holds what was made again. */
export interface Change {
  readonly gone: readonly PointId[];
  /** New ones, and those that differ. */
  readonly points: readonly Point[];
}

/** Where a value stands, whatever theme or place it was given to. */
interface Cell extends Pick<ReplayExample, 'device' | 'timeMs' | 'channel' | 'quantity'> {
  readonly value: Value;
  /** All else that is to be the same: theme, place, flags. */
  readonly about: string;
}

/**
 * Compares what was made again with what the store holds at the same times, and counts it. What another row may have
 * told stays: only what these rows alone can have told, and tell no more, goes.
 *
 * @param stored all readings of the device at the times of the rows
 * @param isToldByOthers whether a row that was not made again may have told readings of that time
 */
export function compare(
  remade: readonly Remade[],
  stored: readonly Point[],
  isToldByOthers: (timeMs: number) => boolean,
  tally: Tally,
): Change {
  const before = new Map([...stored, ...remade.map(({ row }) => row)].map((point) => [idOf(point), point]));
  const after = merged(remade.flatMap(({ points }) => points));
  const gone = new Map<string, PointId>();
  const kept: Point[] = [];
  for (const [id, old] of before) {
    const stale = staleFields(old, after.get(id));
    if (stale.length === 0) continue;
    if (old.retention === 'readings' && isToldByOthers(old.time)) {
      // Written over what is there, it leaves the other fields alone.
      kept.push({ ...old, fields: pick(old.fields, stale) });
    } else {
      const { fields: _, ...identity } = old;
      gone.set(id, identity);
    }
  }
  const points = [...after].filter(([id, made]) => gone.has(id) || !isIn(made, before.get(id)));
  count(cellsOf(stored, kept), cellsOf([...after.values()]), profileByTime(remade), tally);
  return { gone: [...gone.values()], points: points.map(([, made]) => made) };
}

/** What is there and is not told any more. */
function staleFields(old: Point, made: Point | undefined): string[] {
  const isReading = old.retention === 'readings';
  // The row of a status is only where its battery level comes from.
  if (!isReading && !made) return [];
  // A reading is always written with its flags, so that none are left of those before.
  return Object.keys(old.fields).filter(
    (name) => made?.fields[name] === undefined && !(isReading && made && name === 'flags'),
  );
}

/** Whether writing a point would change nothing. */
function isIn({ fields }: Point, old: Point | undefined): boolean {
  if (!old || fields.flags !== old.fields.flags) return false;
  return Object.entries(fields).every(([name, value]) => old.fields[name] === value);
}

/** A point's identity as text. */
export function idOf({ retention, measurement, time, tags }: PointId): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([retention, measurement, time, sorted]);
}

/** Points of one identity become one, as in the store: of a field the last counts. */
function merged(points: readonly Point[]): Map<string, Point> {
  const all = new Map<string, Point>();
  for (const point of points) {
    const id = idOf(point);
    const { flags: _, ...before } = all.get(id)?.fields ?? {};
    all.set(id, { ...point, fields: { ...before, ...point.fields } });
  }
  return all;
}

function pick(fields: Point['fields'], names: readonly string[]): Point['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

function profileByTime(remade: readonly Remade[]): (timeMs: number) => string {
  const profiles = new Map<number, string>();
  for (const { profile, timesMs } of remade) for (const timeMs of timesMs) profiles.set(timeMs, profile);
  return (timeMs) => profiles.get(timeMs) ?? remade[0]?.profile ?? '';
}

function cellsOf(points: readonly Point[], without: readonly Point[] = []): Map<string, Cell> {
  const left = new Map(without.map((point) => [idOf(point), point.fields]));
  const cells = new Map<string, Cell>();
  for (const point of points) {
    if (point.retention !== 'readings') continue;
    const { measurement, tags, time, fields } = point;
    const { device = '', channel, asset, site } = tags;
    const about = JSON.stringify([measurement, asset, site, flagsOf(fields)]);
    for (const [quantity, value] of Object.entries(fields)) {
      if (quantity === 'flags' || left.get(idOf(point))?.[quantity] !== undefined) continue;
      const cell = {
        device,
        timeMs: time,
        ...(channel !== undefined && { channel }),
        quantity,
        value,
        about,
      };
      cells.set(`${time} ${channel ?? ''} ${quantity}`, cell);
    }
  }
  return cells;
}

function count(
  before: ReadonlyMap<string, Cell>,
  after: ReadonlyMap<string, Cell>,
  profileOf: (timeMs: number) => string,
  tally: Tally,
): void {
  for (const [key, old] of before)
    if (!after.has(key)) note('gone', old, undefined, profileOf(old.timeMs), tally);
  for (const [key, made] of after) {
    const old = before.get(key);
    if (!old) note('new', undefined, made, profileOf(made.timeMs), tally);
    else if (old.value === made.value && old.about === made.about) tally.add(profileOf(made.timeMs), 'same');
    else note('changed', old, made, profileOf(made.timeMs), tally);
  }
}

function note(
  what: 'gone' | 'new' | 'changed',
  old: Cell | undefined,
  made: Cell | undefined,
  profile: string,
  tally: Tally,
): void {
  tally.add(profile, what);
  const cell = made ?? old;
  if (!cell) return;
  const { device, timeMs, channel, quantity } = cell;
  tally.example(profile, { device, timeMs, channel, quantity, before: old?.value, after: made?.value });
}
