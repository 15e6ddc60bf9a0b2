import {
  type Component,
  type FeedOrigin,
  type FeedValue,
  type Health,
  type LiveStateFeed,
  type Logger,
  messageOf,
} from '#core';
import type { CityState } from './state.ts';

interface FeedFollowerOptions {
  readonly state: Pick<CityState, 'takeDevice' | 'inventoryHash'>;
  readonly feed: Pick<LiveStateFeed, 'subscribe'>;
  readonly log: Logger;
}

/**
 * Fills a city state with what a {@link FeedPublisher} tells. Down until it has all that was known when it came; degraded,
 * though it goes on, while the two work with different inventories.
 */
export class FeedFollower implements Component {
  readonly name = 'feed-follower';
  readonly #parts: FeedFollowerOptions;
  #leave: (() => Promise<void>) | undefined;
  #feedReady = false;
  #origin: FeedOrigin | undefined;
  #valuesTold = 0;
  #valuesUnreadable = 0;

  constructor(options: FeedFollowerOptions) {
    this.#parts = options;
  }

  /** Begins to listen; a feed that is away does not keep the process from starting. */
  async start(): Promise<void> {
    this.#leave ??= await this.#parts.feed.subscribe({
      value: (value) => this.#take(value),
      origin: (origin) => this.#hear(origin),
      ready: () => {
        this.#feedReady = true;
      },
    });
  }

  async stop(): Promise<void> {
    await this.#leave?.();
    this.#leave = undefined;
  }

  health(): Health {
    if (!this.#feedReady || this.#origin === undefined) {
      const detail = `the live state is not complete yet: told of ${this.#valuesTold} devices so far`;
      return { status: 'down', detail };
    }
    const details = [...this.#otherInventory(), ...this.#unreadable()];
    return details.length === 0 ? { status: 'ok' } : { status: 'degraded', detail: details.join('; ') };
  }

  /** What is wrong where the publisher works with another inventory. */
  #otherInventory(): string[] {
    const [told, own] = [this.#origin?.inventoryHash, this.#parts.state.inventoryHash];
    if (told === undefined || told === own) return [];
    return [
      `the bridge works with the inventory ${told}, this process with ${own}: what stands where may be answered ` +
        'wrongly. Give both the same files (STADTPEGEL_CITY_DIR) and restart the one whose files were old',
    ];
  }

  #unreadable(): string[] {
    if (this.#valuesUnreadable === 0) return [];
    return [`${this.#valuesUnreadable} values could not be read: is the bridge of another release?`];
  }

  #hear(origin: FeedOrigin): void {
    const isNew = origin.inventoryHash !== this.#origin?.inventoryHash;
    this.#origin = origin;
    if (isNew)
      for (const reason of this.#otherInventory()) this.#parts.log.warn(`live-state feed: ${reason}`);
  }

  #take({ key, value }: FeedValue): void {
    this.#valuesTold++;
    try {
      this.#parts.state.takeDevice(value);
    } catch (cause) {
      if (this.#valuesUnreadable++ === 0)
        this.#parts.log.warn({ key, reason: messageOf(cause) }, 'live-state feed: a value cannot be read');
    }
  }
}
