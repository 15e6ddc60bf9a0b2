import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '#core';
import { dayMs, hourMs } from './buckets.ts';
import { DirtyBuckets } from './dirty.ts';
import { Downsampler } from './downsampler.ts';
import { neverWraps } from './parts.ts';
import type { SummaryStore } from './summary-store.ts';

const firstMs = Date.UTC(2026, 0, 1);
const days = 5;
const theme = 'parking';

/** Heard of one device, once a day. It cannot be reached when asked for a day as often as told. */
class Store implements SummaryStore {
  readonly asked: number[] = [];
  readonly summarised: number[] = [];
  declaredMs: number | undefined;
  readonly #away: number[];

  constructor(away: readonly number[]) {
    this.#away = [...away];
  }

  async heard(fromMs: number): ReturnType<SummaryStore['heard']> {
    const day = (fromMs - firstMs) / dayMs;
    this.asked.push(day);
    const away = this.#away.indexOf(day);
    if (away >= 0) {
      this.#away.splice(away, 1);
      throw new Error('away');
    }
    return [{ theme, device: 'fcd6bd00001a2b3c', hourMs: fromMs }];
  }

  async readings(): ReturnType<SummaryStore['readings']> {
    return [];
  }

  async replace({ hourMs: hour }: Parameters<SummaryStore['replace']>[0]): Promise<void> {
    this.summarised.push((hour - firstMs) / dayMs);
  }

  async summarisedUntilMs(): Promise<number | undefined> {
    return this.declaredMs;
  }

  async declareSummarised(untilMs: number): Promise<void> {
    this.declaredMs = untilMs;
  }

  async oldestReadingMs(): Promise<number> {
    return firstMs + hourMs;
  }

  async forgetReadings(): Promise<void> {}
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-downsampler-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('goes on where it was when the store went away: each day of the past is asked for until it is answered, and once', async () => {
  const dirty = new DirtyBuckets(folder);
  await dirty.start();
  const store = new Store([2, 2, 4]);
  const downsampler = new Downsampler({
    store,
    dirty,
    wrapsAt: neverWraps,
    keptMs: () => undefined,
    trimmed: [],
    now: () => firstMs + days * dayMs - 1,
    log: createLogger('silent'),
    onSummarised: () => {},
  });
  for (let run = 0; run < 3; run++) {
    await downsampler.run();
    expect([store.summarised, store.declaredMs]).toEqual([[], undefined]);
  }
  await downsampler.run();
  await downsampler.stop();
  await dirty.stop();
  expect(store.asked).toEqual([0, 1, 2, 2, 2, 3, 4, 4]);
  expect(store.summarised).toEqual([0, 1, 2, 3, 4]);
});
