import { setTimeout as sleep } from 'node:timers/promises';
import { type Component, type Health, type Logger, messageOf, OutageLog, type Theme, themes } from '#core';
import { Turns } from '../turns.ts';
import { dayMs, hourMs } from './buckets.ts';
import type { DirtyBuckets, Place, Taken } from './dirty.ts';
import { type CounterWraps, storedPartsOf } from './parts.ts';
import type { SummaryStore } from './summary-store.ts';

const runEveryMs = 60_000;
/** A run ends after so long, wherever it is, and the next one goes on there. */
const runMsMax = 20_000;
/** Devices of one hour that are read and written at once: bounds memory and how long the event loop is held. */
const devicesMax = 200;
/** An hour is summed up so long after its end, when most of what is a little late is there. */
const settleMs = 300_000;
/** Behind by more than this, someone should look. */
const behindMsMax = 6 * hourMs;
const stopGraceMs = 1000;
/** Readings go hour by hour where a retention ends: an hour that begins within one of it may not be whole any more. */
const retentionMarginMs = hourMs;

export interface DownsamplerParts {
  readonly store: SummaryStore;
  readonly dirty: DirtyBuckets;
  readonly wrapsAt: CounterWraps;
  /** How long a theme's readings are kept, ms; undefined for ever. */
  readonly keptMs: (theme: Theme) => number | undefined;
  /** Themes whose readings the store does not delete by itself when their time is over. */
  readonly trimmed: readonly Theme[];
  readonly now: () => number;
  readonly log: Logger;
  readonly onSummarised: (deviceHours: number) => void;
}

/**
 * The one job that makes summaries, for every store: sums up each device's hour that is marked, again whenever readings
 * of it come late or are replaced. Until an hour is done, history is answered from the readings.
 */
export class Downsampler implements Component {
  readonly name = 'downsampling';
  readonly #parts: DownsamplerParts;
  readonly #outage: OutageLog;
  readonly #stopping = new AbortController();
  readonly #declarations = new Turns();
  #running: Promise<void> | undefined;
  #place: Place;
  #caughtUp = false;
  /** Days before it are marked: what goes wrong on the way is not begun anew. */
  #markedUntilMs: number | undefined;
  #trimDueMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DownsamplerParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, 'downsampling', parts.now);
  }

  async start(): Promise<void> {
    this.#running = this.#runAll();
  }

  async #runAll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.run();
      await sleep(runEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Works through what is marked for as long as a run may take; what goes wrong is said and tried again in the next. */
  async run(): Promise<void> {
    try {
      await this.#catchUp();
      await this.#work();
      if (this.#caughtUp) await this.#declare();
      await this.#forget();
      this.#outage.back();
    } catch (cause) {
      if (!this.#stopping.signal.aborted) this.#outage.away(messageOf(cause));
    }
  }

  /**
   * Marks what the store has heard since all was summed up: the past of a store that has no summaries yet, and whatever
   * a lost data folder knew.
   */
  async #catchUp(): Promise<void> {
    if (this.#caughtUp) return;
    const { store, dirty, now } = this.#parts;
    const untilMs = await store.summarisedUntilMs();
    if (untilMs !== undefined) {
      dirty.watch(untilMs, () => this.#takeBack());
      // What was marked before somebody watched: by the process before, or by the first messages of this one.
      if ((dirty.oldestMs() ?? untilMs) < untilMs) await this.#declare();
    }
    const fromMs = untilMs ?? (await store.oldestReadingMs());
    let day = this.#markedUntilMs ?? floor(fromMs ?? now(), dayMs);
    while (day <= now() && this.#mayGoOn()) {
      await dirty.markAll(await store.heard(day, day + dayMs));
      day += dayMs;
      this.#markedUntilMs = day;
    }
    dirty.flush();
    this.#caughtUp = this.#mayGoOn();
  }

  #mayGoOn(): boolean {
    return !this.#stopping.signal.aborted;
  }

  /** Hours whose readings are gone, or about to be, can be summed up no more. */
  async #forget(): Promise<void> {
    const { store, dirty, keptMs, trimmed, now } = this.#parts;
    for (const theme of themes) {
      const kept = keptMs(theme);
      if (kept !== undefined && !trimmed.includes(theme)) dirty.drop(theme, now() - kept + retentionMarginMs);
    }
    if (now() < this.#trimDueMs || !this.#caughtUp) return;
    const summedUpMs = (await store.summarisedUntilMs()) ?? Number.NEGATIVE_INFINITY;
    for (const theme of trimmed) {
      // Whole hours, and never what is not summed up yet, however far behind this is.
      const beforeMs = floor(
        Math.min(now() - (keptMs(theme) ?? Number.POSITIVE_INFINITY), summedUpMs),
        hourMs,
      );
      if (!Number.isFinite(beforeMs)) continue;
      dirty.drop(theme, beforeMs);
      await store.forgetReadings(theme, beforeMs);
    }
    this.#trimDueMs = now() + dayMs;
  }

  async #work(): Promise<void> {
    const { dirty, now } = this.#parts;
    const endMs = this.#finishedMs();
    await dirty.unpack(endMs);
    const startedMs = now();
    let failure: unknown;
    while (this.#mayGoOn() && now() - startedMs < runMsMax) {
      const taken = dirty.take(this.#place, endMs, devicesMax);
      this.#place = taken?.place;
      if (!taken) break;
      // One that fails does not keep the others from their turn.
      await this.#summarise(taken).catch((cause: unknown) => {
        failure ??= cause;
      });
    }
    if (failure !== undefined) throw failure;
  }

  async #summarise(taken: Taken): Promise<void> {
    const { store, dirty, wrapsAt, onSummarised } = this.#parts;
    const readings = await store.readings(taken);
    await store.replace(
      taken,
      readings.flatMap((series) => storedPartsOf(series, taken.hourMs, wrapsAt)),
    );
    dirty.done(taken);
    onSummarised(taken.devices.length);
  }

  /** Start of the hour that is not over yet, or not settled. */
  #finishedMs(): number {
    return floor(this.#parts.now() - settleMs, hourMs);
  }

  /**
   * Says how far all is summed up. Readings that come for earlier hours take it back at once: from there on history is
   * answered from the readings again, until the next run.
   */
  #declare(): Promise<void> {
    return this.#declarations.take(async () => {
      const { store, dirty } = this.#parts;
      const untilMs = Math.min(dirty.oldestMs() ?? Number.POSITIVE_INFINITY, this.#finishedMs());
      // Before the store is told: what is marked meanwhile takes back what it is being told.
      dirty.watch(untilMs, () => this.#takeBack());
      await store.declareSummarised(untilMs);
    });
  }

  #takeBack(): void {
    this.#declare().catch((cause: unknown) => this.#outage.away(messageOf(cause)));
  }

  /** How long the oldest hour that waits has been over, ms; 0 where none waits that is over. */
  get behindMs(): number {
    const oldest = this.#parts.dirty.oldestMs();
    return oldest === undefined ? 0 : Math.max(0, this.#parts.now() - settleMs - oldest - hourMs);
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    const meanwhile = 'history is answered from the readings meanwhile';
    if (sinceMs !== undefined) return { status: 'degraded', detail: `${reason}; ${meanwhile}`, sinceMs };
    if (this.behindMs <= behindMsMax) return { status: 'ok' };
    const hours = Math.round(this.behindMs / hourMs);
    return { status: 'degraded', detail: `${hours} h behind; ${meanwhile}` };
  }

  /** Waits a while for the hour in work; what is not done is done after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#running, sleep(stopGraceMs, undefined, { ref: false })]);
  }
}

function floor(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}
