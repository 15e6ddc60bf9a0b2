import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortestFloat, timestampMs } from './values.ts';

describe('a 32-bit float', () => {
  it.each([9.2, 78.74016, -11.5, 0, 0.1, -118, 3.4028235e38, 1.1754944e-38])(
    'of %d is that number again',
    (value) => {
      expect(shortestFloat(Math.fround(value))).toBe(value);
    },
  );

  it('of any normal value is a number that gives the same float, and none is shorter', () => {
    const normal = fc
      .float({ noNaN: true, noDefaultInfinity: true })
      .filter((one) => Math.abs(one) >= 2 ** -126);
    fc.assert(
      fc.property(normal, (value) => {
        const short = shortestFloat(value);
        expect(Math.fround(short)).toBe(value);
        const digits = short.toExponential().replace(/^-|\.|e.*$/g, '').length;
        if (digits > 1) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('that is %d is refused', (value) => {
    expect(() => shortestFloat(value)).toThrow(RangeError);
  });
});

describe('a timestamp', () => {
  it('is milliseconds, cut and not rounded', () => {
    expect(timestampMs({ seconds: 1_795_306_120, nanos: 316_999_999 })).toBe(1_795_306_120_316);
  });

  it.each([
    ['is not there', null],
    ['is after the year 9999', { seconds: 253_402_300_800, nanos: 0 }],
    ['is before the year 1', { seconds: -62_135_596_801, nanos: 0 }],
    ['counts backwards below the second', { seconds: 1, nanos: -1 }],
    ['has more than a second below the second', { seconds: 1, nanos: 1_000_000_000 }],
  ])('that %s is none', (_, timestamp) => {
    expect(timestampMs(timestamp)).toBeNaN();
  });
});
