import { setTimeout as sleep } from 'node:timers/promises';
import { type Component, type Health, messageOf } from '#core';
import type { TownUplink } from './town.ts';
import type { MqttMessage } from './up-event.ts';

/** How far the past of the town has been told. */
export interface BackfillProgress {
  /** 0 … 1; 1 exactly once, at the end. */
  readonly share: number;
  readonly uplinks: number;
}

/** A message, and when it is to be told: at its own time where nothing else is said; ms UTC. */
interface Telling extends Pick<TownUplink, 'message' | 'timeMs'> {
  readonly publishedMs?: number;
}

/** What happens to the connection to the broker. */
export interface Interruptions {
  /** When, in the town's time: ascending, from inclusive, to exclusive; ms UTC. */
  readonly breaks: (fromMs: number, toMs: number) => readonly number[];
  /** Breaks the connection now, whatever is under way. */
  readonly breakConnection: () => void;
}

export interface SimulationOptions {
  readonly town: { uplinks(fromMs: number, toMs: number): Iterable<Telling> };
  /** Resolves when the broker has accepted the message. Where it rejects, the message is offered again. */
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** So much of the past is told first, as fast as it is accepted. */
  readonly backfillMs: number;
  /**
   * How fast time passes in the town, 1 by default. Faster than that its uplinks are dated ahead of the clock: for
   * load, and for readers that take the time from the events.
   */
  readonly speed?: number;
  readonly onBackfill?: (progress: BackfillProgress) => void;
  readonly interruptions?: Interruptions;
  /** The clock, ms UTC. */
  readonly now: () => number;
}

/** How often the town is looked at: an uplink comes so much late at most. */
const tickMs = 250;
/** How long until a message that was not accepted is offered again. */
const retryMs = 1000;
/** Uplinks under way to the broker at the same time. */
const underWayMax = 64;
/** How much of the town's time is told between two reports of progress. */
const stepMs = 3_600_000;

/**
 * A town that speaks: first its recent past, then as time goes by. What it could not say while the machine slept or the
 * broker was away it says afterwards; nothing is left out or said twice, as long as it runs.
 */
export class Simulation implements Component {
  readonly name = 'simulation';
  readonly #options: SimulationOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #startedMs = 0;
  #uplinks = 0;
  #share = 0;
  #refused: { readonly reason: string; readonly sinceMs: number } | undefined;
  #failure: string | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  /** Begins to speak, and returns at once. Once stopped it stays silent. */
  start(): Promise<void> {
    this.#startedMs = this.#options.now();
    this.#running = this.#run().catch((cause: unknown) => {
      this.#failure = messageOf(cause);
    });
    return Promise.resolve();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  health(): Health {
    if (this.#failure !== undefined) return { status: 'down', detail: this.#failure };
    if (this.#refused !== undefined) {
      const { reason, sinceMs } = this.#refused;
      return { status: 'degraded', detail: `the broker takes no uplinks: ${reason}`, sinceMs };
    }
    const detail = this.#share < 1 ? `telling the past: ${Math.floor(100 * this.#share)} %` : undefined;
    return { status: 'ok', ...(detail === undefined ? {} : { detail }) };
  }

  async #run(): Promise<void> {
    const { backfillMs } = this.#options;
    const { signal } = this.#stopping;
    let toldMs = this.#startedMs - backfillMs;
    while (!signal.aborted) {
      const nowMs = this.#townMs();
      while (toldMs < nowMs && !signal.aborted) {
        // A step ends where the backfill does, so that its end is seen.
        const untilMs = toldMs < this.#startedMs ? this.#startedMs : nowMs;
        const nextMs = Math.min(untilMs, toldMs + stepMs);
        await this.#tell(toldMs, nextMs);
        toldMs = nextMs;
        this.#report(toldMs);
      }
      this.#report(toldMs);
      await sleep(tickMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What time it is in the town. */
  #townMs(): number {
    const { now, speed = 1 } = this.#options;
    return this.#startedMs + (now() - this.#startedMs) * speed;
  }

  #report(toldMs: number): void {
    if (this.#share === 1 || this.#stopping.signal.aborted) return;
    const leftMs = Math.max(0, this.#startedMs - toldMs);
    this.#share = leftMs === 0 ? 1 : 1 - leftMs / this.#options.backfillMs;
    this.#options.onBackfill?.({ share: this.#share, uplinks: this.#uplinks });
  }

  async #tell(fromMs: number, toMs: number): Promise<void> {
    const { town, interruptions } = this.#options;
    const breaksMs = interruptions?.breaks(fromMs, toMs) ?? [];
    let broken = 0;
    const underWay: Promise<void>[] = [];
    for (const { timeMs, publishedMs = timeMs, message } of town.uplinks(fromMs, toMs)) {
      if (this.#stopping.signal.aborted) break;
      // While others are under way: that is what a break is about.
      for (; (breaksMs[broken] ?? Infinity) <= publishedMs; broken++) interruptions?.breakConnection();
      underWay.push(this.#offer(message));
      // The oldest only: to wait for all of them stands still for as long as broker and network hold back the last answers.
      if (underWay.length === underWayMax) await underWay.shift();
    }
    for (; broken < breaksMs.length; broken++) interruptions?.breakConnection();
    await Promise.all(underWay);
  }

  async #offer(message: MqttMessage): Promise<void> {
    const { publish, now } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await publish(message);
        this.#uplinks += 1;
        this.#refused = undefined;
        return;
      } catch (cause) {
        this.#refused = { reason: messageOf(cause), sinceMs: this.#refused?.sinceMs ?? now() };
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
