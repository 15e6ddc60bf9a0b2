import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Observation, timeShare } from './time-share.ts';

describe('timeShare', () => {
  it('counts from the first observation on and lets the last one hold', () => {
    expect(timeShare([[5, true]], { fromMs: 0, toMs: 20, bucketMs: 10 })).toEqual([
      [0, 1],
      [10, 1],
    ]);
    expect(
      timeShare(
        [
          [12, true],
          [15, false],
        ],
        { fromMs: 0, toMs: 20, bucketMs: 10 },
      ),
    ).toEqual([[10, 0.375]]);
    expect(timeShare([], { fromMs: 0, toMs: 20, bucketMs: 10 })).toEqual([]);
  });

  it('agrees with looking at every millisecond', () => {
    const observations = fc
      .uniqueArray(fc.tuple(fc.integer({ min: -20, max: 80 }), fc.boolean()), {
        selector: ([time]) => time,
        maxLength: 12,
      })
      .map((all) => all.toSorted(([a], [b]) => a - b));
    fc.assert(
      fc.property(observations, fc.integer({ min: 1, max: 30 }), (all: Observation[], bucketMs) => {
        const expected = new Map<number, boolean[]>();
        for (let ms = 0; ms < 60; ms++) {
          const last = all.findLast(([time]) => time <= ms);
          const bucket = Math.floor(ms / bucketMs) * bucketMs;
          if (last) expected.set(bucket, [...(expected.get(bucket) ?? []), last[1]]);
        }
        const shares = timeShare(all, { fromMs: 0, toMs: 60, bucketMs });
        expect(shares).toEqual(
          [...expected].map(([time, some]) => [time, some.filter(Boolean).length / some.length]),
        );
      }),
    );
  });
});
