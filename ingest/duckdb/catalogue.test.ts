import { describe, expect, it } from 'vitest';
import type { Point } from '#core';
import { batchOf } from './batch.ts';
import { Catalogue } from './catalogue.ts';

const never = { readings: Number.NEGATIVE_INFINITY, uplinks: Number.NEGATIVE_INFINITY };
const reading = (device: string, fields: Point['fields'], time = 1): Point => ({
  retention: 'readings',
  measurement: 'environment',
  time,
  tags: { site: 's', device },
  fields,
});

describe('as many series as there may be', () => {
  it('take further values, and a point that needs one more is refused whole', () => {
    const catalogue = new Catalogue([], never, 3);
    const points = [
      reading('a', { co2: 400, air_temperature: 20, flags: 'clock' }),
      reading('b', { co2: 400, air_temperature: 20 }),
      { ...reading('b', { f_cnt: 1 }), retention: 'uplinks' as const },
      reading('a', { co2: 401, air_temperature: 21 }, 2),
      { ...reading('c', { f_cnt: 1 }), retention: 'uplinks' as const },
      { ...reading('b', { f_cnt: 2 }, 2), tags: { device: 'b', site: 's' }, retention: 'uplinks' as const },
    ];
    const { rejected, rows, series } = batchOf(points, catalogue);
    const reason = 'too many series';
    expect(rejected).toEqual([
      { index: 1, reason },
      { index: 4, reason },
    ]);
    expect([series.length, rows.readings.fresh.length, rows.uplinks.fresh.length]).toEqual([3, 4, 2]);
  });
});
