/** When something was true or false; it stays so until the next observation. */
export type Observation = readonly [timeMs: number, value: boolean];

/** A span cut into buckets that begin at whole multiples of their length. */
export interface Buckets {
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly bucketMs: number;
}

/**
 * For each bucket the share (0 to 1) of its known time in which the observations, sorted by time, were true. Time
 * before the first observation is unknown; a bucket without known time is left out. The last observation holds to
 * the end of the span.
 */
export function timeShare(
  observations: readonly Observation[],
  { fromMs, toMs, bucketMs }: Buckets,
): [timeMs: number, share: number][] {
  const known = new Map<number, { knownMs: number; trueMs: number }>();
  for (const [index, [time, value]] of observations.entries()) {
    const end = Math.min(observations[index + 1]?.[0] ?? toMs, toMs);
    let start = Math.max(time, fromMs);
    while (start < end) {
      const bucket = Math.floor(start / bucketMs) * bucketMs;
      const stop = Math.min(end, bucket + bucketMs);
      const sums = known.get(bucket) ?? { knownMs: 0, trueMs: 0 };
      sums.knownMs += stop - start;
      if (value) sums.trueMs += stop - start;
      known.set(bucket, sums);
      start = stop;
    }
  }
  return [...known].sort(([a], [b]) => a - b).map(([time, { knownMs, trueMs }]) => [time, trueMs / knownMs]);
}
