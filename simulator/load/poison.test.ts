import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upEventWriter } from '../encoding.ts';
import { type Poison, poisonAt, poisoned, poisons } from './poison.ts';
import { fCntMin, LoadUplinks } from './uplinks.ts';

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the poison of a load', () => {
  it('is the share asked for, a third of each kind, never far from it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 50_000 }), (percent, count) => {
        const found = indexes(count).map((index) => poisonAt(index, percent / 100));
        for (const poison of poisons) {
          const expected = (count * percent) / 300;
          expect(Math.abs(found.filter((one) => one === poison).length - expected)).toBeLessThan(10);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('meets other devices each time', () => {
    const devices = indexes(100_000).filter((index) => poisonAt(index, 0.01) !== undefined);
    expect(new Set(devices.map((index) => index % 2500)).size).toBeGreaterThan(800);
  });

  it.each(['json', 'protobuf'] as const)('keeps topic and sender, in %s', async (encoding) => {
    const writeEvent = await upEventWriter(encoding);
    const uplinks = await LoadUplinks.create(1, 100, encoding);
    const options = uplinks.options(7, fCntMin, 1e12 + 1);
    const good = writeEvent(options);
    const bytesOf = (poison: Poison): number => {
      const bad = poisoned(writeEvent, options, poison);
      expect(bad.topic).toBe(good.topic);
      return bad.payload.length;
    };
    expect(bytesOf('malformed')).toBe(good.payload.length - 20);
    expect(bytesOf('oversize')).toBe(256 * 1024 + 1);
    // A topic, and what stands before payload and topic.
    expect(uplinks.bytesOf(7, fCntMin, 'oversize')).toBe(256 * 1024 + 1 + good.topic.length + 8);
  });
});
