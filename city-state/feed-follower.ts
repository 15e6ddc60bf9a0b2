import {
  type Component,
  type FeedValue,
  type Health,
  type LiveStateFeed,
  type Logger,
  messageOf,
} from '#core';
import { completeKey } from './feed-publisher.ts';
import type { CityState } from './state.ts';

interface FeedFollowerOptions {
  readonly state: Pick<CityState, 'takeDevice'>;
  readonly feed: Pick<LiveStateFeed, 'subscribe'>;
  readonly log: Logger;
}

/** Fills a city state with what a {@link FeedPublisher} tells. Down until it has all that was known when it came. */
export class FeedFollower implements Component {
  readonly name = 'feed-follower';
  readonly #parts: FeedFollowerOptions;
  #leave: (() => Promise<void>) | undefined;
  #feedReady = false;
  #publisherDone = false;
  #valuesTold = 0;
  #valuesUnreadable = 0;

  constructor(options: FeedFollowerOptions) {
    this.#parts = options;
  }

  /** Begins to listen; a feed that is away does not keep the process from starting. */
  async start(): Promise<void> {
    this.#leave ??= await this.#parts.feed.subscribe({
      value: (value) => this.#take(value),
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
    if (!this.#feedReady || !this.#publisherDone) {
      const detail = `the live state is not complete yet: told of ${this.#valuesTold} devices so far`;
      return { status: 'down', detail };
    }
    if (this.#valuesUnreadable === 0) return { status: 'ok' };
    const detail = `${this.#valuesUnreadable} values could not be read: is the bridge of another release?`;
    return { status: 'degraded', detail };
  }

  #take({ key, value }: FeedValue): void {
    if (key === completeKey) {
      this.#publisherDone = true;
      return;
    }
    this.#valuesTold++;
    try {
      this.#parts.state.takeDevice(value);
    } catch (cause) {
      if (this.#valuesUnreadable++ === 0)
        this.#parts.log.warn({ key, reason: messageOf(cause) }, 'live-state feed: a value cannot be read');
    }
  }
}
