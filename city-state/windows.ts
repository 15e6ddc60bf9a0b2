import type { Reading, Value } from '#core';
import { type Frame, windowItemsMax, windowMs } from './frames.ts';

/** One value of a window. */
export interface Entry {
  readonly time: number;
  readonly value: Value;
  /** 1 if it is to be taken at face value, 0 if it carries a flag: of two at the same time the first kind wins. */
  readonly rank: 0 | 1;
  /** The radio frame that brought it; none for what the network server itself tells. */
  readonly frame?: Frame;
}

/** The entry of a reading. */
export function entryOf({ time, value, flags }: Reading, frame: Frame | undefined): Entry {
  const rank = flags === undefined || flags.length === 0 ? 1 : 0;
  return frame === undefined ? { time, value, rank } : { time, value, rank, frame };
}

/** A total order, so that the newest of a set is the same however the set was put together. */
function compare(a: Entry, b: Entry): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  const [left, right] = [a.frame?.id ?? '', b.frame?.id ?? ''];
  return left === right ? 0 : left < right ? -1 : 1;
}

/**
 * The readings of one device, channel and quantity: at most 64 within 2 h of the newest, and the last one before.
 * Any order and repetition gives the same window: what falls out can never come back by adding others.
 */
export class ReadingWindow {
  readonly #entries: Entry[] = [];

  /** Takes an entry in; gives whether it is there now and was not before. */
  add(entry: Entry): boolean {
    const entries = this.#entries;
    let at = entries.length;
    for (let before = entries[at - 1]; before !== undefined; before = entries[at - 1]) {
      const order = compare(before, entry);
      if (order === 0) return false;
      if (order < 0) break;
      at--;
    }
    if (at === entries.length) entries.push(entry);
    else entries.splice(at, 0, entry);
    this.#trim();
    const [oldest] = entries;
    return oldest !== undefined && compare(oldest, entry) <= 0;
  }

  /** The newest entry that is no copy and that `accepts` takes. */
  newest(accepts: (entry: Entry) => boolean): Entry | undefined {
    return this.#entries.findLast((entry) => entry.frame?.duplicate !== true && accepts(entry));
  }

  /** Since when (ms UTC) all entries that are no copies and that `accepts` takes have this value; Infinity for none. */
  sinceMs(value: Value, accepts: (entry: Entry) => boolean): number {
    let sinceMs = Infinity;
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const entry = this.#entries[at];
      if (entry === undefined || entry.frame?.duplicate === true || !accepts(entry)) continue;
      if (entry.value !== value) break;
      sinceMs = entry.time;
    }
    return sinceMs;
  }

  /** Everything there is to keep, for a snapshot, the oldest first. */
  get kept(): readonly Entry[] {
    return this.#entries;
  }

  /** A window as it was kept. */
  static of(kept: readonly Entry[]): ReadingWindow {
    const window = new ReadingWindow();
    window.#entries.push(...kept);
    return window;
  }

  #trim(): void {
    const entries = this.#entries;
    const sinceMs = (entries.at(-1)?.time ?? 0) - windowMs;
    // The second oldest leaving the window makes it the last one before, and the oldest is not needed any more.
    for (let second = entries[1]; second !== undefined; second = entries[1]) {
      if (entries.length <= windowItemsMax + 1 && second.time >= sinceMs) return;
      entries.shift();
    }
  }
}
