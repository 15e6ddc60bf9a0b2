import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosen, drawOf, smooth, whole } from './draw.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('a draw', () => {
  it('is the same in any order, between 0 and 1, and another for another name or seed', () => {
    fc.assert(
      fc.property(seeds, fc.string(), (seed, name) => {
        const numbers = Array.from({ length: 50 }, (_, index) => index);
        const drawn = numbers.map((n) => drawOf(seed, name)(n));
        expect(numbers.toReversed().map((n) => drawOf(seed, name)(n))).toEqual(drawn.toReversed());
        for (const value of drawn) expect(value >= 0 && value < 1).toBe(true);
        expect(numbers.map((n) => drawOf(seed, `${name}x`)(n))).not.toEqual(drawn);
        expect(numbers.map((n) => drawOf(seed === 0 ? 1 : seed - 1, name)(n))).not.toEqual(drawn);
      }),
    );
  });

  it('gives each number of one name once', () => {
    const draw = drawOf(1, 'frames');
    expect(new Set(Array.from({ length: 50_000 }, (_, index) => draw(index))).size).toBe(50_000);
  });

  it('is even', () => {
    const draw = drawOf(1, 'even');
    const counts = Array.from({ length: 10 }, () => 0);
    for (let a = 0; a < 100; a++)
      for (let b = 0; b < 100; b++) {
        const tenth = whole(draw(a, b), 0, 9);
        counts[tenth] = (counts[tenth] ?? 0) + 1;
      }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(() => chosen(0, [])).toThrow(RangeError);
  });
});

describe('a smooth course', () => {
  it('stays between −1 and 1 and does not jump', () => {
    const draw = drawOf(1, 'course');
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        expect(Math.abs(smooth(draw, x))).toBeLessThanOrEqual(1);
        expect(Math.abs(smooth(draw, x + 0.001) - smooth(draw, x))).toBeLessThan(0.01);
      }),
    );
  });
});
