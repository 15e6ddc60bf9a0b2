import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../event-time.ts';
import { base64At, numberAt, timeAt } from './values.ts';

/** The value of a text that stands between others. */
function within<T>(text: string, read: (bytes: Buffer, start: number, end: number) => T): T {
  const bytes = Buffer.from(`7"${text}"7`);
  return read(bytes, 2, bytes.length - 2);
}

describe('a time from its bytes', () => {
  const date = fc.date({
    min: new Date('1969-01-01'),
    max: new Date('2199-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  const zone = fc.constantFrom('Z', '+00:00', '+01:00', '-00:00', 'z', '');
  const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,12}$/));
  const time = fc
    .tuple(date, fraction, zone)
    .map(([day, digits, end]) => `${day.toISOString().slice(0, 19)}${digits}${end}`);

  it('is what its text is, or not read', () => {
    let read = 0;
    const other = fc.constantFrom('', '0', '9', 'x', ' ', '-', '.', ':');
    fc.assert(
      fc.property(time, fc.nat(), other, (text, place, put) => {
        const at = place % text.length;
        for (const one of [text, `${text.slice(0, at)}${put}${text.slice(at + 1)}`]) {
          const ms = within(one, timeAt);
          if (ms === undefined) continue;
          read++;
          expect(ms, one).toBe(parseTime(one));
        }
      }),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(1000);
  });

  it.each(['2024-02-29T12:00:00Z', '2023-02-30T12:00:00Z', '2023-13-01T00:00:00Z', '2023-12-31T24:00:00Z'])(
    'is not read at the ends of months and days: %s',
    (text) => expect(within(text, timeAt)).toBeUndefined(),
  );
});

describe('a number from its bytes', () => {
  it.each([
    '0',
    '-0',
    '10',
    '0.1',
    '-70',
    '9.2',
    '123456789012345',
    '0.12345678901234567',
    '1e21',
    '-1.5E-3',
  ])('is %s', (text) => expect(within(text, numberAt)).toBe(JSON.parse(text)));

  it('is what JSON.parse makes of it', () => {
    const number = fc.oneof(
      fc.stringMatching(/^-?(0|[1-9]\d{0,18})(\.\d{1,18})?$/),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
    );
    fc.assert(
      fc.property(number, (text) => {
        expect(within(text, numberAt), text).toBe(JSON.parse(text));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('binary data from its bytes', () => {
  it('is what it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 260 }), (data) => {
        const bytes = Buffer.from(data);
        expect(within(bytes.toString('base64'), base64At)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AQ', 'AQ=', '====', 'A===', 'A=B=', 'AQ-_', 'AQ =', 'AÄ=='])('is not read: %s', (text) => {
    expect(within(text, base64At)).toBeUndefined();
  });
});
