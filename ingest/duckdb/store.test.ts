import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Point, type Retention, type Value } from '#core';
import { DuckDbStore } from './store.ts';

const start = 1_795_305_600_000;
const hourMs = 3_600_000;

let folder = '';
let store: DuckDbStore;
let now = start;
const file = (): string => path.join(folder, 'readings.duckdb');

async function open(retention: Record<Retention, string> = { readings: '0s', uplinks: '0s' }): Promise<void> {
  const log = createLogger('silent');
  store = new DuckDbStore({ file: file(), memoryBytesMax: 67_108_864, retention, log, now: () => now });
  await store.start();
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-duckdb-'));
  now = start;
});
afterEach(async () => {
  await store.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What the file holds, read after the store has been stopped. */
async function stored(sql: string): Promise<DuckDBValue[][]> {
  const instance = await DuckDBInstance.create(file(), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const readingsSql = `SELECT s.measurement, s.tags, s.field, s.type, r.time::DOUBLE, r.number, r.text, r.flags
  FROM readings AS r JOIN series AS s ON s.id = r.series`;
const uplinksSql = `SELECT s.measurement, s.tags, u.time::DOUBLE, u.fields
  FROM uplinks AS u JOIN series AS s ON s.id = u.series`;

const reading = (time: number, fields: Record<string, Value>, device = 'd'): Point => ({
  retention: 'readings',
  measurement: 'environment',
  time,
  tags: { device, asset: 'a' },
  fields,
});
const uplink = (time: number, fields: Record<string, Value>): Point => ({
  retention: 'uplinks',
  measurement: 'uplink',
  time,
  tags: { device: 'd' },
  fields,
});
const taken = { rejected: [], keep: [] };

const wellFormed = (fields: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.toWellFormed(),
      typeof value === 'string' ? value.toWellFormed() : value,
    ]),
  );

/** What a store of these points has to hold, in the words of the two queries above. */
class Model {
  readonly readings = new Map<string, DuckDBValue[]>();
  readonly uplinks = new Map<string, [string, string, number, Record<string, Value>]>();

  write({ retention, measurement, time, tags, fields }: Point): void {
    const kept = Object.entries(tags).filter(([, value]) => value !== '');
    const text = JSON.stringify(wellFormed(Object.fromEntries(kept)));
    const key = `${measurement} ${text} ${time}`;
    if (retention === 'uplinks') {
      const before = this.uplinks.get(key)?.[3];
      this.uplinks.set(key, [measurement, text, time, { ...before, ...wellFormed(fields) }]);
      return;
    }
    const { flags = '', ...values } = fields;
    for (const [field, value] of Object.entries(wellFormed(values))) {
      const cells = typeof value === 'string' ? [null, value] : [Number(value), null];
      const type = typeof value === 'string' ? 'text' : typeof value;
      const row = [measurement, text, field, type, time, ...cells, flags === '' ? null : flags];
      this.readings.set(`${key} ${field}`, row);
    }
  }
}

const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const timeMs = fc.nat(12).map((more) => start + more);
const anyReading = fc.record({
  retention: fc.constant<Retention>('readings'),
  measurement: fc.constantFrom('environment', 'parking'),
  time: timeMs,
  tags: fc.record({ asset: fc.constantFrom('', 'a'), device: fc.constantFrom('d', 'e', 'ä\ud800"') }),
  fields: fc
    .record(
      {
        air_temperature: anyNumber,
        motion: fc.boolean(),
        state: anyText,
        flags: fc.constantFrom('', 'clock', 'duplicate'),
      },
      { requiredKeys: [] },
    )
    .filter(({ air_temperature, motion, state }) => (air_temperature ?? motion ?? state) !== undefined),
});
const anyUplink = fc.record({
  retention: fc.constant<Retention>('uplinks'),
  measurement: fc.constantFrom('uplink', 'event'),
  time: timeMs,
  tags: fc.record({ device: fc.constantFrom('d', 'e') }),
  fields: fc.dictionary(
    fc.constantFrom('f_cnt', 'object', 'confirmed', '\udfff'),
    fc.oneof(anyNumber, fc.boolean(), anyText),
    { minKeys: 1, noNullPrototype: true },
  ),
});
const anyPoint: fc.Arbitrary<Point> = fc.oneof(anyReading, anyUplink);

const byText = (rows: Iterable<unknown>): string[] => [...rows].map((row) => JSON.stringify(row)).sort();
const sorted = (fields: Record<string, Value>): [string, Value][] =>
  Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

describe('what is stored', () => {
  it('is what a map by identity holds, whatever is written in whatever order, again, and over restarts', async () => {
    const write = fc.array(anyPoint, { maxLength: 12 });
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: write }, fc.constant('restart' as const)), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await rm(folder, { recursive: true, force: true });
        folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-duckdb-'));
        await open();
        const model = new Model();
        for (const step of all) {
          if (step === 'restart') {
            await store.stop();
            await open();
          } else {
            // Twice: writing it again changes nothing.
            expect(await store.write(step)).toEqual(taken);
            expect(await store.write(step)).toEqual(taken);
            for (const point of [...step, ...step]) model.write(point);
          }
        }
        await store.stop();
        expect(byText(await stored(readingsSql))).toEqual(byText(model.readings.values()));
        const logged = (await stored(uplinksSql)).map(([measurement, tags, time, fields]) => [
          measurement,
          tags,
          time,
          sorted(JSON.parse(String(fields))),
        ]);
        const expected = [...model.uplinks.values()].map(([a, b, c, fields]) => [a, b, c, sorted(fields)]);
        expect(byText(logged)).toEqual(byText(expected));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('is not written again when nothing changes', async () => {
    await open();
    const points = Array.from({ length: 5000 }, (_, i) => reading(start + i, { air_temperature: i / 10 }));
    await store.write(points);
    await store.stop();
    const { size } = await stat(file());
    await open();
    for (let i = 0; i < 5; i++) expect(await store.write(points)).toEqual(taken);
    await store.stop();
    expect((await stat(file())).size).toBe(size);
  });
});

describe('a point', () => {
  it('is rejected whole where one field has another type, now and after a restart', async () => {
    await open();
    await store.write([reading(start, { co2: 400 })]);
    for (let i = 0; i < 2; i++) {
      const { rejected } = await store.write([
        reading(start + 1, { co2: '401', air_temperature: 1 }),
        reading(start + 2, { co2: 402, air_temperature: 2 }),
      ]);
      expect(rejected).toEqual([{ index: 0, reason: expect.stringMatching(/environment\.co2 is number/) }]);
      await store.stop();
      await open();
    }
    await store.stop();
    expect(await stored('SELECT count(*)::INTEGER FROM readings')).toEqual([[3]]);
  });

  it.each([
    ['no field', reading(start, {})],
    ['flags only', reading(start, { flags: 'clock' })],
    ['flags that are no text', reading(start, { air_temperature: 1, flags: 1 })],
    ['no number', uplink(start, { f_cnt: Number.NaN })],
    ['no time', reading(Number.NaN, { air_temperature: 1 })],
    ['a time beyond all clocks', reading(1e300, { air_temperature: 1 })],
  ])('with %s is rejected', async (_, bad) => {
    await open();
    const result = await store.write([bad, reading(start, { air_temperature: 1 })]);
    expect(result).toEqual({ rejected: [{ index: 0, reason: expect.any(String) }], keep: [] });
  });
});

describe('retention', () => {
  it('forgets each kind by its own time, at the start and not before', async () => {
    const points = [-25, -24, -1].flatMap((hours) => [
      reading(start + hours * hourMs, { air_temperature: 1 }),
      uplink(start + hours * hourMs, { f_cnt: 1 }),
    ]);
    await open();
    await store.write(points);
    await store.stop();
    await open({ readings: '1d', uplinks: '2h' });
    await store.stop();
    const [readings] = await stored('SELECT list(time::DOUBLE ORDER BY time) FROM readings');
    expect(readings).toEqual([{ items: [start - 24 * hourMs, start - hourMs] }]);
    expect(await stored('SELECT time::DOUBLE FROM uplinks')).toEqual([[start - hourMs]]);
  });

  it('lets the file be no larger after weeks than after days', async () => {
    const dayMs = 24 * hourMs;
    const retention = { readings: '2d', uplinks: '2d' };
    const sizes: number[] = [];
    for (let day = 0; day < 16; day++) {
      now = start + day * dayMs;
      await open(retention);
      for (let hour = 0; hour < 24; hour++) {
        const points = Array.from({ length: 1500 }, (_, i) => {
          const time = now + hour * hourMs + i * 2000;
          const fields = {
            air_temperature: Math.sin(time),
            co2: Math.cos(time),
            water_level: Math.tan(time),
          };
          return reading(time, fields, `d${i % 100}`);
        });
        expect(await store.write(points)).toEqual(taken);
        expect(await store.write(points.slice(0, 100))).toEqual(taken);
      }
      await store.stop();
      sizes.push((await stat(file())).size);
    }
    expect(sizes[1]).toBeGreaterThan(1_000_000);
    expect(Math.max(...sizes.slice(8))).toBeLessThan(1.2 * Math.max(...sizes.slice(0, 8)));
  }, 60_000);
});

describe('a file', () => {
  it('that is no database keeps everything back, until it is taken away', async () => {
    await writeFile(file(), 'no database '.repeat(1000));
    await open();
    expect(store.health()).toMatchObject({
      status: 'down',
      detail: expect.stringContaining('readings.duckdb'),
    });
    const points = [reading(start, { air_temperature: 1 })];
    expect(await store.write(points)).toMatchObject({ rejected: [], keep: [0] });
    await rm(file());
    expect(await store.write(points)).toEqual(taken);
    expect(store.health()).toEqual({ status: 'ok' });
  });

  it('takes nothing after the stop', async () => {
    await open();
    await store.stop();
    const result = await store.write([reading(start, { air_temperature: 1 })]);
    expect(result).toEqual({ rejected: [], keep: [0], keepReason: 'the store is stopped' });
  });
});

describe('a disk that is full', () => {
  // A limit on the size of files, for this process, is to every write what a full disk is.
  const limitFiles = (bytes: string): void => {
    execFileSync('/usr/bin/prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
  };

  it('keeps everything back, and all is there once when there is room again', async () => {
    await open();
    const points = (from: number): Point[] =>
      Array.from({ length: 20_000 }, (_, i) => reading(start + from + i, { air_temperature: Math.sin(i) }));
    expect(await store.write(points(0))).toEqual(taken);
    limitFiles('1');
    try {
      const { rejected, keep, keepReason } = await store.write(points(10_000));
      expect([rejected, keep.length]).toEqual([[], 20_000]);
      expect(keepReason).toBeTruthy();
      expect(store.health()).toMatchObject({ status: 'down' });
      expect((await store.write(points(10_000))).keep).toHaveLength(20_000);
    } finally {
      limitFiles('unlimited');
    }
    expect(await store.write(points(10_000))).toEqual(taken);
    expect(store.health()).toEqual({ status: 'ok' });
    await store.stop();
    const counts = 'SELECT count(*)::INTEGER, count(DISTINCT time)::INTEGER FROM readings';
    expect(await stored(counts)).toEqual([[30_000, 30_000]]);
  });
});

describe('the event loop', () => {
  it('goes on while a large batch is written and read', async () => {
    await open();
    let longestMs = 0;
    const stop = new AbortController();
    const watch = (async () => {
      while (!stop.signal.aborted) {
        const before = performance.now();
        await sleep(1);
        longestMs = Math.max(longestMs, performance.now() - before);
      }
    })();
    for (let batch = 0; batch < 10; batch++) {
      await store.write(
        Array.from({ length: 5000 }, (_, i) => reading(start + batch * 5000 + i, { air_temperature: i })),
      );
    }
    await store.series({
      assets: ['a'],
      quantities: ['air_temperature'],
      fromMs: start,
      toMs: start + hourMs,
      bucketMs: 1000,
    });
    stop.abort();
    await watch;
    expect(longestMs).toBeLessThan(500);
  });
});
