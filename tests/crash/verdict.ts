import type { Uplink } from './load.ts';

/** A row of a store. */
export interface Row {
  readonly device: string;
  /** ms UTC. */
  readonly timeMs: number;
  /** Flagged as a copy of a frame. */
  readonly isCopy: boolean;
}

/** What a store holds: a row of the radio log and a row of readings for each uplink. */
export interface Held {
  readonly uplinks: readonly Row[];
  readonly readings: readonly Row[];
}

/** What became of uplinks. */
export interface Verdict {
  /** Acknowledged by us and in the store exactly once: in the radio log, and with its reading. */
  readonly once: number;
  /** Acknowledged by us and not in one of the two. */
  readonly missing: readonly string[];
  /** Rows too many: a second one of an uplink, or one where nothing was published. */
  readonly tooMany: readonly string[];
  /** Frames processed twice of which not exactly one counts, or others that do not. */
  readonly miscounted: readonly string[];
}

/** Holds what a store has against what was published and what we acknowledged of it. */
export function judge(
  published: ReadonlyMap<string, Uplink>,
  acknowledged: ReadonlySet<string>,
  held: Held,
): Verdict {
  const known = new Set([...published.values()].map(placeOf));
  const [log, readings] = [byPlace(held.uplinks), byPlace(held.readings)];
  const missing: string[] = [];
  let once = 0;
  for (const id of acknowledged) {
    const uplink = published.get(id);
    if (!uplink) continue;
    const counts = [log, readings].map((rows) => rows.get(placeOf(uplink))?.length ?? 0);
    if (counts.includes(0)) missing.push(id);
    else if (counts.every((count) => count === 1)) once++;
  }
  return {
    once,
    missing,
    tooMany: [...surplus(log, known), ...surplus(readings, known)],
    miscounted: [...miscounted(published, log), ...miscounted(published, readings)],
  };
}

function placeOf({ device, timeMs }: Pick<Row, 'device' | 'timeMs'>): string {
  return `${device} at ${timeMs}`;
}

function byPlace(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, placeOf);
}

function* surplus(rows: ReadonlyMap<string, readonly Row[]>, known: ReadonlySet<string>): Generator<string> {
  for (const [place, there] of rows) {
    const allowed = known.has(place) ? 1 : 0;
    for (let more = allowed; more < there.length; more++) yield place;
  }
}

/** Of a frame that is there several times all but one are flagged, of any other none. */
function* miscounted(
  published: ReadonlyMap<string, Uplink>,
  rows: ReadonlyMap<string, readonly Row[]>,
): Generator<string> {
  const frames = Map.groupBy(published.values(), ({ device, fCnt }) => `${device} frame ${fCnt}`);
  for (const [frame, uplinks] of frames) {
    const there = uplinks.flatMap((uplink) => rows.get(placeOf(uplink))?.[0] ?? []);
    const copies = there.filter(({ isCopy }) => isCopy).length;
    if (there.length > 0 && copies !== there.length - 1) yield frame;
  }
}
