import { setTimeout as sleep } from 'node:timers/promises';
import type { Point, TimeSeriesStore } from '#core';

const batchPointsMax = 5000;
const backoffMsMin = 200;
const backoffMsMax = 15_000;

/** Points that wait for the store, with the promise their owner holds. */
interface Job {
  readonly points: readonly Point[];
  readonly resolve: (rejected: readonly RejectedPoint[]) => void;
}

/** A point the store will never take. */
export interface RejectedPoint {
  /** Index in the points handed to {@link StoreWriter.write}. */
  readonly index: number;
  readonly reason: string;
}

/**
 * Brings points to the store in batches: one write is under way, and what arrives meanwhile becomes the next batch, so
 * batches are small at a low rate and large at a high one. What the store keeps back is written again, with backoff,
 * until it is settled; the caller limits how much may wait.
 */
export class StoreWriter {
  readonly #store: TimeSeriesStore;
  readonly #onWritten: (accepted: number, rejected: number) => void;
  #jobs: Job[] = [];
  #waiting = 0;
  #running: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(store: TimeSeriesStore, onWritten: (accepted: number, rejected: number) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  /** Points not settled yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when every point is stored or rejected; stays open for as long as the store is away. */
  write(points: readonly Point[]): Promise<readonly RejectedPoint[]> {
    if (points.length === 0) return Promise.resolve([]);
    this.#waiting += points.length;
    return new Promise((resolve) => {
      this.#jobs.push({ points, resolve });
      this.#run();
    });
  }

  #run(): void {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      if (this.#jobs.length > 0 && !this.#stopping.signal.aborted) this.#run();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#jobs.length > 0 && !this.#stopping.signal.aborted) {
      const jobs = this.#takeJobs();
      const rejected = await this.#settle(jobs.flatMap(({ points }) => points));
      if (rejected) this.#finish(jobs, rejected);
    }
  }

  #takeJobs(): Job[] {
    let points = 0;
    let count = 0;
    for (const job of this.#jobs) {
      if (count > 0 && points + job.points.length > batchPointsMax) break;
      points += job.points.length;
      count++;
    }
    return this.#jobs.splice(0, count);
  }

  /** Writes until nothing is kept back; undefined when the writer was stopped before. */
  async #settle(points: readonly Point[]): Promise<ReadonlyMap<number, string> | undefined> {
    const rejected = new Map<number, string>();
    let left = [...points.keys()];
    let attempt = 0;
    let sizeMax = points.length;
    while (left.length > 0) {
      const part = left.slice(0, sizeMax);
      const result = await this.#store.write(
        part.map((index) => points[index]).filter((point) => point !== undefined),
      );
      for (const { index, reason } of result.rejected) rejected.set(part[index] ?? -1, reason);
      const kept = result.keep.map((index) => part[index] ?? -1);
      left = [...kept, ...left.slice(part.length)];
      // A batch may be kept because it is too much for the store: smaller ones while it fails, larger ones when it works.
      sizeMax = kept.length === 0 ? sizeMax * 2 : Math.max(1, Math.ceil(sizeMax / 2));
      attempt = kept.length === 0 ? 0 : attempt + 1;
      if (kept.length > 0 && !(await this.#pause(attempt - 1, result.retryAfterMs))) return undefined;
    }
    return rejected;
  }

  /** Full jitter: a random wait below an exponentially growing limit, so that many writers do not come back at once. */
  async #pause(attempt: number, retryAfterMs: number | undefined): Promise<boolean> {
    const limitMs = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(attempt, 10));
    const waitMs = retryAfterMs ?? limitMs / 2 + (Math.random() * limitMs) / 2;
    try {
      await sleep(waitMs, undefined, { signal: this.#stopping.signal, ref: false });
      return true;
    } catch {
      return false;
    }
  }

  #finish(jobs: readonly Job[], rejected: ReadonlyMap<number, string>): void {
    let offset = 0;
    for (const { points, resolve } of jobs) {
      const mine: RejectedPoint[] = [];
      for (const index of rejected.size > 0 ? points.keys() : []) {
        const reason = rejected.get(offset + index);
        if (reason !== undefined) mine.push({ index, reason });
      }
      offset += points.length;
      this.#waiting -= points.length;
      this.#onWritten(points.length - mine.length, mine.length);
      resolve(mine);
    }
  }

  /** Waits up to `graceMs` for what is under way, then gives up: what was not settled comes again after a restart. */
  async stop(graceMs: number): Promise<void> {
    const done = (async () => {
      while (this.#running) await this.#running;
    })();
    await Promise.race([done, sleep(graceMs, undefined, { ref: false })]);
    this.#stopping.abort();
    // A request that is never answered ends with its connection, when the store is stopped.
    await Promise.race([done, sleep(100, undefined, { ref: false })]);
  }
}
