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
});
