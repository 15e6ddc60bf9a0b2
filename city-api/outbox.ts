/** One event of the live stream, ready to be sent. */
export interface StreamEvent {
  /** What it is about: a newer event about the same replaces one not sent yet. */
  readonly about: string;
  readonly event: string;
  /** JSON, shared by all readers. */
  readonly data: string;
}

/**
 * What one reader has still to be sent: never more than one event per site, whatever the reader's pace. An event keeps
 * the place in the queue of the one it replaces, so that a busy site cannot push a quiet one back for ever.
 */
export class Outbox {
  readonly #waiting = new Map<string, StreamEvent>();

  put(event: StreamEvent): void {
    this.#waiting.set(event.about, event);
  }

  /** The event waiting longest, removed; undefined where none is. */
  take(): StreamEvent | undefined {
    const [first] = this.#waiting.values();
    if (first !== undefined) this.#waiting.delete(first.about);
    return first;
  }

  get size(): number {
    return this.#waiting.size;
  }
}
