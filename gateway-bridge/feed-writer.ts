import type { MqttClient } from 'mqtt';
import type { FeedValue, OutageLog } from '#core';
import type { Broker } from './connection.ts';
import { openFeedConnection } from './feed-connection.ts';
import { learn } from './feed-learn.ts';
import type { FeedListing } from './feed-listing.ts';
import { type FeedPacket, manifestPacket, pageKeysMax, pagePacket, valuePacket } from './feed-topics.ts';

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
    for (const key of listing.keys) this.#add(key);
    this.#pagesToWrite.clear();
    for (let page = 0; page * pageKeysMax < this.#keys.length; page++)
      if (this.#page(page).join('\n') !== listing.page(page).join('\n')) this.#pagesToWrite.add(page);
    if (this.#pagesToWrite.size > 0 || listing.count !== this.#keys.length) await this.#writeList();
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
    if (this.#pagesToWrite.size === 0) return this.#listWritten;
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
    const count = this.#keys.length;
    this.#pagesToWrite.clear();
    const write = async (): Promise<void> => {
      await Promise.all(pages.map((page) => this.#publish(pagePacket(this.#prefix, page, this.#page(page)))));
      await this.#publish(manifestPacket(this.#prefix, { count }));
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
