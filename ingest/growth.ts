import type { Buckets } from './time-share.ts';

/** What a counter showed. */
export type Count = readonly [timeMs: number, value: number];

/**
 * How much a counter has grown in each bucket. `counts` are sorted by time and may begin before the span, so that the
 * first step is not lost. A counter that shows less than before has begun again at zero: all it shows has been added.
 * A bucket without a step is left out.
 */
export function growth(
  counts: readonly Count[],
  { fromMs, toMs, bucketMs }: Buckets,
): [timeMs: number, grown: number][] {
  const grown = new Map<number, number>();
  for (const [index, [time, value]] of counts.entries()) {
    const before = counts[index - 1]?.[1];
    if (before === undefined || time < fromMs || time >= toMs) continue;
    const bucket = Math.floor(time / bucketMs) * bucketMs;
    grown.set(bucket, (grown.get(bucket) ?? 0) + (value >= before ? value - before : value));
  }
  return [...grown].sort(([a], [b]) => a - b);
}
