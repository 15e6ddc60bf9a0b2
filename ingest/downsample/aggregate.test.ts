import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aggregation } from '#core';
import { componentsOf, mergeAll, type Row, type Summary, stepOf, summaryOf, valueIn } from './aggregate.ts';

const values = (...all: readonly number[]): Row[] => all.map((value, index) => [index * 1000, value]);
const valueFrom = (aggregate: Aggregation, rows: readonly Row[]): number | undefined =>
  valueIn(summaryOf(aggregate, rows));

describe('one value of many', () => {
  it.each([
    ['mean', [10, 20, 33], 21],
    ['sum', [1, 2, 3], 6],
    ['last', [90, 80, 85], 85],
    // Twice the power is 3.01 dB more; a hundred times as much on half of the time is 17 dB more.
    ['energetic-mean', [60, 60], 60],
    ['energetic-mean', [40, 60], 57.0329],
    ['circular-mean', [350, 10], 0],
    ['circular-mean', [90, 180], 135],
    ['circular-mean', [200, 340], 270],
  ] as const)('%s of %j is %d', (aggregate, all, expected) => {
    const value = valueFrom(aggregate, values(...all)) ?? Number.NaN;
    expect(Math.min(Math.abs(value - expected), Math.abs(value - expected - 360))).toBeLessThan(1e-3);
  });

  it('is none of directions that cancel out', () => {
    expect(valueFrom('circular-mean', values(90, 270))).toBeUndefined();
    expect(valueFrom('circular-mean', values(0, 120, 240))).toBeUndefined();
  });
});

describe('a counter', () => {
  it.each([
    [100, 107, undefined, 7],
    // Begun again at zero.
    [500, 3, undefined, 3],
    // Over the end of its 16 bits.
    [65_530, 4, 65_536, 10],
    // Further from the end than half of its range: somebody has changed the battery.
    [20_000, 3, 65_536, 3],
    [40_000, 30_000, 65_536, 30_000],
    // Beyond what it can count: the profile has changed.
    [70_000, 5, 65_536, 5],
  ])('from %d to %d, wrapping at %s, has counted %d', (before, value, wrapsAt, counted) => {
    expect(stepOf(before, value, wrapsAt)).toBe(counted);
  });
});

/** Within rounding, and directions the short way round; those without one, where they are the same in length. */
function expectSame(a: Summary | undefined, b: Summary | undefined): void {
  for (const [name, value] of Object.entries(a ?? {})) {
    const other = b?.[name as keyof Summary] ?? Number.NaN;
    if (name === 'value' && a?.r !== undefined) {
      if (a.r < 1e-4) continue;
      const apart = Math.abs(value - other);
      expect(Math.min(apart, 360 - apart)).toBeLessThan(1e-6);
    } else expect(Math.abs(value - other)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  }
  expect(Object.keys(a ?? {}).sort()).toEqual(Object.keys(b ?? {}).sort());
}

describe.each([
  ['mean', fc.double({ min: -1e6, max: 1e6, noNaN: true })],
  ['energetic-mean', fc.double({ min: 0, max: 140, noNaN: true })],
  ['circular-mean', fc.double({ min: 0, max: 360, noNaN: true })],
  ['sum', fc.nat(10_000)],
  ['last', fc.nat(100)],
  ['increase', fc.nat(65_535)],
  ['time-share', fc.constantFrom(0, 1)],
] as const)('%s', (aggregate, value) => {
  const rows = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 600_000 }), value), { minLength: 1, maxLength: 30 })
    .map((all) => {
      let timeMs = 0;
      return all.map(([stepMs, one]): Row => {
        timeMs += stepMs;
        return [timeMs, one];
      });
    });

  it('of parts put together is that of the whole, however it is cut', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(30), { maxLength: 5 }), (all, cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const parts = edges
          .map((from, index) => all.slice(from, edges[index + 1] ?? from))
          .filter((part) => part.length > 0)
          .map((part) => summaryOf(aggregate, part, 65_536));
        expectSame(summaryOf(aggregate, all, 65_536), mergeAll(aggregate, parts, 65_536));
      }),
    );
  });

  it('has all its parts, and what lacks one counts for nothing', () => {
    const summary = summaryOf(aggregate, values(1));
    expect(Object.keys(summary).sort()).toEqual([...componentsOf(aggregate)].sort());
    for (const name of componentsOf(aggregate)) {
      const { [name]: _, ...rest } = summary;
      expect(mergeAll(aggregate, [rest])).toBeUndefined();
    }
  });
});
