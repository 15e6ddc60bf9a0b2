import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, idOf, shortOf } from './fingerprint.ts';

describe('a device address', () => {
  it('is the number its hex digits are, in either case', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), (address) => {
        const digits = address.toString(16).padStart(8, '0');
        expect(addressOf(digits)).toBe(address);
        expect(addressOf(digits.toUpperCase())).toBe(address);
      }),
    );
  });
});

describe('the short form of an id', () => {
  it('is its low 32 bits, and never 0', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(shortOf(idOf(text))).toBe(idOf(text) % 2 ** 32 || 1);
      }),
    );
    expect(shortOf(2 ** 32)).toBe(1);
  });
});
