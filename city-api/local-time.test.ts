import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeIn } from './local-time.ts';

const iso = (text: string, zone = 'Europe/Berlin'): string => new Date(timeIn(text, zone)).toISOString();

describe('a time as people write it', () => {
  it.each([
    ['2026-05-04', '2026-05-03T22:00:00.000Z'],
    ['2026-05-04T06:00', '2026-05-04T04:00:00.000Z'],
    ['2026-01-04T06:00:30', '2026-01-04T05:00:30.000Z'],
    ['2026-05-04T06:00:00Z', '2026-05-04T06:00:00.000Z'],
    ['2026-05-04T06:00+05:30', '2026-05-04T00:30:00.000Z'],
    // The clocks leap over half past two in March, and pass it twice in October.
    ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
    ['2026-10-25', '2026-10-24T22:00:00.000Z'],
  ])('%s', (text, expected) => expect(iso(text)).toBe(expected));

  it.each([
    '',
    'yesterday',
    '2026-02-31',
    '2026-13-01',
    '2026-05-04T25:00',
    '04.05.2026',
    '2026-05-04 06:00',
  ])('is not %s', (text) => expect(timeIn(text, 'Europe/Berlin')).toBeNaN());

  it('comes back from the clock of its zone, wherever that shows it once', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'UTC', 'America/St_Johns', 'Australia/Lord_Howe');
    const start = Date.parse('2026-01-01T00:00Z') / 900_000;
    fc.assert(
      fc.property(zones, fc.nat(365 * 96), (timeZone, quarter) => {
        const timeMs = (start + quarter) * 900_000;
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
        const text = format.format(timeMs).replace(' ', 'T');
        expect(format.format(timeIn(text, timeZone)).replace(' ', 'T')).toBe(text);
        expect(timeIn(text, timeZone)).toBeLessThanOrEqual(timeMs);
      }),
    );
  });
});
