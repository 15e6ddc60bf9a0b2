import {
  type Component,
  type FeedListener,
  type FeedOrigin,
  type FeedValue,
  type Health,
  type LiveStateFeed,
  type Logger,
  OutageLog,
} from '#core';
import type { Broker } from './connection.ts';
import { openFeedConnection, subscribeTo } from './feed-connection.ts';
import { FeedListing } from './feed-listing.ts';
import { isSameOrigin, readPacket } from './feed-topics.ts';
import { FeedWriter } from './feed-writer.ts';

interface MqttFeedOptions {
  /** Settings of the bridge. */
  readonly broker: Broker;
  /** Topic everything lies below, e.g. `stadtpegel/live/<client id of the bridge>`. */
  readonly prefix: string;
  /** Whether this is the process that puts values: one for a prefix. */
  readonly writes: boolean;
  readonly log: Logger;
}

/** The live-state feed in a broker's retained messages; `feed-topics.ts` says how. Each subscriber has its own connection. */
export class MqttFeed implements LiveStateFeed, Component {
  readonly name = 'live-state-feed';
  readonly #options: MqttFeedOptions;
  readonly #outages = new Set<OutageLog>();
  readonly #leaving = new Set<() => Promise<void>>();
  #writer: FeedWriter | undefined;

  constructor(options: MqttFeedOptions) {
    this.#options = options;
  }

  /** Begins to connect where values are to be put; a broker that is away does not keep the process from starting. */
  async start(): Promise<void> {
    if (!this.#options.writes) return;
    const { broker, prefix } = this.#options;
    this.#writer ??= new FeedWriter({ broker, prefix, outage: this.#newOutage() });
  }

  /** @throws {Error} where this one does not write, was not started, or is stopped meanwhile */
  async put(value: FeedValue): Promise<boolean> {
    return await this.#theWriter().put(value);
  }

  /** @throws {Error} as {@link put} does */
  async announce(origin: FeedOrigin): Promise<boolean> {
    return await this.#theWriter().announce(origin);
  }

  async subscribe(listener: FeedListener): Promise<() => Promise<void>> {
    const { broker, prefix } = this.#options;
    const outage = this.#newOutage();
    const listing = new FeedListing();
    let origin: FeedOrigin | undefined;
    let isReady = false;
    let hasLeft = false;
    const client = openFeedConnection({
      broker,
      outage,
      connected: (connected) => subscribeTo(connected, `${prefix}/#`),
    });
    client.on('message', (topic, payload) => {
      const message = readPacket(prefix, topic, payload);
      if (message === undefined || hasLeft || !listing.hear(message)) return;
      if (message.kind === 'value') listener.value(message.value);
      const heard = message.kind === 'manifest' ? message.manifest.origin : undefined;
      if (heard !== undefined && !isSameOrigin(heard, origin)) {
        origin = heard;
        listener.origin(heard);
      }
      if (isReady || !listing.isComplete) return;
      isReady = true;
      listener.ready();
    });
    const leave = async (): Promise<void> => {
      hasLeft = true;
      this.#leaving.delete(leave);
      this.#outages.delete(outage);
      await client.endAsync(!client.connected);
    };
    this.#leaving.add(leave);
    return leave;
  }

  health(): Health {
    for (const { sinceMs, reason } of this.#outages)
      if (sinceMs !== undefined) return { status: 'down', detail: reason, sinceMs };
    if (this.#options.writes && this.#writer?.isOpen !== true)
      return { status: 'down', detail: 'what the broker holds is not known yet' };
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#writer?.stop(), ...[...this.#leaving].map((leave) => leave())]);
    this.#writer = undefined;
  }

  #theWriter(): FeedWriter {
    if (this.#writer === undefined) throw new Error('this end of the feed does not write');
    return this.#writer;
  }

  #newOutage(): OutageLog {
    const outage = new OutageLog(this.#options.log, 'live-state feed at the mqtt broker');
    this.#outages.add(outage);
    return outage;
  }
}
