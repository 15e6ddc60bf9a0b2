/** Puts the summaries of one place (an asset's channel) in a row, one after the other, into the values of an answer. */
import { type QuantityKey, quantity } from '#core';
import {
  asSummary,
  type Growth,
  growth,
  mergeAll,
  type Share,
  type Summary,
  share,
  stepOf,
  valueIn,
} from './aggregate.ts';
import type { Buckets } from './buckets.ts';
import { type CounterWraps, type Part, wrapOf } from './parts.ts';

/** What is asked for: the span, inclusive and exclusive, and its buckets. */
export interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: Buckets;
  readonly wrapsAt: CounterWraps;
}

export interface Fold {
  /** Parts in order of their time; those before the span tell what held when it began. */
  add(part: Part): void;
  /** `[bucket start in ms UTC, value]` in order of time, buckets without a value left out. */
  values(): [timeMs: number, value: number][];
}

/** Whether what was before the span matters to it. */
export function looksBack(key: QuantityKey): boolean {
  return ['increase', 'time-share'].includes(quantity(key).aggregate);
}

export function foldOf(key: QuantityKey, frame: Frame): Fold {
  switch (quantity(key).aggregate) {
    case 'increase':
      return new GrowthFold(frame);
    case 'time-share':
      return new ShareFold(frame);
    default:
      return new PlainFold(key, frame);
  }
}

function inOrder(values: Map<number, number>): [number, number][] {
  return [...values].sort(([a], [b]) => a - b);
}

/** Every reading counts the same, whichever device it came from. */
class PlainFold implements Fold {
  readonly #key: QuantityKey;
  readonly #frame: Frame;
  readonly #summaries = new Map<number, Summary>();

  constructor(key: QuantityKey, frame: Frame) {
    this.#key = key;
    this.#frame = frame;
  }

  add({ startMs, summary }: Part): void {
    const bucket = this.#frame.buckets.startOf(startMs);
    const before = this.#summaries.get(bucket);
    const merged = mergeAll(quantity(this.#key).aggregate, before ? [before, summary] : [summary]);
    if (merged) this.#summaries.set(bucket, merged);
  }

  values(): [number, number][] {
    const values = new Map<number, number>();
    for (const [bucket, summary] of this.#summaries) {
      const value = valueIn(summary);
      if (value !== undefined) values.set(bucket, value);
    }
    return inOrder(values);
  }
}

/**
 * Counters grow on their own device each; what the devices of one place have counted in a bucket is added up. A step
 * belongs to the bucket of its end; a bucket without one is left out.
 */
class GrowthFold implements Fold {
  readonly #frame: Frame;
  readonly #grown = new Map<number, number>();
  readonly #last = new Map<string, Growth>();

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  add(part: Part): void {
    const summary = asSummary(growth, part.summary);
    if (!summary) return;
    const device = part.tags.device ?? '';
    const before = this.#last.get(device);
    const follows = before !== undefined && before.last_ms < summary.first_ms;
    if (before === undefined || before.last_ms < summary.last_ms) this.#last.set(device, summary);
    if (summary.first_ms < this.#frame.fromMs || !(follows || summary.n > 1)) return;
    const bucket = this.#frame.buckets.startOf(summary.first_ms);
    const wrap = wrapOf(this.#frame.wrapsAt, part, summary.first_ms);
    const step = follows ? stepOf(before.last, summary.first, wrap) : 0;
    this.#grown.set(bucket, (this.#grown.get(bucket) ?? 0) + step + summary.grown);
  }

  values(): [number, number][] {
    return inOrder(this.#grown);
  }
}

/**
 * The share (0 to 1) of a bucket's known time in which it was true. A truth holds until the next one told of the place,
 * the last one to the end of the span; time before the first is unknown, a bucket without known time left out. Where
 * several devices tell of one place at once, all of them count.
 */
class ShareFold implements Fold {
  readonly #frame: Frame;
  readonly #known = new Map<number, { knownMs: number; trueMs: number }>();
  #last: Share | undefined;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  add(part: Part): void {
    const summary = asSummary(share, part.summary);
    if (!summary) return;
    this.#hold(summary.first_ms);
    if (summary.first_ms >= this.#frame.fromMs) {
      this.#count(summary.first_ms, summary.last_ms - summary.first_ms, summary.true_ms);
    }
    if (!this.#last || this.#last.last_ms <= summary.last_ms) this.#last = summary;
  }

  /** What was told last holds until then. */
  #hold(untilMs: number): void {
    if (!this.#last) return;
    const { fromMs, toMs, buckets } = this.#frame;
    const end = Math.min(untilMs, toMs);
    for (let start = Math.max(this.#last.last_ms, fromMs); start < end; ) {
      const stop = Math.min(end, buckets.endOf(buckets.startOf(start)));
      this.#count(start, stop - start, this.#last.last === 1 ? stop - start : 0);
      start = stop;
    }
  }

  #count(timeMs: number, knownMs: number, trueMs: number): void {
    if (knownMs === 0) return;
    const bucket = this.#frame.buckets.startOf(timeMs);
    const sums = this.#known.get(bucket) ?? { knownMs: 0, trueMs: 0 };
    this.#known.set(bucket, { knownMs: sums.knownMs + knownMs, trueMs: sums.trueMs + trueMs });
  }

  values(): [number, number][] {
    this.#hold(this.#frame.toMs);
    this.#last = undefined;
    return [...this.#known]
      .sort(([a], [b]) => a - b)
      .map(([bucket, { knownMs, trueMs }]) => [bucket, trueMs / knownMs]);
  }
}
