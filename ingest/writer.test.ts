import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Point, TimeSeriesStore, WriteResult } from '#core';
import { StoreWriter } from './writer.ts';

const point = (name: string): Point => ({
  retention: 'readings',
  measurement: name,
  time: 1_795_305_600_123,
  tags: {},
  fields: { value: 1 },
});
const points = (...names: string[]): Point[] => names.map(point);
const many = (count: number, prefix = 'p'): Point[] =>
  Array.from({ length: count }, (_, index) => point(`${prefix}${index}`));

const stored: WriteResult = { rejected: [], keep: [] };

interface Kit {
  readonly writer: StoreWriter;
  /** What each write to the store held. */
  readonly batches: string[][];
  /** When each of them began. */
  readonly startedMs: number[];
  readonly counted: { accepted: number; rejected: number };
}

/** A writer before a store that answers as told. */
function writerOn(answer: (names: string[], write: number) => WriteResult | Promise<WriteResult>): Kit {
  const batches: string[][] = [];
  const startedMs: number[] = [];
  const counted = { accepted: 0, rejected: 0 };
  const store: TimeSeriesStore = {
    write: async (batch) => {
      const names = batch.map(({ measurement }) => measurement);
      startedMs.push(performance.now());
      batches.push(names);
      return answer(names, batches.length);
    },
    series: async () => [],
  };
  const writer = new StoreWriter(store, (accepted, rejected) => {
    counted.accepted += accepted;
    counted.rejected += rejected;
  });
  return { writer, batches, startedMs, counted };
}

/** Answers one by one when the test says so. */
function gate(): {
  readonly wait: () => Promise<WriteResult>;
  /** Resolves when a write waits for its answer. */
  readonly asked: () => Promise<void>;
  readonly open: (result?: WriteResult) => void;
} {
  const waiting: ((result: WriteResult) => void)[] = [];
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    asked: () => vi.waitUntil(() => waiting.length > 0, { interval: 1 }).then(() => undefined),
    open: (result = stored) => waiting.shift()?.(result),
  };
}

describe('batches', () => {
  it('gather what comes while one write is under way, and shortly after its begin', async () => {
    const { wait, asked, open } = gate();
    const { writer, batches } = writerOn(wait);
    const jobs = [writer.write(points('a')), writer.write(points('b', 'c')), writer.write(points('d'))];
    expect(writer.waiting).toBe(4);
    await turn();
    expect(batches).toEqual([['a']]);
    open();
    await jobs[0];
    jobs.push(writer.write(points('e')));
    await asked();
    expect(batches).toEqual([['a'], ['b', 'c', 'd', 'e']]);
    open();
    await Promise.all(jobs);
    expect(writer.waiting).toBe(0);
  });

  it('are limited', async () => {
    const { writer, batches } = writerOn(async () => {
      await turn();
      return stored;
    });
    await Promise.all([1, 3000, 2500, 17_000].map((count) => writer.write(many(count))));
    expect(batches[0]).toHaveLength(1);
    expect(Math.max(...batches.map(({ length }) => length))).toBe(5000);
    expect(batches.flat()).toHaveLength(22_501);
  });

  it('of several devices go out at once, up to four, a device’s points one after another', async () => {
    let underWay = 0;
    let most = 0;
    const { writer, batches } = writerOn(async () => {
      most = Math.max(most, ++underWay);
      await turn();
      underWay--;
      return stored;
    });
    const devices = Array.from(
      { length: 16 },
      (_, index) => `a8404100${index.toString(16).padStart(8, '0')}`,
    );
    const ofDevices = Array.from({ length: 60_000 }, (_, index): Point => {
      const device = devices[index % devices.length] ?? '';
      return { ...point(`${device} ${index}`), tags: { device } };
    });
    for (let at = 0; at < ofDevices.length; at += 1000) void writer.write(ofDevices.slice(at, at + 1000));
    await expect.poll(() => writer.waiting).toBe(0);
    expect(most).toBe(4);
    const perDevice = Map.groupBy(batches.flat(), (name) => name.split(' ')[0]);
    expect(perDevice.size).toBe(16);
    for (const names of perDevice.values()) {
      const order = names.map((name) => Number(name.split(' ')[1]));
      expect(order).toEqual(order.toSorted((x, y) => x - y));
    }
  });

  it('of nothing are not written', async () => {
    const { writer, batches } = writerOn(() => stored);
    await expect(writer.write([])).resolves.toEqual([]);
    expect(batches).toEqual([]);
  });
});

describe('what becomes of a point', () => {
  it('stored: nothing to say', async () => {
    const { writer, counted } = writerOn(() => stored);
    await expect(writer.write(points('a', 'b'))).resolves.toEqual([]);
    expect(counted).toEqual({ accepted: 2, rejected: 0 });
  });

  it('rejected: said to the one who handed it in, by its own index', async () => {
    const { wait, asked, open } = gate();
    const { writer, counted } = writerOn(wait);
    const first = writer.write(points('x'));
    const second = writer.write(points('a', 'b'));
    const third = writer.write(points('c', 'd', 'e'));
    await turn();
    open();
    await first;
    await asked();
    open({
      rejected: [
        { index: 1, reason: 'b is bad' },
        { index: 4, reason: 'e is bad' },
      ],
      keep: [],
    });
    await expect(second).resolves.toEqual([{ index: 1, reason: 'b is bad' }]);
    await expect(third).resolves.toEqual([{ index: 2, reason: 'e is bad' }]);
    expect(counted).toEqual({ accepted: 4, rejected: 2 });
  });

  it('kept: written again alone, whatever the order the store names it in', async () => {
    const { writer, batches } = writerOn((_, write) => {
      if (write === 1) return { rejected: [{ index: 0, reason: 'a' }], keep: [3, 1], retryAfterMs: 1 };
      if (write === 2) return { rejected: [{ index: 0, reason: 'b' }], keep: [1], retryAfterMs: 1 };
      return stored;
    });
    const rejected = await writer.write(points('a', 'b', 'c', 'd'));
    expect(batches).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']]);
    expect(rejected).toEqual([
      { index: 0, reason: 'a' },
      { index: 1, reason: 'b' },
    ]);
  });

  it('is the store’s last word on it, for any mix of outcomes', async () => {
    const verdicts = fc.array(fc.array(fc.constantFrom('stored', 'rejected', 'keep'), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(verdicts, async (plans) => {
        const left = new Map(plans.map((plan, index) => [`p${index}`, [...plan]]));
        const { writer } = writerOn((names) => {
          const verdict = names.map((name) => left.get(name)?.shift());
          const indicesOf = (wanted: string) =>
            verdict.flatMap((one, index) => (one === wanted ? [index] : []));
          const rejected = indicesOf('rejected').map((index) => ({ index, reason: names[index] ?? '' }));
          return { rejected, keep: indicesOf('keep').toReversed(), retryAfterMs: 1 };
        });
        const expected = plans.flatMap((plan, index) =>
          plan.find((verdict) => verdict !== 'keep') === 'rejected' ? [{ index, reason: `p${index}` }] : [],
        );
        await expect(writer.write(many(plans.length))).resolves.toEqual(expected);
        expect(writer.waiting).toBe(0);
      }),
    );
  });
});

describe('a store that is away', () => {
  it('is asked again after a growing while', async () => {
    const { writer, startedMs } = writerOn((_, write) =>
      write < 4 ? { rejected: [], keep: [0], keepReason: 'away' } : stored,
    );
    await writer.write(points('a'));
    const pauses = startedMs.slice(1).map((at, index) => at - (startedMs[index] ?? 0));
    expect(pauses).toHaveLength(3);
    for (const [index, pauseMs] of pauses.entries()) expect(pauseMs).toBeGreaterThan(100 * 2 ** index - 10);
  });

  it('is asked again when it said, if it said so', async () => {
    const { writer, startedMs } = writerOn((_, write) =>
      write === 1 ? { rejected: [], keep: [0], retryAfterMs: 600 } : stored,
    );
    await writer.write(points('a'));
    expect((startedMs[1] ?? 0) - (startedMs[0] ?? 0)).toBeGreaterThan(590);
  });

  it('is asked by one at a time, with less and less, and told since when', async () => {
    let away = true;
    let underWay = 0;
    let most = 0;
    const { writer, batches } = writerOn(async (names) => {
      most = Math.max(most, ++underWay);
      await turn();
      underWay--;
      return away ? { rejected: [], keep: [...names.keys()], keepReason: 'no connection' } : stored;
    });
    const done = writer.write(
      Array.from({ length: 20_000 }, (_, index) => ({ ...point('p'), tags: { device: `d${index}` } })),
    );
    await expect.poll(() => batches.length, { timeout: 5000 }).toBe(7);
    expect(writer.status).toMatchObject({
      waiting: 20_000,
      lanes: 1,
      awaySinceMs: expect.any(Number),
    });
    // The first four had begun before it was known.
    expect(most).toBe(4);
    const sizes = batches.slice(4).map(({ length }) => length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    most = 0;
    const before = batches.length;
    away = false;
    const backMs = performance.now();
    await done;
    expect(performance.now() - backMs).toBeLessThan(4000);
    expect(batches[before]?.length).toBeLessThan(1000);
    expect(writer.status).toMatchObject({ waiting: 0, awaySinceMs: undefined });
    // Back at full size: the batches grew while the rest was written.
    expect(writer.status.batchPoints).toBe(5000);
    expect(most).toBe(4);
  });

  it('that takes some of what it is given is not away', async () => {
    const { writer, startedMs } = writerOn((names) => ({
      rejected: [],
      keep: [...names.keys()].slice(0, Math.floor(names.length / 2)),
    }));
    await writer.write(many(64));
    expect(startedMs).toHaveLength(7);
    expect((startedMs.at(-1) ?? 0) - (startedMs[0] ?? 0)).toBeLessThan(150);
    expect(writer.status.awaySinceMs).toBeUndefined();
  });

  it('that can do only so much at a time gets no more', async () => {
    const { writer, batches } = writerOn((names) =>
      names.length > 700 ? { rejected: [], keep: [...names.keys()], retryAfterMs: 1 } : stored,
    );
    await writer.write(many(10_000));
    const taken = batches.filter(({ length }) => length <= 700);
    expect(new Set(taken.flat()).size).toBe(10_000);
    expect(batches.length).toBeLessThan(60);
  });
});

describe('stop', () => {
  it('waits for what is under way', async () => {
    const { wait, open } = gate();
    const { writer } = writerOn(wait);
    const job = writer.write(points('a'));
    await turn();
    const stopped = writer.stop(5000);
    open();
    await stopped;
    await expect(job).resolves.toEqual([]);
  });

  it('gives up in time what the store keeps back, and never calls it settled', async () => {
    const { writer, counted } = writerOn(() => ({ rejected: [], keep: [0], retryAfterMs: 60_000 }));
    let settled = false;
    void writer.write(points('a')).then(() => {
      settled = true;
    });
    await turn();
    const startedMs = performance.now();
    await writer.stop(50);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await turn();
    expect(settled).toBe(false);
    expect([writer.waiting, counted]).toEqual([1, { accepted: 0, rejected: 0 }]);
  });

  it('leaves no timer and nobody waiting behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const { writer, batches } = writerOn((names) => ({ rejected: [], keep: [...names.keys()] }));
    void writer.write(
      Array.from({ length: 20_000 }, (_, index) => ({ ...point('p'), tags: { device: `d${index}` } })),
    );
    await expect.poll(() => batches.length).toBeGreaterThan(4);
    const startedMs = performance.now();
    await writer.stop(20);
    expect(performance.now() - startedMs).toBeLessThan(100);
    expect(timers()).toBeLessThanOrEqual(before);
    const written = batches.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(batches).toHaveLength(written);
  });

  it('has nothing to wait for where nothing was written', async () => {
    await writerOn(() => stored).writer.stop(60_000);
  });
});
