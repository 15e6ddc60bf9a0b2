import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Component,
  type DeviceDirectory,
  type Health,
  type Logger,
  messageOf,
  OutageLog,
  type Redecoder,
  type ReplayPort,
  type ReplayRequest,
  type ReplayStatus,
  type ReplayStore,
  StadtpegelError,
  type Theme,
} from '#core';
import { hourMs } from '../downsample/buckets.ts';
import type { DirtyBuckets } from '../downsample/dirty.ts';
import { Journal, type Step } from './journal.ts';
import { type Limits, planOf } from './plan.ts';
import { prepareSlice } from './slice.ts';
import { sumOf, Tally } from './tally.ts';

/** So often it looks whether live traffic needs the store less, ms. */
const giveWayMs = 100;
/** Pauses after a failure: twice as long each time. */
const retryMs = { first: 500, most: 10_000 };
const stopGraceMs = 3000;
/** Near the end of a theme's retention a point would be refused or soon be deleted. */
const retentionMarginMs = hourMs;

export interface ReplayerParts {
  readonly folder: string;
  readonly store: ReplayStore;
  readonly redecoder: Redecoder;
  readonly directory: DeviceDirectory;
  readonly dirty: Pick<DirtyBuckets, 'mark' | 'flush'>;
  readonly limits: Limits;
  /** How long a theme's readings are kept, ms; undefined for ever. */
  readonly keptMs: (theme: Theme) => number | undefined;
  /** Whether live traffic needs the store for itself now. */
  readonly isBusy: () => boolean;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Decodes the past anew, slice by slice, while messages come in. A job survives the process: it goes on by itself, and
 * the slice that was in work is done again.
 */
export class Replayer implements Component, ReplayPort {
  readonly name = 'replay';
  readonly #parts: ReplayerParts;
  readonly #journal: Journal;
  readonly #stopping = new AbortController();
  readonly #outage: OutageLog;
  #running: Promise<void> | undefined;
  #waitsFor: string | undefined;
  #isPlanning = false;
  /** What was done when this run began, and when that was. */
  #begun = { uplinks: 0, atMs: 0 };

  constructor(parts: ReplayerParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.folder);
    this.#outage = new OutageLog(parts.log, 'replay', parts.now);
  }

  /** Goes on with a job that was not finished. */
  async start(): Promise<void> {
    this.#journal.open();
    if (this.#isUnfinished) this.#run();
  }

  get #isUnfinished(): boolean {
    return ['running', 'cancelling'].includes(this.#journal.last()?.state ?? '');
  }

  async begin(request: ReplayRequest): Promise<ReplayStatus> {
    if (this.#isPlanning || this.#isUnfinished) {
      throw new StadtpegelError('replay_running', 'One replay at a time: the last one has not ended yet.');
    }
    this.#isPlanning = true;
    try {
      const { devices, notes } = await planOf(request, this.#parts, this.#parts.limits);
      this.#journal.begin(request, this.#parts.now(), devices, notes);
    } catch (cause) {
      if (cause instanceof StadtpegelError) throw cause;
      throw new StadtpegelError('store_unavailable', messageOf(cause), { cause });
    } finally {
      this.#isPlanning = false;
    }
    this.#run();
    return this.#journal.job();
  }

  status(): ReplayStatus | undefined {
    const job = this.#journal.last();
    if (!job || !this.#running) return job;
    const seconds = (this.#parts.now() - this.#begun.atMs) / 1000;
    const uplinksPerS = seconds > 0 ? (job.uplinksDone - this.#begun.uplinks) / seconds : 0;
    return { ...job, uplinksPerS, waitsFor: this.#waitsFor };
  }

  cancel(): ReplayStatus | undefined {
    if (this.#journal.last()?.state === 'running') this.#journal.update({ state: 'cancelling' });
    return this.status();
  }

  #run(): void {
    const { uplinksDone } = this.#journal.job();
    this.#begun = { uplinks: uplinksDone, atMs: this.#parts.now() };
    this.#running = this.#runAll()
      .catch((cause: unknown) => {
        if (!this.#stopping.signal.aborted) this.#outage.away(messageOf(cause));
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Until all is done or it is cancelled; whatever fails is tried again. */
  async #runAll(): Promise<void> {
    for (let pauseMs = retryMs.first; !this.#stopping.signal.aborted; ) {
      try {
        await this.#giveWay();
        const isOver = await this.#doOne();
        this.#outage.back();
        if (isOver) return;
        pauseMs = retryMs.first;
      } catch (cause) {
        if (this.#stopping.signal.aborted) return;
        this.#outage.away(messageOf(cause));
        this.#waitsFor = messageOf(cause);
        await sleep(pauseMs, undefined, { signal: this.#stopping.signal, ref: false });
        pauseMs = Math.min(retryMs.most, pauseMs * 2);
      }
    }
  }

  async #giveWay(): Promise<void> {
    while (this.#parts.isBusy()) {
      this.#waitsFor = 'live traffic, which has much to store';
      await sleep(giveWayMs, undefined, { signal: this.#stopping.signal, ref: false });
    }
    this.#waitsFor = undefined;
  }

  /** Does the slice that was begun, or the next one; true when there is none. */
  async #doOne(): Promise<boolean> {
    const journal = this.#journal;
    const begun = journal.intended();
    if (begun) {
      await this.#carryOut(begun);
      return false;
    }
    const { state, request } = journal.job();
    const next = state === 'running' ? journal.next() : undefined;
    if (!next) {
      journal.update({ state: state === 'running' ? 'done' : 'cancelled', finishedAtMs: this.#parts.now() });
      return true;
    }
    const { device, fromMs } = next;
    const { redecoder, directory, store } = this.#parts;
    const parts = { store, redecoder, directory, isKept: this.#isKept, profile: request.profile };
    const {
      gone,
      points,
      nextMs = null,
      uplinks,
      tally,
    } = await prepareSlice(device, fromMs, request.toMs, parts);
    const step: Step = { device, gone, points, nextMs, uplinks, counts: tally.counts };
    if (request.dryRun || gone.length + points.length === 0) {
      journal.done(step);
      return false;
    }
    journal.intend(step);
    await this.#carryOut(step);
    return false;
  }

  readonly #isKept = (theme: Theme, timeMs: number): boolean =>
    timeMs > this.#parts.now() - (this.#parts.keptMs(theme) ?? Number.POSITIVE_INFINITY) + retentionMarginMs;

  /** Marked before, so that nobody is answered from summaries of what changes, and after, so that they are made again. */
  async #carryOut(step: Step): Promise<void> {
    const { store, dirty } = this.#parts;
    const { gone, points, counts } = step;
    const touched = [...gone, ...points];
    dirty.mark(touched);
    const rejected = await store.replace(gone, points);
    dirty.mark(touched);
    dirty.flush();
    const [first] = rejected;
    if (!first) {
      this.#journal.done(step);
      return;
    }
    this.#parts.log.warn(
      { device: step.device, reason: first.reason },
      'the store refuses points of a replay',
    );
    const tally = new Tally();
    tally.add(counts[0]?.profile ?? '', 'rejected', rejected.length);
    this.#journal.done({ ...step, counts: sumOf(counts, tally.counts) });
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined
      ? { status: 'ok' }
      : { status: 'degraded', detail: `${reason}; it is tried again`, sinceMs };
  }

  /** Waits a while for the slice in work; what is not done is done after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#running, sleep(stopGraceMs, undefined, { ref: false })]);
    this.#journal.close();
  }
}
