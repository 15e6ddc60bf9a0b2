import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Count, growth } from './growth.ts';

const buckets = { fromMs: 10, toMs: 30, bucketMs: 10 };

describe('growth', () => {
  it('takes the step from the last count before the span', () => {
    expect(
      growth(
        [
          [5, 100],
          [12, 107],
          [25, 110],
        ],
        buckets,
      ),
    ).toEqual([
      [10, 7],
      [20, 3],
    ]);
  });

  it('leaves out what lies outside, and gives nothing for a single count', () => {
    expect(growth([[12, 5]], buckets)).toEqual([]);
    expect(
      growth(
        [
          [1, 1],
          [2, 5],
          [31, 9],
        ],
        buckets,
      ),
    ).toEqual([]);
  });

  it('adds all that a counter shows after it has begun again', () => {
    expect(
      growth(
        [
          [9, 500],
          [12, 3],
          [15, 4],
        ],
        buckets,
      ),
    ).toEqual([[10, 4]]);
  });

  it('adds up to the whole difference, however the span is cut', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 2,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 50 }), (all, bucketMs) => {
        let time = 0;
        let value = 0;
        const counts: Count[] = all.map(([ms, more]) => {
          time += ms;
          value += more;
          return [time, value];
        });
        const total = growth(counts, { fromMs: 0, toMs: 10_000, bucketMs }).reduce(
          (sum, [, more]) => sum + more,
          0,
        );
        expect(total).toBe(value - (counts[0]?.[1] ?? 0));
      }),
    );
  });
});
