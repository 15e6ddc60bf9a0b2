import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar, hourMs, isWeekend, Tally, weekdayOf } from './calendar.ts';

const berlin = new Calendar('Europe/Berlin', 5);
const dayNumber = (iso: string): number => Date.parse(iso) / (24 * hourMs);

describe('Calendar', () => {
  it.each([
    ['winter', '2026-01-10', '2026-01-10T04:00:00Z', 24],
    ['summer', '2026-07-10', '2026-07-10T03:00:00Z', 24],
    ['the day before summer time', '2026-03-28', '2026-03-28T04:00:00Z', 23],
    ['the day before winter time', '2026-10-24', '2026-10-24T03:00:00Z', 25],
  ])('begins a day at five by the clock: %s', (_, date, startsAt, hours) => {
    const day = dayNumber(date);
    expect(new Date(berlin.startOf(day)).toISOString()).toBe(startsAt.replace('Z', '.000Z'));
    expect(berlin.startOf(day + 1) - berlin.startOf(day)).toBe(hours * hourMs);
  });

  it('knows the day of any moment', () => {
    const noon = new Calendar('Pacific/Auckland', 12);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.UTC(2040, 0) }),
        fc.constantFrom(berlin, noon),
        (timeMs, calendar) => {
          const day = calendar.dayOf(timeMs);
          expect(calendar.startOf(day)).toBeLessThanOrEqual(timeMs);
          expect(calendar.startOf(day + 1)).toBeGreaterThan(timeMs);
        },
      ),
    );
  });

  it('knows weekdays', () => {
    expect(weekdayOf(dayNumber('2026-03-01'))).toBe(0);
    expect(weekdayOf(dayNumber('1969-12-31'))).toBe(3);
    expect([6, 7, 8].map((date) => isWeekend(dayNumber(`2026-03-0${date}`)))).toEqual([false, true, true]);
  });
});

describe('Tally', () => {
  it('sums what was before, whichever day is asked for first', () => {
    const tally = new Tally(10, (day) => day);
    expect([13, 10, 9, 12, 11].map((day) => tally.before(day))).toEqual([33, 0, 0, 21, 10]);
  });
});
