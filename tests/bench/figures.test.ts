import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdownTable, quantileOf, slopeOf } from './figures.ts';

const value = fc.integer({ min: -1000, max: 1000 });

describe('figures of a benchmark', () => {
  it('have a slope, found again whatever the line is', () => {
    fc.assert(
      fc.property(value, value, fc.uniqueArray(value, { minLength: 2 }), (slope, height, xs) => {
        expect(slopeOf(xs.map((x) => ({ x, y: height + slope * x })))).toBeCloseTo(slope, 6);
      }),
    );
    const zigzag = [0, 4, 1, 5].map((y, x) => ({ x, y }));
    expect(slopeOf(zigzag)).toBeCloseTo(1.2);
  });

  it('have quantiles, which are among them', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => quantileOf(hundred, share))).toEqual([1, 50, 99, 100]);
    expect([quantileOf([7], 0.99), quantileOf([], 0.5)]).toEqual([7, Number.NaN]);
  });

  it('make a table', () => {
    expect(markdownTable(['a', 'b'], [['x', '1']])).toBe('| a | b |\n|---|---:|\n| x | 1 |');
  });
});
