import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Component,
  type FeedOrigin,
  type FeedValue,
  type Health,
  type LiveStateFeed,
  type Logger,
  messageOf,
  OutageLog,
} from '#core';
import type { CityState } from './state.ts';

const tickIntervalMs = 200;
/** Values on their way at a time. */
const putsMax = 500;
/** Devices put again every tick, changed or not: 10,000 in 100 s. */
const againPerTick = 20;
const drainMsMax = 2000;

interface FeedPublisherOptions {
  readonly state: Pick<CityState, 'devices' | 'changedDevices' | 'inventoryHash'>;
  readonly feed: Pick<LiveStateFeed, 'put' | 'announce'>;
  /** The clock, in milliseconds UTC: tells this start from others. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Tells a feed what this process knows: all devices at the start, then who told them and with which inventory, then
 * every 200 ms the devices that changed. All are put again where the feed turns out to have lost everything, and little by
 * little in any case: a feed refuses what it has, and where it lost only its last changes (a broker that was killed) it is
 * healed.
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
    const { state, now } = this.#parts;
    this.#running ??= this.#run({ inventoryHash: state.inventoryHash, epoch: Math.floor(now()) });
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

  async #run(origin: FeedOrigin): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#tell(origin);
      // Rejects when we stop: the rest is told without waiting.
      await sleep(tickIntervalMs, undefined, { signal }).catch(() => {});
    }
    await this.#tell(origin);
  }

  /** A feed that takes the announcement again had lost it, and who knows what else. */
  async #tell(origin: FeedOrigin): Promise<void> {
    const { state, feed } = this.#parts;
    const wasLost = async (): Promise<boolean> => await feed.announce(origin).catch(() => false);
    if (this.#isAllTold && !(await wasLost())) await this.#putAll(this.#news());
    else
      this.#isAllTold =
        (await this.#putAll(state.devices())) && this.#took(await failureOf([feed.announce(origin)]));
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
      const failed = await failureOf(batch.map((value) => this.#parts.feed.put(value)));
      failure ??= failed;
    }
    return this.#took(failure);
  }

  #took(failure: PromiseRejectedResult | undefined): boolean {
    if (failure === undefined) this.#outage.back();
    else this.#outage.away(messageOf(failure.reason));
    return failure === undefined;
  }
}

/** The first of these that failed, once all are settled. */
async function failureOf(puts: readonly Promise<boolean>[]): Promise<PromiseRejectedResult | undefined> {
  const results = await Promise.allSettled(puts);
  return results.find((result) => result.status === 'rejected');
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
