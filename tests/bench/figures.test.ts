import { describe, expect, it } from 'vitest';
import { markdownTable, quantileOf } from './figures.ts';

describe('figures of a benchmark', () => {
  it('have quantiles, which are among them', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => quantileOf(hundred, share))).toEqual([1, 50, 99, 100]);
    expect([quantileOf([7], 0.99), quantileOf([], 0.5)]).toEqual([7, Number.NaN]);
  });

  it('make a table', () => {
    expect(markdownTable(['a', 'b'], [['x', '1']])).toBe('| a | b |\n|---|---:|\n| x | 1 |');
  });
});
