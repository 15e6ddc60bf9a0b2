import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Component,
  createLogger,
  type Point,
  type QuantityKey,
  quantity,
  type Series,
  type SeriesQuery,
  type TimeSeriesStore,
  type Value,
} from '#core';
import { type CounterWraps, DirtyBuckets, Downsampler, type SummaryStore } from '#ingest';

type Store = TimeSeriesStore & Component & { readonly summaries: SummaryStore };

/** What the suite needs to know of an implementation. */
export interface DownsampledStore {
  readonly name: string;
  /** What it needs is not installed. */
  readonly missing: boolean;
  open(): Promise<Store>;
  /** Makes the store unreachable, and reachable again. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const hour = 3_600_000;
/** The clocks of Berlin go back an hour later. */
const start = Date.parse('2026-10-25T00:00Z');
/** What the stores are to know of counters. */
export const wrapsAt: CounterWraps = (_, key) => (key === 'pulse_count' ? 65_536 : undefined);

const values = {
  air_temperature: fc.double({ min: -50, max: 70, noNaN: true, noDefaultInfinity: true }),
  sound_level_laeq: fc.double({ min: 0, max: 140, noNaN: true }),
  wind_direction: fc.integer({ min: 0, max: 359 }),
  people_in: fc.nat(1000),
  battery_level: fc.nat(100),
  pulse_count: fc.nat(65_535),
  bay_occupied: fc.boolean(),
} as const satisfies Partial<Record<QuantityKey, fc.Arbitrary<Value>>>;
const keys = Object.keys(values) as (keyof typeof values)[];
const flags = fc.constantFrom(
  '',
  'clock',
  'duplicate',
  'history range:air_temperature',
  'range:bay_occupied',
);

const anyPoint = fc
  .record({
    minute: fc.nat(600),
    device: fc.constantFrom('d', 'e'),
    channel: fc.constantFrom(undefined, 'l1'),
    fields: fc.record(values, { requiredKeys: [] }).filter((fields) => Object.keys(fields).length > 0),
    flags,
  })
  .map(
    ({ minute, device, channel, fields, flags: marks }): Point => ({
      retention: 'readings',
      measurement: 'environment',
      time: start + minute * 60_000,
      tags: { device, asset: 'a', site: 's', ...(channel !== undefined && { channel }) },
      fields: { ...fields, ...(marks !== '' && { flags: marks }) },
    }),
  );
/** What is written, first and later; later points may replace, or lie before, those that came first. */
const lots = fc.array(fc.array(anyPoint, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 });

/** Times the same; values within rounding, directions the short way round. */
function expectSame(a: readonly Series[], b: readonly Series[]): void {
  const order = (all: readonly Series[]): Series[] =>
    all.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  const shapeOf = ({ values: told, ...rest }: Series): unknown => [rest, told.map(([timeMs]) => timeMs)];
  expect(order(a).map(shapeOf)).toEqual(order(b).map(shapeOf));
  for (const [index, { quantity: key, values: told }] of order(a).entries()) {
    for (const [at, [, value]] of told.entries()) {
      const apart = Math.abs(value - (order(b)[index]?.values[at]?.[1] ?? Number.NaN));
      const circle = quantity(key).aggregate === 'circular-mean' ? 360 : Number.POSITIVE_INFINITY;
      expect(Math.min(apart, circle - apart)).toBeLessThan(1e-6);
    }
  }
}

/** The promises of a store that readings are summed up in, for any implementation. */
export function downsamplingContract(under: DownsampledStore): void {
  describe.skipIf(under.missing)(`${under.name}, downsampled`, () => {
    let store: Store;
    let folder = '';
    let dirty: DirtyBuckets;
    let job: Downsampler;
    let now = start + 30 * hour;

    /** The job and what it remembers, begun anew. */
    const begin = async (keptMs?: number): Promise<void> => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-dirty-'));
      dirty = new DirtyBuckets(folder);
      await dirty.start();
      job = new Downsampler({
        store: store.summaries,
        dirty,
        wrapsAt,
        keptMs: () => keptMs,
        trimmed: keptMs === undefined ? [] : ['environment'],
        now: () => now,
        log: createLogger('silent'),
        onSummarised: () => {},
      });
    };
    const end = async (): Promise<void> => {
      await dirty.stop();
      await rm(folder, { recursive: true, force: true });
    };
    beforeAll(async () => {
      store = await under.open();
      await store.start();
      await begin();
    });
    afterAll(async () => {
      await end();
      await store.stop();
      await under.close();
    });

    const write = async (points: readonly Point[]): Promise<void> => {
      expect(await store.write(points)).toEqual({ rejected: [], keep: [] });
      dirty.mark(points);
    };
    const untilMs = (): Promise<number | undefined> => store.summaries.summarisedUntilMs();
    const buckets: Pick<SeriesQuery, 'bucketMs' | 'timeZone'>[] = [
      { bucketMs: hour },
      { bucketMs: hour / 4 },
      { bucketMs: 24 * hour, timeZone: 'Europe/Berlin' },
    ];
    const answers = async (assets: readonly string[] = ['a']): Promise<Series[][]> => {
      const answersTo = (how: (typeof buckets)[number]): Promise<Series[]> =>
        store.series({ assets, quantities: keys, fromMs: start - 2 * hour, toMs: start + 22 * hour, ...how });
      return Promise.all(buckets.map(answersTo));
    };
    const expectSameAnswers = (a: readonly Series[][], b: readonly Series[][]): void => {
      for (const [index, one] of a.entries()) expectSame(one, b[index] ?? []);
    };
    const forget = (): Promise<void> => store.summaries.forgetReadings('environment', start + 100 * hour);

    it('answers the same from readings and from summaries, whatever comes late, twice, marked or instead', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(lots, async (all) => {
          const asset = `run ${run++}`;
          const mine = (points: readonly Point[]): Point[] =>
            points.map((point) => ({
              ...point,
              tags: { ...point.tags, asset, device: `${point.tags.device}${run}` },
            }));
          for (const lot of all) {
            await write(mine(lot));
            // History comes from the readings again, as soon as there are some that are not summed up.
            await expect
              .poll(untilMs)
              .toSatisfy((until) => until === undefined || until <= start + 10 * hour);
            const fromReadings = await answers([asset]);
            await job.run();
            expect(job.health()).toEqual({ status: 'ok' });
            expect(await untilMs()).toBe(start + 29 * hour);
            expectSameAnswers(await answers([asset]), fromReadings);
          }
          const before = await answers([asset]);
          await forget();
          expectSameAnswers(await answers([asset]), before);
        }),
        { numRuns: 12 },
      );
    }, 120_000);

    it('sums up what it held before there was a job, once', async () => {
      await end();
      await begin();
      const points: Point[] = Array.from({ length: 500 }, (_, n) => ({
        retention: 'readings',
        measurement: 'environment',
        time: start - 40 * 24 * hour + n * hour,
        tags: { device: `d${n % 3}`, asset: 'old' },
        fields: { air_temperature: n },
      }));
      expect(await store.write(points)).toEqual({ rejected: [], keep: [] });
      await store.summaries.declareSummarised(points[0]?.time ?? 0);
      await job.run();
      expect(await untilMs()).toBe(start + 29 * hour);
      await forget();
      const [old] = await store.series({
        assets: ['old'],
        quantities: ['air_temperature'],
        fromMs: start - 41 * 24 * hour,
        toMs: start,
        bucketMs: hour,
      });
      expect(old?.values).toEqual(points.map(({ time }, n) => [time, n]));
      expect(await store.summaries.oldestReadingMs()).toBeUndefined();
    });

    it('has no summary left of what no longer counts', async () => {
      const point = (fields: Point['fields']): Point => ({
        retention: 'readings',
        measurement: 'environment',
        time: start,
        tags: { device: 'd', asset: 'gone' },
        fields,
      });
      const other = { ...point({ co2: 400 }), time: start + 60_000 };
      await write([point({ air_temperature: 20 }), other]);
      await job.run();
      expect((await answers(['gone']))[0]).toHaveLength(1);
      await write([point({ air_temperature: 20, flags: 'duplicate' })]);
      await job.run();
      expect(await answers(['gone'])).toEqual([[], [], []]);
      const query = { assets: ['gone'], fromMs: start, toMs: start + hour, bucketMs: hour };
      const [left] = await store.series({ ...query, quantities: ['co2'] });
      expect(left?.values).toEqual([[start, 400]]);
    });

    it('deletes the readings of a theme when their time is over, never what is not summed up', async () => {
      await end();
      await begin(40 * hour);
      const point = (minute: number, air_temperature: number): Point => ({
        retention: 'readings',
        measurement: 'environment',
        time: start + minute * 60_000,
        tags: { device: 'd', asset: 'trimmed' },
        fields: { air_temperature },
      });
      await job.run();
      await write([point(0, 10), point(10, 20)]);
      await expect.poll(untilMs).toBe(start);
      const whole = await answers(['trimmed']);
      await store.summaries.forgetReadings('environment', start);
      expect(await store.summaries.oldestReadingMs()).toBe(start);
      now += 25 * hour;
      await job.run();
      expect(await store.summaries.oldestReadingMs()).toBeUndefined();
      expectSameAnswers(await answers(['trimmed']), whole);
      // Alone it would be taken for the whole hour.
      await write([point(20, 90)]);
      await job.run();
      expectSameAnswers(await answers(['trimmed']), whole);
      await end();
      await begin();
    });

    it('waits for an hour to be over and settled', async () => {
      const late = start + 40 * hour;
      const point: Point = {
        retention: 'readings',
        measurement: 'environment',
        time: late,
        tags: { device: 'd', asset: 'new' },
        fields: { air_temperature: 20 },
      };
      now = late + hour + 60_000;
      await write([point]);
      await job.run();
      expect([dirty.waiting, await untilMs()]).toEqual([1, late]);
      now = late + hour + 300_000;
      await job.run();
      expect([dirty.waiting, await untilMs()]).toEqual([0, late + hour]);
    });

    it('goes on when the store is back, and says so meanwhile', async () => {
      const point: Point = {
        retention: 'readings',
        measurement: 'environment',
        time: start,
        tags: { device: 'away', asset: 'away' },
        fields: { air_temperature: 20 },
      };
      await write([point]);
      await under.cut();
      await job.run();
      expect(job.health()).toMatchObject({ status: 'degraded', detail: expect.stringContaining('readings') });
      expect(dirty.waiting).toBe(1);
      await under.restore();
      // The embedded store opens its file again with the next write.
      await write([point]);
      await job.run();
      expect([job.health(), dirty.waiting]).toEqual([{ status: 'ok' }, 0]);
    });
  });
}
