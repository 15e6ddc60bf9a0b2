import { type FileHandle, open } from 'node:fs/promises';
import { type Logger, messageOf, type Position, type RawMessage, StadtpegelError } from '#core';
import { bodyBytesMax, recordBytes, writeRecord } from './record.ts';
import { type Segment, segmentFile, syncFolder } from './segment.ts';

/** A message as it lies in the log: where it stands, and where the next one begins. */
export interface Stored {
  readonly position: Position;
  readonly message: RawMessage;
  readonly bytes: number;
}

/** A group that has just become durable. */
export interface Committed {
  readonly segment: Segment;
  readonly endOffset: number;
  readonly records: readonly Stored[];
}

interface Waiting {
  readonly messages: readonly RawMessage[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface WriterOptions {
  readonly folder: string;
  readonly nextSeq: number;
  readonly segmentBytesMax: number;
  readonly groupBytesMax: number;
  readonly log: Logger;
  readonly onSegment: (segment: Segment) => void;
  /** A segment nothing durable was written to is of no use any more. */
  readonly onAbandoned: (segment: Segment) => void;
  readonly onCommit: (committed: Committed) => void;
}

/**
 * Group commit: whatever arrives while one group is on its way to the disk becomes the next group. One write and one
 * fdatasync a group, both off the event loop; at a low rate a group is one message, at a high rate hundreds.
 */
export class SegmentWriter {
  readonly #options: WriterOptions;
  #nextSeq: number;
  #active: { segment: Segment; handle: FileHandle } | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #buffer = Buffer.allocUnsafe(262_144);

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#nextSeq = options.nextSeq;
  }

  /** The sequence number the next message gets. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Bytes accepted but not durable yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Resolves when the messages are durable. */
  append(messages: readonly RawMessage[], bytes: number): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ messages, bytes, resolve, reject });
    });
    this.#waitingBytes += bytes;
    this.#running ??= this.#commitAll().finally(() => {
      this.#running = undefined;
    });
    return promise;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(
          group.flatMap(({ messages }) => messages),
          sumBytes(group),
        );
        for (const { resolve } of group) resolve();
      } catch (cause) {
        await this.#abandonSegment(cause);
        for (const { reject } of group) reject(cause);
      }
      this.#waitingBytes -= sumBytes(group);
    }
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more } of this.#waiting) {
      if (count > 0 && bytes + more > this.#options.groupBytesMax) break;
      bytes += more;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(messages: readonly RawMessage[], bytes: number): Promise<void> {
    const { segment, handle } = await this.#segmentToWrite();
    const offset = segment.bytes;
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(2 * bytes);
    const records = this.#encode(messages);
    await writeAll(handle, this.#buffer.subarray(0, bytes), offset);
    await handle.datasync();
    segment.bytes = offset + bytes;
    this.#options.onCommit({ segment, endOffset: segment.bytes, records });
  }

  /** Writes them to the buffer, which has room for them. */
  #encode(messages: readonly RawMessage[]): Stored[] {
    let end = 0;
    return messages.map((message) => {
      const position = this.#nextSeq++ as Position;
      const begin = end;
      end = writeRecord(this.#buffer, begin, position, message);
      return { position, message, bytes: end - begin };
    });
  }

  async #segmentToWrite(): Promise<{ segment: Segment; handle: FileHandle }> {
    if (this.#active && this.#active.segment.bytes < this.#options.segmentBytesMax) return this.#active;
    await this.#active?.handle.close();
    const file = segmentFile(this.#options.folder, this.#nextSeq);
    const segment: Segment = { file, firstSeq: this.#nextSeq, bytes: 0 };
    this.#active = { segment, handle: await open(file, 'w') };
    await syncFolder(this.#options.folder);
    this.#options.onSegment(segment);
    return this.#active;
  }

  /**
   * After a failed write or fdatasync nobody knows which pages reached the disk, and a second fdatasync may wrongly
   * report success (https://lwn.net/Articles/752063/). So the segment ends at its last known good byte, and a new one
   * begins with the next group.
   */
  async #abandonSegment(cause: unknown): Promise<void> {
    this.#options.log.error({ reason: messageOf(cause) }, 'spool: a write failed, beginning a new segment');
    const active = this.#active;
    this.#active = undefined;
    if (!active) return;
    try {
      await active.handle.truncate(active.segment.bytes);
      await active.handle.close();
    } catch {
      // What could not be cut off is read again after a restart: messages that come twice are harmless.
    }
    if (active.segment.bytes === 0) this.#options.onAbandoned(active.segment);
  }

  /** Ends the segment being written to, unless something is on its way to it; gives whether it did. */
  async roll(): Promise<boolean> {
    if (this.#running) return false;
    const active = this.#active;
    this.#active = undefined;
    await active?.handle.close();
    return true;
  }

  /** Waits for what was accepted, then closes the segment. */
  async close(): Promise<void> {
    await this.#running;
    await this.#active?.handle.close();
    this.#active = undefined;
  }
}

/** A full disk takes part of a write without an error; only the next one is refused. */
async function writeAll(handle: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
    if (bytesWritten === 0) throw new Error('the disk takes no more');
    written += bytesWritten;
  }
}

function sumBytes(group: readonly Waiting[]): number {
  return group.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes the messages take in the log. @throws `spool_record_too_large` */
export function bytesOf(messages: readonly RawMessage[]): number {
  let total = 0;
  for (const message of messages) {
    const bytes = recordBytes(message);
    if (
      bytes > bodyBytesMax ||
      message.payload.length > 1_048_576 ||
      Buffer.byteLength(message.topic) > 65_535
    ) {
      throw new StadtpegelError(
        'spool_record_too_large',
        `a message of ${message.payload.length} bytes on ${message.topic} exceeds 1 MiB, or its topic 64 KiB`,
      );
    }
    total += bytes;
  }
  return total;
}
