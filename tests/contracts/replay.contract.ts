import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Component,
  createLogger,
  type Point,
  type ReplayStatus,
  type ReplayStore,
  type TimeSeriesStore,
} from '#core';
import { DirtyBuckets, Downsampler, Replayer, type SummaryStore } from '#ingest';
import { anySent, directoryOf, lived, pointsOfSent, redecoder, type Sent, status } from './replay-town.ts';

type Store = TimeSeriesStore & Component & { readonly summaries: SummaryStore; readonly past: ReplayStore };

/** What the suite needs to know of an implementation. */
export interface ReplayedStore {
  readonly name: string;
  /** What it needs is not installed. */
  readonly missing: boolean;
  open(): Promise<Store>;
  close(): Promise<void>;
}

const hourMs = 3_600_000;
/** Between two uplinks. */
const statusMs = 2.5 * hourMs + 3000;
/** The nights in which the clocks of Berlin are changed. */
const nights = [Date.parse('2026-03-28T20:00Z'), Date.parse('2026-10-24T20:00Z')];

/** Where the process ends while a slice is replaced; nowhere for the first. */
const kills = ['never', 'before', 'between', 'after'] as const;
type Kill = (typeof kills)[number];

class Killed extends Error {}

/** The store of a process that ends at a step of its first replacement, and of no later one. */
function killedAt(kill: Kill, past: ReplayStore, end: () => void): ReplayStore {
  let isOver = kill === 'never';
  return {
    devices: (...asked) => past.devices(...asked),
    uplinks: (...asked) => past.uplinks(...asked),
    statuses: (...asked) => past.statuses(...asked),
    historyTold: (...asked) => past.historyTold(...asked),
    readings: (...asked) => past.readings(...asked),
    async replace(gone, points) {
      if (isOver) return past.replace(gone, points);
      isOver = true;
      if (kill === 'between') await past.replace(gone, points.slice(0, points.length / 2));
      if (kill === 'after') await past.replace(gone, points);
      end();
      throw new Killed(kill);
    },
  };
}

/** Points by identity, as text, in order. */
function asText(points: readonly Point[]): string[] {
  const sorted = (of: object): [string, unknown][] => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  return points
    .map(({ measurement, time, tags, fields }) =>
      JSON.stringify([time, measurement, sorted(tags), sorted(fields)]),
    )
    .sort();
}

const readingsIn = (points: readonly Point[]): Point[] =>
  points.filter(({ retention }) => retention === 'readings');

/** The promises of a store in which the past is decoded anew, for any implementation. */
export function replayContract(under: ReplayedStore): void {
  describe.skipIf(under.missing)(`${under.name}, replayed`, () => {
    let store: Store;
    let folder = '';
    let dirty: DirtyBuckets;
    let job: Downsampler;
    let run = 0;
    /** A day after both nights. */
    const now = Math.max(...nights) + 24 * hourMs;

    beforeAll(async () => {
      store = await under.open();
      await store.start();
      folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-replay-'));
      dirty = new DirtyBuckets(folder);
      await dirty.start();
      job = new Downsampler({
        store: store.summaries,
        dirty,
        wrapsAt: () => undefined,
        keptMs: () => undefined,
        trimmed: [],
        now: () => Math.max(...nights) + 1000 * hourMs,
        log: createLogger('silent'),
        onSummarised: () => {},
      });
    });
    afterAll(async () => {
      await dirty.stop();
      await store.stop();
      await rm(folder, { recursive: true, force: true });
      await under.close();
    });

    const replayer = (past: ReplayStore, keptMs?: number): Replayer =>
      new Replayer({
        folder: path.join(folder, `${run}`),
        store: past,
        redecoder,
        directory: directoryOf('right', run),
        dirty,
        limits: { uplinksKeptMs: undefined, archive: true },
        keptMs: () => keptMs,
        isBusy: () => false,
        now: () => now,
        log: createLogger('silent'),
      });
    const write = async (points: readonly Point[]): Promise<void> => {
      expect(await store.write(points)).toEqual({ rejected: [], keep: [] });
      dirty.mark(points);
    };
    const replay = async (
      device: string,
      startMs: number,
      kill: Kill,
      dryRun = false,
    ): Promise<ReplayStatus> => {
      let first: Replayer | undefined;
      first = replayer(killedAt(kill, store.past, () => void first?.stop()));
      await first.start();
      await first.begin({ fromMs: startMs, toMs: startMs + 24 * hourMs, device, dryRun });
      const ended = (one: Replayer) =>
        expect.poll(() => one.status()?.state ?? 'stopped', { interval: 5, timeout: 10_000 });
      if (kill === 'never') {
        await ended(first).toBe('done');
      } else {
        await ended(first).toBe('stopped');
        first = replayer(store.past);
        await first.start();
        await ended(first).toBe('done');
      }
      const told = first.status();
      await first.stop();
      if (!told) throw new Error('no status');
      return told;
    };
    const stored = (device: string, startMs: number): Promise<Point[]> =>
      store.past.readings(device, startMs - 48 * hourMs, startMs + 48 * hourMs);

    it('holds what a run with the right decoder would have given, and what cannot be made again', async () => {
      const late = fc.array(fc.nat(100), { maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(
          anySent,
          late,
          fc.constantFrom(...nights),
          fc.constantFrom(...kills),
          async (all, order, startMs, kill) => {
            run++;
            const device = `d${run}`;
            const wrong = lived(device, startMs, all, 'wrong', run);
            const shuffled = wrong
              .map((point, index) => ({ point, key: order[index] ?? 0 }))
              .sort((a, b) => a.key - b.key)
              .map(({ point }) => point);
            await write([...shuffled, ...status(device, startMs + statusMs, 'wrong', run)]);
            await job.run();
            await replay(device, startMs, kill);
            await job.run();
            const expected = all.flatMap((sent, index) =>
              pointsOfSent(device, startMs, sent, index, isRemade(sent) ? 'right' : 'wrong', run),
            );
            expected.push(...status(device, startMs + statusMs, 'right', run));
            expect(asText(await stored(device, startMs))).toEqual(asText(readingsIn(expected)));
            await expectMeans(startMs, expected);
          },
        ),
        { numRuns: 20 },
      );
    }, 240_000);

    const usual = (count: number, more: Partial<Sent> = {}): Sent[] =>
      Array.from({ length: count }, (_, index) => ({
        minute: 10 + index,
        temperature: index % 256,
        humidity: index % 100,
        recordMinutes: 0,
        kind: 'usual',
        copied: false,
        ...more,
      }));

    it('says what it has changed, before without changing it, and has nothing to do the second time', async () => {
      run++;
      const device = `d${run}`;
      const [startMs = 0] = nights;
      // Ten odd humidities are told no more, 20 values of CO2 and 20 temperatures are new or others.
      await write(
        lived(
          device,
          startMs,
          [...usual(20), ...usual(3, { kind: 'personal' }).map(shiftedBy(100))],
          'wrong',
          run,
        ),
      );
      const before = asText(await stored(device, startMs));
      const dry = await replay(device, startMs, 'never', true);
      const counts = { uplinks: 20, withheld: 3, failed: 0, changed: 30, new: 20, gone: 10, same: 0 };
      expect(dry).toMatchObject({ uplinksTotal: 23, uplinksDone: 23, profiles: [counts] });
      expect(dry.profiles[0]?.examples).toHaveLength(9);
      expect(asText(await stored(device, startMs))).toEqual(before);
      expect((await replay(device, startMs, 'never')).profiles).toMatchObject([counts]);
      const after = asText(await stored(device, startMs));
      expect(after).not.toEqual(before);
      expect((await replay(device, startMs, 'never')).profiles).toMatchObject([
        { profile: 'mended/right', uplinks: 20, same: 60 - 10, changed: 0, new: 0, gone: 0 },
      ]);
      expect(asText(await stored(device, startMs))).toEqual(after);
    });

    const shiftedBy =
      (minutes: number) =>
      (sent: Sent): Sent => ({ ...sent, minute: sent.minute + minutes });

    it('goes through many slices and rewrites the radio log, whose payloads stay', async () => {
      run++;
      const device = `d${run}`;
      const [startMs = 0] = nights;
      const all = usual(600, { kind: 'unknown' });
      await write(lived(device, startMs, all, 'wrong', run));
      expect((await replay(device, startMs, 'between')).profiles).toMatchObject([
        { uplinks: 600, new: 1500 },
      ]);
      expect(asText(await stored(device, startMs))).toEqual(
        asText(readingsIn(lived(device, startMs, all, 'right', run))),
      );
      const rows = await store.past.uplinks(device, startMs, startMs + 48 * hourMs, 1000);
      expect(rows).toHaveLength(600);
      expect(rows[0]?.fields).toMatchObject({ payload: '00000003', profile: 'mended/right', f_port: 2 });
      for (const { fields } of rows)
        for (const name of ['error', 'error_message', 'device_profile', 'device_tags'])
          expect(fields).not.toHaveProperty(name);
    });

    it('keeps a record that an uplink outside the span told of a time within it', async () => {
      run++;
      const device = `d${run}`;
      const [startMs = 0] = nights;
      const [inside, ...outside] = usual(2).map((sent, index) => ({ ...sent, minute: 60 + 600 * index }));
      const told = lived(device, startMs, outside, 'wrong', run);
      const recordMs = startMs + 60 * 60_000;
      const record = { device, asset: `wrong ${run}`, site: 's' };
      await write([
        ...lived(device, startMs, inside ? [inside] : [], 'wrong', run),
        ...told.map((point) =>
          point.measurement === 'uplink'
            ? { ...point, fields: { ...point.fields, history_ms: `${recordMs}` } }
            : point,
        ),
        {
          retention: 'readings',
          measurement: 'environment',
          time: recordMs,
          tags: record,
          fields: { water_level: 3, flags: 'history' },
        },
      ]);
      const one = replayer(store.past);
      await one.start();
      await one.begin({ fromMs: startMs, toMs: startMs + 2 * hourMs, device, dryRun: false });
      await expect.poll(() => one.status()?.state).toBe('done');
      await one.stop();
      const left = (await stored(device, startMs)).filter(({ time }) => time === recordMs);
      expect(left).toContainEqual(
        expect.objectContaining({ tags: record, fields: expect.objectContaining({ water_level: 3 }) }),
      );
      expect(left).toContainEqual(expect.objectContaining({ measurement: 'building' }));
    });

    it('stops after a slice when it is cancelled, and takes one at a time', async () => {
      run++;
      const device = `d${run}`;
      const [startMs = 0] = nights;
      await write(lived(device, startMs, usual(600), 'wrong', run));
      const request = { fromMs: startMs, toMs: startMs + 24 * hourMs, device, dryRun: true };
      const one = replayer(store.past);
      await one.start();
      await one.begin(request);
      await expect(one.begin(request)).rejects.toMatchObject({ code: 'replay_running' });
      expect(one.cancel()).toMatchObject({ state: 'cancelling' });
      await expect.poll(() => one.status()?.state).toBe('cancelled');
      expect(one.status()?.uplinksDone).toBeLessThan(600);
      await one.stop();
    });

    it('takes a model for those it decoded then, and for those it decodes now', async () => {
      run++;
      const device = `d${run}`;
      const [startMs = 0] = nights;
      await write(lived(device, startMs, usual(5), 'wrong', run));
      for (const [profile, uplinks] of [
        ['mended/wrong', 5],
        ['mended/right', 5],
        ['mended/other', 0],
      ] as const) {
        const one = replayer(store.past);
        await one.start();
        await one.begin({ fromMs: startMs, toMs: startMs + 24 * hourMs, device, profile, dryRun: true });
        await expect.poll(() => one.status()?.state).toBe('done');
        expect(one.status()?.profiles[0]?.uplinks ?? 0).toBe(uplinks);
        await one.stop();
      }
    });

    it('leaves alone what is older than its theme is kept', async () => {
      run++;
      const device = `d${run}`;
      const [, startMs = 0] = nights;
      await write(lived(device, startMs, usual(100), 'wrong', run));
      const before = await stored(device, startMs);
      // Minute 60 is the last that is too old, with the hour that is left for safety.
      const one = replayer(store.past, now - startMs);
      await one.start();
      await one.begin({ fromMs: startMs, toMs: startMs + 24 * hourMs, device, dryRun: false });
      await expect.poll(() => one.status()?.state).toBe('done');
      await one.stop();
      const isOld = ({ time }: Point): boolean => time <= startMs + hourMs;
      const after = await stored(device, startMs);
      expect(asText(after.filter(isOld))).toEqual(asText(before.filter(isOld)));
      const right = readingsIn(lived(device, startMs, usual(100), 'right', run));
      expect(asText(after.filter((point) => !isOld(point)))).toEqual(
        asText(right.filter((point) => !isOld(point))),
      );
    });

    it('refuses what it cannot do', async () => {
      run++;
      const one = replayer(store.past);
      await one.start();
      const span = { fromMs: nights[0] ?? 0, toMs: (nights[0] ?? 0) + hourMs, dryRun: false };
      await expect(one.begin({ ...span, profile: 'acme/none' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(one.begin({ ...span, device: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
      const past = { ...span, fromMs: 0, toMs: 1000 };
      await expect(one.begin(past)).rejects.toMatchObject({ code: 'replay_refused' });
      await expect(one.begin({ ...past, toMs: 0 })).rejects.toMatchObject({ code: 'replay_refused' });
      expect(one.status()).toBeUndefined();
      await one.stop();
    });

    const isRemade = ({ kind }: Sent): boolean => kind === 'usual' || kind === 'unknown';

    /** Every stored mean is the mean of its readings: of hours, and of days that have 23 or 25 of them. */
    const expectMeans = async (startMs: number, expected: readonly Point[]): Promise<void> => {
      const counted = readingsIn(expected).filter(
        ({ fields }) => fields.air_temperature !== undefined && !String(fields.flags).includes('duplicate'),
      );
      for (const asset of [`right ${run}`, `wrong ${run}`]) {
        for (const how of [{ bucketMs: hourMs }, { bucketMs: 24 * hourMs, timeZone: 'Europe/Berlin' }]) {
          const span = { fromMs: startMs - 48 * hourMs, toMs: startMs + 48 * hourMs };
          const [series] = await store.series({
            assets: [asset],
            quantities: ['air_temperature'],
            ...span,
            ...how,
          });
          const mine = counted.filter(({ tags }) => tags.asset === asset);
          const dayOf = (timeMs: number): string =>
            new Date(timeMs).toLocaleDateString('sv-SE', { timeZone: how.timeZone });
          const buckets = Map.groupBy(mine, ({ time }) =>
            how.timeZone === undefined ? String(Math.floor(time / hourMs) * hourMs) : dayOf(time),
          );
          const told = (series?.values ?? []).map(
            ([timeMs, value]) =>
              [how.timeZone === undefined ? String(timeMs) : dayOf(timeMs), value] as const,
          );
          expect(told.map(([bucket]) => bucket)).toEqual([...buckets.keys()].sort());
          for (const [bucket, value] of told) {
            const points = buckets.get(bucket) ?? [];
            const sum = points.reduce((all, { fields }) => all + Number(fields.air_temperature), 0);
            expect(value).toBeCloseTo(sum / points.length, 9);
          }
        }
      }
    };
  });
}
