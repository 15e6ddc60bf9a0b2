import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from './rng.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('Rng', () => {
  it('gives the same again for the same seed, and something else for another', () => {
    const draw = (seed: number) => {
      const rng = new Rng(seed);
      return Array.from({ length: 20 }, () => rng.uint32());
    };
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed === 0 ? 1 : seed - 1));
      }),
    );
  });

  it('stays within the bounds and reaches both', () => {
    const rng = new Rng(7);
    const drawn = new Set(Array.from({ length: 1000 }, () => rng.int(-2, 3)));
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  });

  it('picks every one about as often', () => {
    const rng = new Rng(1);
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 30_000; i += 1) counts[rng.pick(['a', 'b', 'c'] as const)] += 1;
    for (const count of Object.values(counts)) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(() => rng.pick([])).toThrow(RangeError);
  });

  it('makes version 4 UUIDs that do not repeat', () => {
    const rng = new Rng(42);
    const made = Array.from({ length: 10_000 }, () => rng.uuid());
    expect(new Set(made).size).toBe(made.length);
    for (const uuid of made.slice(0, 100))
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
