/** What a real InfluxDB refuses, sorted out: exactly the points it will not take are rejected, all others are stored. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, type Point, type Value } from '#core';
import { InfluxStore } from '#ingest';
import { InfluxServer } from '../services/influxdb.ts';
import { missing } from '../services/programs.ts';

const day = 86_400_000;
const now = Date.now();

describe.skipIf(missing('influxd'))('InfluxDB 1.x refuses', () => {
  let server: InfluxServer;
  let store: InfluxStore;

  beforeAll(async () => {
    server = await InfluxServer.create({ 'max-values-per-tag': 30, 'max-series-per-database': 200 });
    store = new InfluxStore({
      url: server.url,
      database: 'stadtpegel',
      retention: { readings: '0s', uplinks: '30d' },
      log: createLogger('silent'),
    });
    await store.start();
  });
  afterAll(async () => {
    await store.stop();
    await server.remove();
  });

  const point = (measurement: string, time: number, fields: Record<string, Value>, device = 'd'): Point => ({
    retention: 'readings',
    measurement,
    time,
    tags: { device },
    fields,
  });
  const rejectedOf = async (points: readonly Point[]): Promise<number[]> => {
    const { rejected, keep } = await store.write(points);
    expect(keep).toEqual([]);
    for (const { reason } of rejected) expect(reason).toMatch(/^\d+ partial write|^unable to parse/);
    return rejected.map(({ index }) => index).sort((a, b) => a - b);
  };
  const stored = (measurement: string, policy = 'readings'): Promise<number> =>
    server.count(`SELECT count(v) FROM "${policy}"."${measurement}"`);

  it('fields of another type than they have, over several shards', async () => {
    await store.write([0, 10, 20].map((days) => point('type', now - days * day, { v: 1, t: 'text' })));
    let runs = 0;
    const kinds = fc.array(fc.constantFrom('good', 'text', 'truth', 'other field', 'unreadable'), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(kinds, async (drawn) => {
        const run = runs++;
        const device = `d${run % 20}`;
        const points = drawn.map((kind, index): Point => {
          const time = now - (index % 3) * 10 * day - 1000 - run * 100 - index;
          if (kind === 'text') return point('type', time, { v: 'x' }, device);
          if (kind === 'truth') return point('type', time, { v: true }, device);
          if (kind === 'other field') return point('type', time, { v: 1, t: 5 }, device);
          if (kind === 'unreadable') return point('type', time * 1e9, { v: 1 }, device);
          return point('type', time, { v: 1 }, device);
        });
        const bad = drawn.flatMap((kind, index) => (kind === 'good' ? [] : [index]));
        expect(await rejectedOf(points)).toEqual(bad);
        const rows = await server.query(`SELECT v FROM readings.type WHERE device = '${device}'`);
        const found = new Set(rows.map(({ time }) => time));
        expect(points.flatMap(({ time }, index) => (found.has(time) ? [] : [index]))).toEqual(bad);
      }),
      { numRuns: 40 },
    );
  });

  it('what is older than it keeps, as whole shards reach', async () => {
    const old = Array.from({ length: 600 }, (_, index): Point => {
      const days = index % 6 === 0 ? 200 + index : 1;
      return { ...point('old', now - days * day + index, { v: 1 }), retention: 'uplinks' };
    });
    const expected = old.flatMap(({ time }, index) => (time < now - 100 * day ? [index] : []));
    expect(await rejectedOf(old)).toEqual(expected);
    expect(await stored('old', 'uplinks')).toBe(500);
  });

  it('values of a tag beyond its limit', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `v${index}`);
    await store.write(names.map((device) => point('tags', now, { v: 1 }, device)));
    const many = Array.from({ length: 400 }, (_, index) =>
      point('tags', now + 1 + index, { v: 1 }, index % 20 === 7 ? `new${index}` : `v${index % 30}`),
    );
    const expected = many.flatMap((_, index) => (index % 20 === 7 ? [index] : []));
    expect(await rejectedOf(many)).toEqual(expected);
    expect(await stored('tags')).toBe(30 + 380);
  });

  it('series beyond the limit of a database', async () => {
    for (let index = 0; index < 190; index += 10) {
      await store.write(
        Array.from({ length: 10 }, (_, at) => point(`series${(index + at) % 40}`, now, { v: 1 }, `s${at}`)),
      );
    }
    const known = point('series1', now + 1, { v: 2 }, 's1');
    const more = Array.from({ length: 400 }, (_, index) => point(`more${index}`, now, { v: 1 }));
    const rejected = await rejectedOf([...more, known]);
    expect(rejected.length).toBeGreaterThan(100);
    expect(rejected).not.toContain(400);
    expect(await server.count("SELECT count(v) FROM readings.series1 WHERE device = 's1'")).toBe(2);
  });

  it('a policy and a database that are gone: kept, made again, stored', async () => {
    await server.query('DROP DATABASE "stadtpegel"');
    const points: Point[] = [{ ...point('gone', now, { v: 1 }), retention: 'uplinks' }];
    const missing = { keep: [0], keepReason: expect.stringContaining('not found') };
    await expect(store.write(points)).resolves.toMatchObject(missing);
    await expect(store.write(points)).resolves.toEqual({ rejected: [], keep: [] });
    await server.query('DROP RETENTION POLICY "uplinks" ON "stadtpegel"');
    await expect(store.write(points)).resolves.toMatchObject(missing);
    await expect(store.write(points)).resolves.toEqual({ rejected: [], keep: [] });
    expect(await stored('gone', 'uplinks')).toBe(1);
  });
});
