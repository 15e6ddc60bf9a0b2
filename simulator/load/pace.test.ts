import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** What is sent when asked at these times, with so much room each time. */
function sentAt(perS: number, timesMs: readonly number[], room = Number.POSITIVE_INFINITY): number[] {
  const pace = new Pace(perS, 0);
  return timesMs.map((ms) => pace.take(ms, room));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the pace of a load', () => {
  it('spreads uplinks evenly, slow ones too', () => {
    const everyFiveMs = Array.from({ length: 2001 }, (_, index) => 5 * index);
    expect(new Set(sentAt(20_000, everyFiveMs).slice(1))).toEqual(new Set([100]));
    const slow = sentAt(3, everyFiveMs);
    expect([sum(slow), Math.max(...slow)]).toEqual([30, 1]);
  });

  it('makes up for a pause without a burst', () => {
    const pace = new Pace(1000, 0);
    expect(pace.take(10, 1000)).toBe(10);
    expect(pace.take(2010, 1000)).toBe(125);
    expect(pace.late).toBe(125);
    const after = Array.from({ length: 2000 }, (_, index) => pace.take(2020 + 10 * index, 1000));
    expect(Math.max(...after)).toBeLessThanOrEqual(13);
    expect(sum(after)).toBe(22_010 - 135);
    expect(after.at(-1)).toBe(10);
  });

  it('never sends more than is due, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 100 }),
        fc.integer({ min: 0, max: 2000 }),
        (perS, stepsMs, room) => {
          const pace = new Pace(perS, 0);
          let nowMs = 0;
          let sent = 0;
          for (const stepMs of stepsMs) {
            nowMs += stepMs;
            const count = pace.take(nowMs, room);
            sent += count;
            expect(count).toBeGreaterThanOrEqual(0);
            expect(count).toBeLessThanOrEqual(room);
            expect(sent).toBeLessThanOrEqual((perS * nowMs) / 1000);
          }
        },
      ),
    );
  });

  it('sends all there is room for where no rate is asked', () => {
    const pace = new Pace(Number.POSITIVE_INFINITY, 0);
    expect([pace.take(0, 7), pace.take(0, 3), pace.late]).toEqual([7, 3, 0]);
  });
});
