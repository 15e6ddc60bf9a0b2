import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from '#core';
import { lineOf } from './line-protocol.ts';

const point = (over: Partial<Point>): Point => ({
  retention: 'uplinks',
  measurement: 'm',
  time: 1_795_305_600_123,
  tags: {},
  fields: { a: 1 },
  ...over,
});

describe('lineOf', () => {
  it('writes tags in the order of their keys, numbers as floats, booleans short, text quoted', () => {
    const fields = { n: -1.5, t: true, f: false, s: 'x "y" \\ z' };
    expect(lineOf(point({ tags: { device: 'd', asset: 'a' }, fields }))).toBe(
      'm,asset=a,device=d n=-1.5,t=t,f=f,s="x \\"y\\" \\\\ z" 1795305600123',
    );
  });

  it('escapes what separates, and leaves out empty tags', () => {
    expect(lineOf(point({ measurement: 'a b', tags: { 'k=': 'v, w', none: '' } }))).toBe(
      'a\\ b,k\\==v\\,\\ w a=1 1795305600123',
    );
  });

  it('lets no tag value end the line or swallow what follows', () => {
    expect(lineOf(point({ tags: { t: 'x\ny\\' } }))).toBe('m,t=x\\ y/ a=1 1795305600123');
  });

  it('gives every reading flags, so that they can be asked for', () => {
    expect(lineOf(point({ retention: 'readings' }))).toBe('m a=1,flags="" 1795305600123');
    expect(lineOf(point({ retention: 'readings', fields: { a: 1, flags: 'clock' } }))).toBe(
      'm a=1,flags="clock" 1795305600123',
    );
  });

  it('leaves out what is no finite number, and gives nothing where nothing is left', () => {
    expect(lineOf(point({ fields: { a: Number.NaN, b: 1e21, c: Number.POSITIVE_INFINITY } }))).toBe(
      'm b=1e+21 1795305600123',
    );
    expect(lineOf(point({ fields: { a: Number.NaN } }))).toBeUndefined();
  });

  it('cuts text that InfluxDB would refuse, between characters', () => {
    const line = lineOf(point({ fields: { s: 'ü'.repeat(40_000) } })) ?? '';
    expect(Buffer.byteLength(line)).toBeLessThan(65_536);
    expect(line).toMatch(/ü…" \d+$/);
  });

  it('writes keys and texts of any script', () => {
    const fields = { größe: 'Straße, "7"', naïve: '\u{1F333}' };
    expect(lineOf(point({ tags: { ort: 'Köln Süd' }, fields }))).toBe(
      'm,ort=Köln\\ Süd größe="Straße, \\"7\\"",naïve="\u{1F333}" 1795305600123',
    );
    expect(lineOf(point({ fields: { größe: 1 } }))).toBe('m größe=1 1795305600123');
  });

  it('writes every number and time as JavaScript does', () => {
    const decimal = fc
      .tuple(fc.integer({ min: -2e9, max: 2e9 }), fc.integer({ min: 0, max: 6 }))
      .map(([digits, decimals]) => digits / 10 ** decimals);
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), decimal);
    const time = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 4_000_000_000_000 }));
    fc.assert(
      fc.property(number, time, (value, ms) => {
        expect(lineOf(point({ time: ms, fields: { a: value, b: -value } }))).toBe(
          `m a=${value},b=${-value} ${ms}`,
        );
      }),
      { numRuns: 2000 },
    );
    for (const value of [0, -0, 0.001, -0.001, 0.0005, 999_999.999, 1e6, 1_000_000.001, 0.1 + 0.2])
      expect(lineOf(point({ fields: { a: value } }))).toBe(`m a=${value} 1795305600123`);
  });
});
