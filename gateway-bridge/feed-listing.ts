import { type FeedMessage, type Manifest, pageKeysMax } from './feed-topics.ts';

/** Which keys a feed holds, as its manifest and pages say, and which of them a value was heard of. */
export class FeedListing {
  readonly #revisions = new Map<string, number>();
  readonly #pages = new Map<number, readonly string[]>();
  readonly #listedWithoutValue = new Set<string>();
  #manifest: Manifest | undefined;

  /** Takes a message in; false where it is a value no newer than one heard before. */
  hear(message: FeedMessage): boolean {
    if (message.kind === 'manifest') this.#manifest = message.manifest;
    else if (message.kind === 'page') this.#takePage(message.page, message.keys);
    else {
      const { key, revision } = message.value;
      if (revision <= (this.#revisions.get(key) ?? -Infinity)) return false;
      this.#revisions.set(key, revision);
      this.#listedWithoutValue.delete(key);
    }
    return true;
  }

  /** Everything the manifest counts has been heard. */
  get isComplete(): boolean {
    if (this.#manifest === undefined || this.#listedWithoutValue.size > 0) return false;
    for (let page = 0, left = this.#manifest.count; left > 0; page++, left -= pageKeysMax)
      if (this.page(page).length < Math.min(left, pageKeysMax)) return false;
    return true;
  }

  /** The manifest heard last. */
  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** Revisions of the values heard, by key. */
  get revisions(): ReadonlyMap<string, number> {
    return this.#revisions;
  }

  /** The keys on a page, none where it was not heard. */
  page(page: number): readonly string[] {
    return this.#pages.get(page) ?? [];
  }

  /** All keys heard of, in the order of the pages; then those with a value that are on no page. */
  get keys(): ReadonlySet<string> {
    const pages = [...this.#pages].sort(([a], [b]) => a - b).flatMap(([, keys]) => keys);
    return new Set([...pages, ...this.#revisions.keys()]);
  }

  #takePage(page: number, keys: readonly string[]): void {
    this.#pages.set(page, keys);
    for (const key of keys) if (!this.#revisions.has(key)) this.#listedWithoutValue.add(key);
  }
}
