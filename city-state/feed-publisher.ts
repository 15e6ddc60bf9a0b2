import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Component,
  type FeedValue,
  type Health,
  type LiveStateFeed,
  type Logger,
  messageOf,
  OutageLog,
} from '#core';
import type { CityState } from './state.ts';

/** Key of the value that says: every device known when the publisher started has been put. DevEUIs are hex digits. */
export const completeKey = 'complete';

const tickIntervalMs = 200;
/** Values on their way at a time. */
const putsMax = 500;
/** Devices put again every tick, changed or not: 10,000 in 100 s. */
const againPerTick = 20;
const drainMsMax = 2000;

interface FeedPublisherOptions {
  readonly state: Pick<CityState, 'devices' | 'changedDevices'>;
  readonly feed: Pick<LiveStateFeed, 'put'>;
  /** The clock, in milliseconds UTC: revision of the value that says all is there. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Tells a feed what this process knows: all devices at the start, then every 200 ms those that changed. All are put again
 * where the feed turns out to have lost everything, and little by little in any case: a feed refuses what it has, and where
 * it lost only its last changes (a broker that was killed) it is healed.
 */
export class FeedPublisher implements Component {
  readonly name = 'feed-publisher';
  readonly #parts: FeedPublisherOptions;
  readonly #outage: OutageLog;
  readonly #stopping = new AbortController();
  #again: Generator<FeedValue> | undefined;
  #isAllTold = false;
  #running: Promise<void> | undefined;

  constructor(options: FeedPublisherOptions) {
    this.#parts = options;
    this.#outage = new OutageLog(options.log, 'live-state feed');
  }

  /** Begins to tell; a feed that is away does not keep the process from starting. */
  async start(): Promise<void> {
    const marker = { key: completeKey, revision: Math.floor(this.#parts.now()), value: '' };
    this.#running ??= this.#run(marker);
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'degraded', detail: reason, sinceMs };
  }

  /** Tells what changed last, for at most 2 s. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#running, sleep(drainMsMax, undefined, { ref: false })]);
  }

  async #run(marker: FeedValue): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#tell(marker);
      // Rejects when we stop: the rest is told without waiting.
      await sleep(tickIntervalMs, undefined, { signal }).catch(() => {});
    }
    await this.#tell(marker);
  }

  async #tell(marker: FeedValue): Promise<void> {
    if (this.#isAllTold && !(await this.#wasLost(marker))) await this.#putAll(this.#news());
    else
      this.#isAllTold = (await this.#putAll(this.#parts.state.devices())) && (await this.#putAll([marker]));
  }

  /** A feed that takes the marker again had lost it, and who knows what else. */
  async #wasLost(marker: FeedValue): Promise<boolean> {
    return await this.#parts.feed.put(marker).catch(() => false);
  }

  *#news(): Generator<FeedValue> {
    yield* this.#parts.state.changedDevices();
    yield* this.#someAgain();
  }

  *#someAgain(): Generator<FeedValue> {
    for (let count = 0; count < againPerTick; count++) {
      this.#again ??= this.#parts.state.devices();
      const next = this.#again.next();
      if (next.done) {
        this.#again = undefined;
        return;
      }
      yield next.value;
    }
  }

  /** Puts all values, some at a time; gives whether the feed took, or had, every one of them. */
  async #putAll(values: Iterable<FeedValue>): Promise<boolean> {
    let failure: PromiseRejectedResult | undefined;
    for (const batch of batchesOf(values)) {
      const results = await Promise.allSettled(batch.map((value) => this.#parts.feed.put(value)));
      failure ??= results.find((result) => result.status === 'rejected');
    }
    if (failure === undefined) this.#outage.back();
    else this.#outage.away(messageOf(failure.reason));
    return failure === undefined;
  }
}

function* batchesOf(values: Iterable<FeedValue>): Generator<FeedValue[]> {
  let batch: FeedValue[] = [];
  for (const value of values) {
    batch.push(value);
    if (batch.length < putsMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
