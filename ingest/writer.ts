import { setTimeout as sleep } from 'node:timers/promises';
import type { Point, TimeSeriesStore, WriteResult } from '#core';
import { Breaker } from './breaker.ts';

const batchPointsMax = 5000;
/** So many batches are on their way at once at most, each of other devices. */
const lanesMax = 4;

/**
 * With less than this waiting, so long lies between the beginnings of two rounds: at a low rate each uplink would else be
 * a request of its own, which costs us and the store more than the uplink itself. The first after a pause goes at once.
 */
const gather = { pointsMin: 1000, roundEveryMs: 40 };

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

/** Points of some devices, in order, and their indices in the round they belong to. */
interface Lane {
  points: readonly Point[];
  /** Undefined where the lane holds all of the round. */
  indices: readonly number[] | undefined;
}

/** How the writer is. */
export interface WriterStatus {
  /** Points not settled yet. */
  readonly waiting: number;
  /** Batches that may be on their way at once: fewer where the store could not take as many. */
  readonly lanes: number;
  /** Points a batch may hold at present. */
  readonly batchPoints: number;
  /** Since when the store does not answer, ms UTC; undefined while it does. */
  readonly awaySinceMs: number | undefined;
}

/**
 * Brings points to the store in batches. What arrives while one round of batches is under way, or within 40 ms of its
 * begin, becomes the next, so batches are small at a low rate; with more waiting than one batch holds, up to four go out at once. A device's points
 * always follow one another, so that the last word on a point stays the last. What the store keeps back is written
 * again until it is settled; the caller limits how much may wait.
 *
 * A store that is too slow or too small for what it is given gets half as many points and connections at a time after
 * each failure, and slowly more again while it copes.
 */
export class StoreWriter {
  readonly #store: TimeSeriesStore;
  readonly #onWritten: (accepted: number, rejected: number) => void;
  readonly #breaker = new Breaker();
  readonly #stopping = new AbortController();
  #jobs: Job[] = [];
  #waiting = 0;
  #running: Promise<void> | undefined;
  /** When the last round began, of the monotonic clock. */
  #roundAtMs = -Infinity;
  #lanes = lanesMax;
  #batchPoints = batchPointsMax;

  constructor(store: TimeSeriesStore, onWritten: (accepted: number, rejected: number) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  /** Points not settled yet. */
  get waiting(): number {
    return this.#waiting;
  }

  get status(): WriterStatus {
    return {
      waiting: this.#waiting,
      lanes: Math.floor(this.#lanes),
      batchPoints: this.#batchPoints,
      awaySinceMs: this.#breaker.openSinceMs,
    };
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
      const inMs = this.#gatherMs();
      if (inMs > 0) await sleep(inMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      this.#roundAtMs = performance.now();
      const jobs = this.#takeJobs();
      const rejected = new Map<number, string>();
      const lanes = this.#divide(jobs);
      const settled = await Promise.all(lanes.map((lane) => this.#settle(lane, rejected)));
      if (settled.every(Boolean)) this.#finish(jobs, rejected);
    }
  }

  /** How long to wait for more company: not at all where much waits already, or the last round was long ago. */
  #gatherMs(): number {
    if (this.#waiting >= gather.pointsMin) return 0;
    return this.#roundAtMs + gather.roundEveryMs - performance.now();
  }

  /** As many jobs as one round may hold, but at least one. */
  #takeJobs(): Job[] {
    const pointsMax = Math.floor(this.#lanes) * batchPointsMax;
    let points = 0;
    let count = 0;
    for (const job of this.#jobs) {
      if (count > 0 && points + job.points.length > pointsMax) break;
      points += job.points.length;
      count++;
    }
    return this.#jobs.splice(0, count);
  }

  /** As few lanes as hold the points; a device is always in one of them. */
  #divide(jobs: readonly Job[]): Lane[] {
    const count = jobs.reduce((sum, { points }) => sum + points.length, 0);
    const length = Math.min(Math.floor(this.#lanes), Math.ceil(count / batchPointsMax));
    if (length === 1) return [{ points: jobs.flatMap(({ points }) => points), indices: undefined }];
    const lanes = Array.from({ length }, () => ({ points: [] as Point[], indices: [] as number[] }));
    let index = 0;
    for (const { points } of jobs) {
      for (const point of points) {
        const lane = lanes[laneOf(point, length)];
        lane?.points.push(point);
        lane?.indices.push(index++);
      }
    }
    return lanes;
  }

  /** Writes until nothing is kept back; false when the writer was stopped before. */
  async #settle(lane: Lane, rejected: Map<number, string>): Promise<boolean> {
    while (lane.points.length > 0) {
      let isProbe: boolean;
      try {
        isProbe = await this.#breaker.turn(this.#stopping.signal);
      } catch {
        return false;
      }
      const isWhole = lane.points.length <= this.#batchPoints;
      const part = isWhole ? lane.points : lane.points.slice(0, this.#batchPoints);
      const result = await this.#store.write(part);
      for (const { index, reason } of result.rejected) rejected.set(indexOf(lane, index), reason);
      this.#adapt(part.length, result.keep.length);
      this.#breaker.answered(isProbe, tookSome(part.length, result), result.retryAfterMs);
      if (isWhole && result.keep.length === 0) return true;
      const left = result.keep.toSorted((a, b) => a - b);
      for (let index = part.length; index < lane.points.length; index++) left.push(index);
      keepOnly(lane, left);
    }
    return true;
  }

  /** A batch may be kept for its size, or as one of too many. */
  #adapt(written: number, kept: number): void {
    if (kept === 0) {
      this.#lanes = Math.min(lanesMax, this.#lanes + 1 / lanesMax);
      this.#batchPoints = Math.min(batchPointsMax, this.#batchPoints * 2);
    } else {
      this.#lanes = Math.max(1, this.#lanes / 2);
      this.#batchPoints = Math.max(1, Math.ceil(Math.min(written, this.#batchPoints) / 2));
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
    await within(graceMs, done);
    this.#stopping.abort();
    // A request that is never answered ends with its connection, when the store is stopped.
    await within(100, done);
  }
}

/** A store that settles some of what it is given is there, unless it says itself that it needs a pause. */
function tookSome(written: number, { keep, retryAfterMs }: WriteResult): boolean {
  return keep.length === 0 || (keep.length < written && retryAfterMs === undefined);
}

/** By the device's last characters, which differ most; what has no device stands in the first lane. */
function laneOf({ tags: { device = '' } }: Point, count: number): number {
  const end = device.length;
  return end < 2 ? 0 : (device.charCodeAt(end - 1) * 31 + device.charCodeAt(end - 2)) % count;
}

function keepOnly(lane: Lane, kept: readonly number[]): void {
  const { points, indices } = lane;
  lane.points = kept.flatMap((index) => points[index] ?? []);
  lane.indices = indices === undefined ? kept : kept.flatMap((index) => indices[index] ?? []);
}

function indexOf({ indices }: Lane, index: number): number {
  return indices === undefined ? index : (indices[index] ?? -1);
}

/** Waits for something, but not longer; leaves no timer behind. */
async function within(timeoutMs: number, done: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([done, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
