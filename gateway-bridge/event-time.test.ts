import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime, isCredible, parseTime } from './event-time.ts';

const anchor = '2026-11-22T00:07:24.033760957+00:00';
const anchorMs = Date.parse('2026-11-22T00:07:24.033Z');
/** When the message came here: later than the network server saw it, as always. */
const receivedAtMs = anchorMs + 217;
const dayMs = 86_400_000;

const ruled = (time: string, nsTimes: readonly string[], atMs = receivedAtMs) =>
  eventTime(
    parseTime(time),
    nsTimes.map((text) => ({ nsTime: parseTime(text) })),
    atMs,
  );
const at = (timeMs: number) => ruled(new Date(timeMs).toISOString(), [anchor]);

describe('the time rule', () => {
  it.each([
    ['30 days before the anchor', anchorMs - 30 * dayMs],
    ['the anchor itself', anchorMs],
    ['60 s after the anchor', anchorMs + 60_000],
  ])('believes an event of %s', (_, timeMs) => {
    expect(at(timeMs)).toEqual({ time: timeMs, anchorMs, receivedAtMs, flags: [] });
  });

  it.each([
    ['1 ms more than 30 days before the anchor', anchorMs - 30 * dayMs - 1],
    ['1 ms more than 60 s after it', anchorMs + 60_001],
    ['the year 1980', Date.parse('1980-01-06T00:16:40Z')],
    ['the year 9999', Date.parse('9999-12-31T23:59:59.999Z')],
  ])('puts the anchor in place of %s and says so', (_, timeMs) => {
    expect(at(timeMs)).toEqual({ time: anchorMs, anchorMs, receivedAtMs, flags: ['clock'] });
  });

  it('cuts nanoseconds to milliseconds', () => {
    expect(ruled('2026-11-22T00:07:09.123999999+00:00', [anchor]).time).toBe(
      Date.parse('2026-11-22T00:07:09.123Z'),
    );
  });

  it('reads an offset from UTC', () => {
    expect(ruled('2026-11-22T01:07:09.5+01:00', [anchor]).time).toBe(Date.parse('2026-11-22T00:07:09.5Z'));
  });

  it.each(['', 'yesterday', '2026-13-01T00:00:00Z', '2026-11-22T25:00:00Z'])(
    'puts the anchor in place of a time that is none: "%s"',
    (time) => {
      expect(ruled(time, [anchor])).toEqual({ time: anchorMs, anchorMs, receivedAtMs, flags: ['clock'] });
    },
  );
});

describe('the anchor', () => {
  const anchorOf = (nsTimes: readonly string[]): number => ruled('', nsTimes).anchorMs;

  it('is the earliest receive time of all gateways', () => {
    expect(anchorOf(['2026-11-22T00:07:25.1Z', anchor, '2026-11-22T00:07:24.9Z'])).toBe(anchorMs);
  });

  it('leaves out receive times that are absent or none', () => {
    expect(anchorOf(['never', anchor, ''])).toBe(anchorMs);
  });

  it('is when the message came, in whole milliseconds, where no gateway gives a time', () => {
    for (const nsTimes of [[], [''], ['never']]) {
      expect(ruled('', nsTimes, receivedAtMs + 0.75).anchorMs).toBe(receivedAtMs);
    }
  });
});

describe('any time', () => {
  it('gives a time that is credible for its anchor, in whole milliseconds', () => {
    const text = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.array(text), (time, nsTimes) => {
        const result = ruled(time, nsTimes);
        expect(isCredible(result.time, result.anchorMs)).toBe(true);
        expect(Number.isSafeInteger(result.time)).toBe(true);
      }),
    );
  });
});

describe('a time as text', () => {
  const rfc3339 = fc
    .tuple(
      fc.date({
        min: new Date('1965-01-01T00:00:00Z'),
        max: new Date('2035-01-01T00:00:00Z'),
        noInvalidDate: true,
      }),
      fc.stringMatching(/^(?:\.\d{1,9})?$/),
      fc.constantFrom('Z', '+00:00', '-00:00', '+01:00', '-11:30', '', 'z', '+0000', 'Z ', '+24:00'),
    )
    .map(([date, fraction, zone]) => `${date.toISOString().slice(0, 19)}${fraction}${zone}`);
  const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

  it('is what Date.parse makes of it, where it is an RFC 3339 time', () => {
    fc.assert(
      fc.property(
        rfc3339,
        fc.nat(),
        fc.constantFrom('', '0', '9', 'x', ' ', '-', '.', ':'),
        (text, place, other) => {
          const at = place % text.length;
          for (const one of [text, `${text.slice(0, at)}${other}${text.slice(at + 1)}`])
            expect(parseTime(one), one).toBe(pattern.test(one) ? Date.parse(one) : Number.NaN);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it.each([
    '2024-02-29T12:00:00Z',
    '2023-02-29T12:00:00Z',
    '2023-02-30T12:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-12-31T24:00:00Z',
  ])('is so at the ends of months and days too: %s', (text) => {
    expect(parseTime(text)).toBe(Date.parse(text));
  });
});
