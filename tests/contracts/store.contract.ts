import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Component, Point, TimeSeriesStore, Value } from '#core';

/** What the suite needs to know of an implementation. */
export interface StoreUnderTest {
  readonly name: string;
  /** What it needs is not installed. */
  readonly missing: boolean;
  open(): Promise<TimeSeriesStore & Component>;
  /** A new one on what the stopped one has left. */
  reopen(): TimeSeriesStore & Component;
  /** Every stored row of a measurement, tags and fields as columns, `time` in ms, in order of time. */
  rows(measurement: string): Promise<readonly Readonly<Record<string, Value | null>>[]>;
  /** Makes the store unreachable, and reachable again. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const hour = 3_600_000;
const start = Date.parse('2026-11-22T00:00:00Z');

function reading(asset: string, time: number, fields: Record<string, Value>, channel?: string): Point {
  return {
    retention: 'readings',
    measurement: 'environment',
    time,
    tags: { device: `device-of-${asset}`, asset, site: 'site', ...(channel !== undefined && { channel }) },
    fields,
  };
}

/** The promises of the port {@link TimeSeriesStore}, for any implementation. */
export function storeContract(under: StoreUnderTest): void {
  describe.skipIf(under.missing)(`${under.name} keeps the promises of a store`, () => {
    let store: TimeSeriesStore & Component;
    beforeAll(async () => {
      store = await under.open();
      await store.start();
    });
    afterAll(async () => {
      await store.stop();
      await under.close();
    });

    const rowsOf = async (asset: string) =>
      (await under.rows('environment')).filter((row) => row.asset === asset);
    const write = async (...points: Point[]): Promise<void> => {
      expect(await store.write(points)).toEqual({ rejected: [], keep: [] });
    };
    const series = (
      assets: string[],
      quantities: ('air_temperature' | 'battery_level' | 'bay_occupied' | 'active_energy')[],
      hours = 2,
    ) => store.series({ assets, quantities, fromMs: start, toMs: start + hours * hour, bucketMs: hour });

    it('keeps numbers, booleans and text as they are', async () => {
      const text = 'quote " backslash \\ comma , equals = space, line\nfeed, Süderbrarup €';
      await write(reading('kept', start + 1, { air_temperature: -3.25, motion: true, flags: text }));
      const [row] = await rowsOf('kept');
      expect(row).toMatchObject({
        time: start + 1,
        air_temperature: -3.25,
        motion: true,
        flags: text,
        site: 'site',
      });
    });

    it('keeps odd tags apart', async () => {
      for (const asset of ['a b', 'a,b', 'a=b', 'ä']) await write(reading(asset, start, { co2: 400 }));
      for (const asset of ['a b', 'a,b', 'a=b', 'ä']) expect(await rowsOf(asset)).toHaveLength(1);
    });

    it('gives one point for the same point written twice, in any order', async () => {
      const points = [0, 1, 2].map((i) => reading('twice', start + i, { air_temperature: i }));
      await write(...points);
      await write(...points.toReversed(), ...points);
      expect((await rowsOf('twice')).map(({ air_temperature }) => air_temperature)).toEqual([0, 1, 2]);
    });

    it('keeps fields written apart at the same time together', async () => {
      await write(reading('merge', start, { air_temperature: 1 }));
      await write(reading('merge', start, { relative_humidity: 2 }));
      const [row, ...rest] = await rowsOf('merge');
      expect(row).toMatchObject({ air_temperature: 1, relative_humidity: 2 });
      expect(rest).toEqual([]);
    });

    it('rejects the points it cannot take by name, and stores all others', async () => {
      await write(reading('type', start, { conflict: 1 }));
      const points = Array.from({ length: 20 }, (_, i) =>
        reading('type', start + 1 + i, { air_temperature: i }),
      );
      points[3] = reading('type', start + 4, { conflict: 'text' });
      points[11] = reading('type', start + 12, { conflict: true });
      points[17] = reading('type', start + 18, { air_temperature: Number.NaN });
      const { rejected, keep } = await store.write(points);
      expect(keep).toEqual([]);
      expect(rejected.map(({ index }) => index).sort((a, b) => a - b)).toEqual([3, 11, 17]);
      for (const { reason } of rejected) expect(reason).not.toBe('');
      expect(await rowsOf('type')).toHaveLength(18);
    });

    it('leaves out what is no finite number, and keeps the rest of its point', async () => {
      await write(
        reading('nan', start, {
          air_temperature: Number.NaN,
          relative_humidity: 40,
          co2: Number.NEGATIVE_INFINITY,
        }),
      );
      const [row] = await rowsOf('nan');
      expect(row).toMatchObject({ relative_humidity: 40 });
      expect(row?.air_temperature ?? null).toBeNull();
    });

    it('replaces the value of a field that is written again with another', async () => {
      await write(reading('changed', start, { air_temperature: 1, co2: 400 }));
      await write(reading('changed', start, { air_temperature: 2, flags: 'clock' }));
      const [row, ...rest] = await rowsOf('changed');
      expect(row).toMatchObject({ air_temperature: 2, co2: 400 });
      expect(rest).toEqual([]);
    });

    it('counts a value by the flags it was last written with, before and after a restart', async () => {
      const temperature = (air_temperature: number, minute: number, flags?: string): Point =>
        reading('mark', start + minute * 60_000, { air_temperature, ...(flags !== undefined && { flags }) });
      await write(temperature(20, 0), temperature(99, 1, 'duplicate'), temperature(98, 2));
      await write(temperature(98, 2, 'duplicate'), temperature(22, 3, 'duplicate'));
      await store.stop();
      store = under.reopen();
      await store.start();
      await write(temperature(99, 1, 'duplicate'), temperature(22, 3));
      const [mean] = await series(['mark'], ['air_temperature'], 1);
      expect(mean?.values).toEqual([[start, 21]]);
    });

    it('answers many queries at once', async () => {
      await write(reading('asked', start, { air_temperature: 1 }));
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => series(['asked'], ['air_temperature'])),
      );
      for (const [answer] of answers) expect(answer?.values).toEqual([[start, 1]]);
    });

    it('takes points in any order of time, and again after a restart', async () => {
      const points = [4, 1, 3, 0, 2].map((i) => reading('late', start + i, { air_temperature: i }));
      for (const point of points) await write(point);
      await store.stop();
      store = under.reopen();
      await store.start();
      await write(...points.slice(2), reading('late', start - 1, { air_temperature: -1 }));
      expect((await rowsOf('late')).map(({ air_temperature }) => air_temperature)).toEqual([
        -1, 0, 1, 2, 3, 4,
      ]);
    });

    it('gives means in buckets, empty ones left out', async () => {
      await write(
        reading('mean', start, { air_temperature: 10 }),
        reading('mean', start + 60_000, { air_temperature: 20 }),
        reading('mean', start + 3 * hour, { air_temperature: 5 }),
        reading('mean', start + 4 * hour, { air_temperature: 99 }),
        reading('other', start, { air_temperature: 1000 }),
      );
      expect(await series(['mean'], ['air_temperature'], 4)).toEqual([
        {
          asset: 'mean',
          quantity: 'air_temperature',
          values: [
            [start, 15],
            [start + 3 * hour, 5],
          ],
        },
      ]);
    });

    it('begins buckets at whole multiples of their length, wherever the span begins', async () => {
      await write(
        reading('aligned', start + hour / 2, { air_temperature: 1 }),
        reading('aligned', start + hour, { air_temperature: 2 }),
      );
      const [odd] = await store.series({
        assets: ['aligned'],
        quantities: ['air_temperature'],
        fromMs: start + hour / 4,
        toMs: start + 2 * hour,
        bucketMs: hour,
      });
      expect(odd?.values).toEqual([
        [start, 1],
        [start + hour, 2],
      ]);
    });

    it('gives the last value where a mean would say nothing', async () => {
      await write(
        reading('last', start + 2, { battery_level: 80 }),
        reading('last', start + 1, { battery_level: 90 }),
      );
      const [level] = await series(['last'], ['battery_level'], 1);
      expect(level?.values).toEqual([[start, 80]]);
    });

    it('keeps channels and assets apart', async () => {
      await write(
        reading('two', start, { air_temperature: 1 }, 'inside'),
        reading('two', start, { air_temperature: 2 }, 'outside'),
        reading('three', start, { air_temperature: 3 }),
      );
      const all = await series(['two', 'three'], ['air_temperature']);
      expect(all.map(({ asset, channel, values }) => [asset, channel, values[0]?.[1]]).sort()).toEqual([
        ['three', undefined, 3],
        ['two', 'inside', 1],
        ['two', 'outside', 2],
      ]);
    });

    it('gives the share of time for truths, from the last one before the span on', async () => {
      await write(
        reading('truth', start - hour, { bay_occupied: true }),
        reading('truth', start + hour / 4, { bay_occupied: false }),
        reading('truth', start + hour + hour / 2, { bay_occupied: true }),
      );
      const [share] = await series(['truth'], ['bay_occupied']);
      expect(share?.values).toEqual([
        [start, 0.25],
        [start + hour, 0.5],
      ]);
    });

    it('gives what a counter has grown by, over a restart at zero too', async () => {
      const counts = [100, 110, 125, 0, 5, 12];
      await write(
        reading('counter', start - hour, { active_energy: 90 }),
        ...counts.map((count, i) => reading('counter', start + i * 600_000, { active_energy: count })),
      );
      const [grown] = await series(['counter'], ['active_energy'], 1);
      expect(grown?.values).toEqual([[start, 47]]);
    });

    it('counts nothing when a meter is replaced by another', async () => {
      const old = reading('replaced', start, { active_energy: 5000 });
      const tags = { ...old.tags, device: 'the new one' };
      await write(old, { ...old, time: start + 60_000, fields: { active_energy: 5003 } });
      await write({ ...old, tags, time: start + 120_000, fields: { active_energy: 7 } });
      await write({ ...old, tags, time: start + 180_000, fields: { active_energy: 9 } });
      const [grown, ...rest] = await series(['replaced'], ['active_energy'], 1);
      expect(grown?.values).toEqual([[start, 5]]);
      expect(rest).toEqual([]);
    });

    it('answers without impossible values and copies, but keeps them', async () => {
      await write(
        reading('flagged', start, { air_temperature: 20 }),
        reading('flagged', start + 1000, { air_temperature: 3276.7, flags: 'range:air_temperature' }),
        reading('flagged', start + 2000, { air_temperature: 99, flags: 'clock duplicate' }),
        reading('flagged', start + 3000, { air_temperature: 22, flags: 'clock range:co2' }),
      );
      const [mean] = await series(['flagged'], ['air_temperature'], 1);
      expect(mean?.values).toEqual([[start, 21]]);
      expect(await rowsOf('flagged')).toHaveLength(4);
    });

    it('is not misled by an asset that looks like a query', async () => {
      const odd = `x' OR "asset" =~ /.*/ OR "asset" = 'y`;
      await write(reading(odd, start, { air_temperature: 7 }));
      const all = await series([odd], ['air_temperature']);
      expect(all.map(({ asset, values }) => [asset, values])).toEqual([[odd, [[start, 7]]]]);
    });

    it('keeps everything back while it is away, says why, and takes it afterwards', async () => {
      await under.cut();
      const points = [
        reading('away', start, { air_temperature: 1 }),
        reading('away', start + 1, { air_temperature: 2 }),
      ];
      const { rejected, keep, keepReason } = await store.write(points);
      expect(rejected).toEqual([]);
      expect(keep.toSorted()).toEqual([0, 1]);
      expect(keepReason).toBeTruthy();
      expect(store.health()).toMatchObject({ status: 'down' });
      await expect(series(['away'], ['air_temperature'])).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      await under.restore();
      await write(...points);
      expect(store.health()).toEqual({ status: 'ok' });
      expect(await rowsOf('away')).toHaveLength(2);
    });
  });
}
