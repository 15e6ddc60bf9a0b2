import type { MqttClient } from 'mqtt';
import type { FeedOrigin, FeedValue, OutageLog } from '#core';
import type { Broker } from './connection.ts';
import { openFeedConnection } from './feed-connection.ts';
import { learn } from './feed-learn.ts';
import type { FeedListing } from './feed-listing.ts';
import {
  type FeedPacket,
  isSameOrigin,
  manifestPacket,
  pageKeysMax,
  pagePacket,
  valuePacket,
} from './feed-topics.ts';

interface FeedWriterParts {
  readonly broker: Broker;
  readonly prefix: string;
  readonly outage: OutageLog;
}

/**
 * Writes the feed. At each connection it first learns what the broker holds, so that after a restart nothing older takes
 * the place of what is there, and what a broker has lost can be put again.
 */
export class FeedWriter {
  readonly #prefix: string;
  readonly #client: MqttClient;
  /** Revisions of the values the broker holds, or is about to. */
  #held = new Map<string, number>();
  /** Pages are slices of this; `#isListed` holds the same keys. */
  readonly #keys: string[] = [];
  readonly #isListed = new Set<string>();
  readonly #pagesToWrite = new Set<number>();
  /** As the manifest says, or is about to. */
  #origin: FeedOrigin | undefined;
  #listWritten: Promise<void> = Promise.resolve();
  #listToWrite: Promise<void> | undefined;
  #gate = Promise.withResolvers<void>();
  #isOpen = false;

  /** Begins to connect. */
  constructor({ broker, prefix, outage }: FeedWriterParts) {
    this.#prefix = prefix;
    this.#gate.promise.catch(() => {});
    this.#client = openFeedConnection({
      broker,
      outage,
      connected: async (client) => this.#begin(await learn(client, prefix)),
    });
    this.#client.on('close', () => this.#pause());
  }

  /** What the broker holds is known, and values can be put. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * See `LiveStateFeed.put`: resolves when the broker has the value and, if its key is new, a manifest that counts it.
   * Waits while the broker is away.
   */
  async put(value: FeedValue): Promise<boolean> {
    await this.#gate.promise;
    const { key, revision } = value;
    const held = this.#held;
    if (revision <= (held.get(key) ?? -Infinity)) return false;
    held.set(key, revision);
    try {
      await this.#publish(valuePacket(this.#prefix, value));
      await this.#list(key);
      return true;
    } catch (cause) {
      if (held.get(key) === revision) held.delete(key);
      throw cause;
    }
  }

  /** See `LiveStateFeed.announce`: resolves when the broker has a manifest that says so. Waits while it is away. */
  async announce(origin: FeedOrigin): Promise<boolean> {
    await this.#gate.promise;
    if (isSameOrigin(origin, this.#origin)) return false;
    this.#origin = origin;
    try {
      await this.#listAgain();
      return true;
    } catch (cause) {
      if (this.#origin === origin) this.#origin = undefined;
      throw cause;
    }
  }

  /** Lets what is on its way arrive; what still waits is refused. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#gate.reject(new Error('the feed was stopped'));
    await this.#client.endAsync(!this.#client.connected);
  }

  #pause(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#gate = Promise.withResolvers<void>();
    this.#gate.promise.catch(() => {});
  }

  /** Goes on from what the broker holds; pages it does not have as they should be are written again. */
  async #begin(listing: FeedListing): Promise<void> {
    this.#held = new Map(listing.revisions);
    this.#origin = listing.manifest?.origin;
    for (const key of listing.keys) this.#add(key);
    this.#pagesToWrite.clear();
    for (let page = 0; page * pageKeysMax < this.#keys.length; page++)
      if (this.#page(page).join('\n') !== listing.page(page).join('\n')) this.#pagesToWrite.add(page);
    if (this.#pagesToWrite.size > 0 || listing.manifest?.count !== this.#keys.length) await this.#writeList();
    this.#isOpen = true;
    this.#gate.resolve();
  }

  #page(page: number): readonly string[] {
    return this.#keys.slice(page * pageKeysMax, (page + 1) * pageKeysMax);
  }

  #add(key: string): void {
    if (this.#isListed.has(key)) return;
    this.#isListed.add(key);
    this.#pagesToWrite.add(Math.floor(this.#keys.length / pageKeysMax));
    this.#keys.push(key);
  }

  /** Resolves when the key is listed. Keys that come while the list is being written go into the next one together. */
  #list(key: string): Promise<void> {
    this.#add(key);
    return this.#pagesToWrite.size === 0 ? this.#listWritten : this.#listAgain();
  }

  /** Resolves when the list has been written with what is known by then. */
  #listAgain(): Promise<void> {
    const write = (): Promise<void> => {
      this.#listToWrite = undefined;
      return this.#writeList();
    };
    this.#listToWrite ??= this.#listWritten.then(write, write);
    return this.#listToWrite;
  }

  /** First the pages, then the manifest that counts what is on them. */
  #writeList(): Promise<void> {
    const pages = [...this.#pagesToWrite];
    const manifest = { count: this.#keys.length, origin: this.#origin };
    this.#pagesToWrite.clear();
    const write = async (): Promise<void> => {
      await Promise.all(pages.map((page) => this.#publish(pagePacket(this.#prefix, page, this.#page(page)))));
      await this.#publish(manifestPacket(this.#prefix, manifest));
    };
    this.#listWritten = write().catch((cause) => {
      for (const page of pages) this.#pagesToWrite.add(page);
      throw cause;
    });
    return this.#listWritten;
  }

  async #publish({ topic, payload }: FeedPacket): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos: 1, retain: true });
  }
}
