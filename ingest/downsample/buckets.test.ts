import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsOf, dayMs, dayStart, hourMs, quarterMs } from './buckets.ts';

const at = (text: string): number => Date.parse(text);
const span = (from: string, to: string) => ({ fromMs: at(from), toMs: at(to) });

describe('the days of a city', () => {
  const berlin = (from: string, to: string) =>
    bucketsOf({ ...span(from, to), bucketMs: dayMs, timeZone: 'Europe/Berlin' });

  it('have 23 hours when the clocks go forward and 25 when they go back', () => {
    const spring = berlin('2026-03-27T23:00Z', '2026-03-30T22:00Z');
    const begun = spring.startOf(at('2026-03-29T12:00Z'));
    expect(new Date(begun).toISOString()).toBe('2026-03-28T23:00:00.000Z');
    expect(spring.endOf(begun) - begun).toBe(23 * hourMs);
    const autumn = berlin('2026-10-23T22:00Z', '2026-10-26T23:00Z');
    const short = autumn.startOf(at('2026-10-25T22:59Z'));
    expect(new Date(short).toISOString()).toBe('2026-10-24T22:00:00.000Z');
    expect(autumn.endOf(short) - short).toBe(25 * hourMs);
    expect(autumn.step).toBe(hourMs);
  });

  it('are made of quarters where the zone is half an hour off', () => {
    const buckets = bucketsOf({
      ...span('2026-05-01T00:00Z', '2026-05-03T00:00Z'),
      bucketMs: dayMs,
      timeZone: 'Asia/Kathmandu',
    });
    expect(buckets.step).toBe(quarterMs);
    expect(new Date(buckets.startOf(at('2026-05-02T00:00Z'))).toISOString()).toBe('2026-05-01T18:15:00.000Z');
  });

  it('begin with their first moment, where midnight is left out too', () => {
    // In Cairo clocks go from 24:00 to 01:00 on the last Friday of April.
    expect(new Date(dayStart(at('2026-04-24T10:00Z'), 'Africa/Cairo')).toISOString()).toBe(
      '2026-04-23T22:00:00.000Z',
    );
  });

  it('are unknown where the zone is', () => {
    expect(() => dayStart(0, 'Europe/Bad_Pegelstein')).toThrow(RangeError);
  });

  it('hold every moment once, in every zone', () => {
    const zones = ['Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kolkata'];
    const timeMs = fc.integer({ min: at('2020-01-01T00:00Z'), max: at('2030-01-01T00:00Z') });
    fc.assert(
      fc.property(fc.constantFrom(...zones), timeMs, fc.nat(40), (timeZone, fromMs, hours) => {
        const toMs = fromMs + hours * hourMs + 1;
        const buckets = bucketsOf({ fromMs, toMs, bucketMs: dayMs, timeZone });
        const dateOf = (ms: number): string => new Date(ms).toLocaleDateString('en-US', { timeZone });
        for (const ms of [fromMs, Math.floor((fromMs + toMs) / 2), toMs - 1]) {
          const start = buckets.startOf(ms);
          const end = buckets.endOf(start);
          expect(start <= ms && ms < end).toBe(true);
          expect([dateOf(start), dateOf(end - 1)]).toEqual([dateOf(ms), dateOf(ms)]);
          expect(dateOf(start - 1)).not.toBe(dateOf(ms));
        }
      }),
    );
  });
});

describe('other buckets', () => {
  it.each([
    [60_000, undefined],
    [quarterMs, quarterMs],
    [20 * 60_000, undefined],
    [30 * 60_000, quarterMs],
    [hourMs, hourMs],
    [90 * 60_000, quarterMs],
    [dayMs, hourMs],
  ])('of %d ms are made of stored periods of %s', (bucketMs, step) => {
    expect(bucketsOf({ fromMs: 0, toMs: dayMs, bucketMs }).step).toBe(step);
  });
});
