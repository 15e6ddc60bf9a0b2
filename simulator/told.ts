import type { Value } from '#core';

/** A value a device has told. Times in ms UTC. */
export interface Told<V = Value> {
  /** When it was so. */
  readonly timeMs: number;
  /** Since when it is known: when the message was published. */
  readonly knownMs: number;
  readonly value: V;
}

/** A message may be dated so much ahead of the clock. */
const aheadMsMax = 60_000;

/** What was told of one thing, in the order in which it was so, however it was told. */
export class ToldCourse<V> {
  readonly #told: Told<V>[] = [];

  add(one: Told<V>): void {
    let at = this.#told.length;
    while (at > 0 && (this.#told[at - 1]?.timeMs ?? -Infinity) > one.timeMs) at--;
    this.#told.splice(at, 0, one);
  }

  /** The last of what was known at a moment, and since when all before it that was known then says the same. */
  known(nowMs: number): { readonly last: Told<V>; readonly sameSinceMs: number } | undefined {
    let last: Told<V> | undefined;
    let sameSinceMs = Infinity;
    for (let at = this.#endOf(nowMs + aheadMsMax) - 1; at >= 0; at--) {
      const one = this.#told[at];
      if (one === undefined || one.knownMs > nowMs) continue;
      last ??= one;
      if (one.value !== last.value) break;
      sameSinceMs = one.timeMs;
    }
    return last && { last, sameSinceMs };
  }

  /** How many were not later than that. */
  #endOf(timeMs: number): number {
    let [from, to] = [0, this.#told.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#told[middle]?.timeMs ?? Infinity) <= timeMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
