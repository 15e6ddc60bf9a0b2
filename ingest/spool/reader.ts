import type { Logger, Position } from '#core';
import { type Chunk, readChunk, type Segment } from './segment.ts';
import type { Committed, Stored } from './writer.ts';

interface ReaderOptions {
  readonly log: Logger;
  /** All segments, oldest first; the last one is being written to. */
  readonly segments: () => readonly Segment[];
  /** Memory for messages that were committed but not taken yet; beyond it they are read back from disk. */
  readonly readyBytesMax: number;
  readonly onDamage: (bytes: number) => void;
}

/** Messages that were taken are let go of in portions of this many. */
const compactAt = 1024;

async function readUnlessDeleted(
  segment: Segment,
  offset: number,
  bytes: number,
): Promise<Chunk | undefined> {
  try {
    return await readChunk(segment, offset, bytes);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

/**
 * Hands out what is durable, in order. While the consumer keeps up, messages come straight from the writer; when it
 * falls behind, they are read from the segments, so that a backlog of any size takes a bounded amount of memory.
 */
export class SegmentReader {
  readonly #options: ReaderOptions;
  #ready: Stored[] = [];
  #head = 0;
  #readyBytes = 0;
  /** Where the record after the last one of `#ready` begins. */
  #segment: Segment | undefined;
  #offset = 0;
  /** Nothing durable is missing between `#ready` and the writer. */
  #caughtUp = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Takes a committed group over from the writer if nothing before it is missing and there is room. */
  offer(committed: Committed): void {
    const bytes = committed.records.reduce((sum, record) => sum + record.bytes, 0);
    if (!this.#caughtUp || this.#readyBytes + bytes > this.#options.readyBytesMax) {
      this.#caughtUp = false;
      return;
    }
    this.#push(committed.records, bytes);
    this.#segment = committed.segment;
    this.#offset = committed.endOffset;
  }

  #push(records: readonly Stored[], bytes: number): void {
    if (this.#head === this.#ready.length) {
      this.#ready = [...records];
      this.#head = 0;
    } else {
      for (const record of records) this.#ready.push(record);
    }
    this.#readyBytes += bytes;
  }

  /** The next message without taking it; undefined where nothing is ready (see {@link fill}). */
  peek(): Stored | undefined {
    return this.#ready[this.#head];
  }

  take(): Stored | undefined {
    const record = this.#ready[this.#head];
    if (!record) return undefined;
    this.#head++;
    this.#readyBytes -= record.bytes;
    if (this.#head > compactAt && 2 * this.#head > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return record;
  }

  /** Reads from disk until something is ready or all that is durable was taken; false in the latter case. */
  async fill(): Promise<boolean> {
    while (this.peek() === undefined && !this.#caughtUp) {
      this.#segment ??= this.#options.segments()[0];
      const segment = this.#segment;
      if (!segment) {
        this.#caughtUp = true;
        break;
      }
      // A segment that was done with may be gone before it was read, where its messages were confirmed earlier.
      const gone = !this.#options.segments().includes(segment);
      if (!gone && this.#offset < segment.bytes) await this.#readFrom(segment);
      else if (!this.#moveOn(segment)) this.#caughtUp = true;
    }
    return this.peek() !== undefined;
  }

  async #readFrom(segment: Segment): Promise<void> {
    const chunk = await readUnlessDeleted(segment, this.#offset, this.#options.readyBytesMax);
    if (!chunk) {
      this.#offset = segment.bytes;
      return;
    }
    let bytes = 0;
    let start = this.#offset;
    const records = chunk.records.map(({ seq, message, endOffset }) => {
      const record = { position: seq as Position, message, bytes: endOffset - start };
      bytes += record.bytes;
      start = endOffset;
      return record;
    });
    this.#push(records, bytes);
    this.#offset = chunk.nextOffset;
    // Asked now, not when all is taken: by then more has come, and under a steady load all would go by the disk for ever.
    this.#caughtUp = this.#offset >= segment.bytes && this.#options.segments().at(-1) === segment;
    if (chunk.damagedBytes > 0) {
      this.#options.log.error(
        { file: segment.file, bytes: chunk.damagedBytes },
        'spool: damaged bytes skipped',
      );
      this.#options.onDamage(chunk.damagedBytes);
    }
  }

  #moveOn(segment: Segment): boolean {
    const next = this.#options.segments().find(({ firstSeq }) => firstSeq > segment.firstSeq);
    if (!next) return false;
    this.#segment = next;
    this.#offset = 0;
    return true;
  }
}
