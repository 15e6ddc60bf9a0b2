import { mkdir } from 'node:fs/promises';
import {
  type Component,
  type Delivery,
  type Health,
  type Logger,
  messageOf,
  type Position,
  type RawMessage,
  type Spool,
  type SpoolStatus,
  StadtpegelError,
} from '#core';
import { Newest } from './newest.ts';
import { Progress } from './progress.ts';
import { SegmentReader } from './reader.ts';
import { deleteSegment, listSegments, repairTail, type Segment } from './segment.ts';
import { bytesOf, type Committed, SegmentWriter, type Stored } from './writer.ts';

const saveEveryMs = 1000;
const newestBytesMax = 8 * 1_048_576;

export interface SegmentLogOptions {
  readonly folder: string;
  /** Limit of all segments together; beyond it `append` is refused. */
  readonly bytesMax: number;
  readonly log: Logger;
  /** Told of bytes in the log that were no records. */
  readonly onDamage?: (bytes: number) => void;
}

/**
 * The spool: an append-only log of segment files. Messages are durable (fdatasync) before `append` resolves, are
 * handed out in order, and leave the disk segment by segment once all in a segment is confirmed.
 */
export class SegmentLog implements Spool, Component {
  readonly name = 'spool';
  readonly #options: SegmentLogOptions;
  readonly #progress: Progress;
  #segments: Segment[] = [];
  #reader: SegmentReader | undefined;
  #writer: SegmentWriter | undefined;
  #lastTaken = 0;
  readonly #newest = new Newest(newestBytesMax);
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #housekeeping: Promise<void> = Promise.resolve();
  #fullSince: number | undefined;

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#progress = new Progress(options.folder);
  }

  async start(): Promise<void> {
    const { folder, log, bytesMax } = this.#options;
    await mkdir(folder, { recursive: true });
    await this.#progress.open();
    this.#segments = await listSegments(folder);
    const nextSeq = await this.#repair();
    this.#progress.skip(this.#progress.below, (this.#segments[0]?.firstSeq ?? nextSeq) - 1);
    this.#lastTaken = this.#progress.below - 1;
    this.#reader = new SegmentReader({
      log,
      segments: () => this.#segments,
      readyBytesMax: 8 * 1_048_576,
      onDamage: (bytes) => this.#options.onDamage?.(bytes),
    });
    this.#writer = new SegmentWriter({
      folder,
      nextSeq,
      segmentBytesMax: Math.min(64 * 1_048_576, Math.ceil(bytesMax / 8)),
      groupBytesMax: 4 * 1_048_576,
      log,
      onSegment: (segment) => this.#segments.push(segment),
      onAbandoned: (segment) => this.#abandoned(segment),
      onCommit: (committed) => this.#committed(committed),
    });
    this.#timer = setInterval(() => this.#tidy(), saveEveryMs);
    this.#timer.unref();
  }

  /** Cuts off what a torn write left, drops an empty newest segment, and gives the next sequence number. */
  async #repair(): Promise<number> {
    const newest = this.#segments.at(-1);
    if (!newest) return Math.max(1, this.#progress.nextUnused);
    const { nextSeq, cutBytes } = await repairTail(newest);
    if (cutBytes > 0) {
      this.#options.log.warn({ file: newest.file, bytes: cutBytes }, 'spool: cut off an unfinished write');
    }
    if (newest.bytes === 0) {
      await deleteSegment(newest);
      this.#segments.pop();
    }
    return Math.max(nextSeq, this.#progress.nextUnused);
  }

  #committed(committed: Committed): void {
    this.#reader?.offer(committed);
    this.#newest.add(committed.records);
    this.#wake?.();
  }

  newest(): RawMessage[] {
    return this.#newest.take(this.#lastTaken);
  }

  async append(messages: readonly RawMessage[]): Promise<void> {
    const writer = this.#writer;
    if (!writer) throw new Error('the spool is not started');
    const bytes = bytesOf(messages);
    const fits = (): boolean => this.#bytes() + writer.waitingBytes + bytes <= this.#options.bytesMax;
    if (!fits()) await this.#makeRoom(writer);
    if (!fits()) {
      this.#fullSince ??= Date.now();
      throw new StadtpegelError('spool_full', `the spool holds its limit of ${this.#options.bytesMax} bytes`);
    }
    this.#fullSince = undefined;
    if (messages.length > 0) await writer.append(messages, bytes);
  }

  #abandoned(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    deleteSegment(segment).catch(() => undefined);
  }

  /** The segment being written to is never deleted; when all in it is done with, it may end so that it can be. */
  async #makeRoom(writer: SegmentWriter): Promise<void> {
    if (this.#progress.below < writer.nextSeq || !(await writer.roll())) return;
    const done = this.#segments;
    this.#segments = [];
    await Promise.all(done.map(deleteSegment));
  }

  async consume(
    limit: { readonly messagesMax: number; readonly bytesMax: number },
    signal: AbortSignal,
  ): Promise<Delivery[]> {
    const reader = this.#reader;
    if (!reader) throw new Error('the spool is not started');
    for (;;) {
      signal.throwIfAborted();
      const batch = this.#takeBatch(reader, limit);
      if (batch.length > 0) {
        this.#progress.markInHand(batch[0]?.position ?? 0, batch.at(-1)?.position ?? 0);
        this.#newest.consumed(this.#lastTaken);
        return batch;
      }
      if (reader.peek() === undefined && !(await reader.fill())) await this.#moreToCome(reader, signal);
    }
  }

  /** A suspect (in hand when an earlier process ended) is handed out alone, so that the next crash names the culprit. */
  #takeBatch(reader: SegmentReader, limit: { messagesMax: number; bytesMax: number }): Delivery[] {
    const batch: Delivery[] = [];
    let bytes = 0;
    for (let record = reader.peek(); record; record = reader.peek()) {
      const crashes = this.#progress.crashesOf(record.position);
      const full = batch.length >= limit.messagesMax || bytes + record.bytes > limit.bytesMax;
      if (batch.length > 0 && (full || crashes > 0)) break;
      reader.take();
      this.#progress.skip(this.#lastTaken + 1, record.position - 1);
      this.#lastTaken = record.position;
      if (this.#progress.isConfirmed(record.position)) continue;
      batch.push(deliveryOf(record, crashes + 1));
      bytes += record.bytes;
      if (crashes > 0) break;
    }
    return batch;
  }

  async #moreToCome(reader: SegmentReader, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted || reader.peek() !== undefined) wake();
    });
  }

  release(): void {
    this.#progress.markInHand(0, 0);
  }

  confirm(positions: readonly Position[]): void {
    this.#progress.confirm(positions);
    const second = this.#segments[1];
    if (second && second.firstSeq <= this.#progress.below) this.#tidy();
  }

  /** Deletes segments that are done with and saves the progress; one at a time, failures are tried again. */
  #tidy(): void {
    this.#housekeeping = this.#housekeeping.then(async () => {
      try {
        await this.#progress.save();
        for (let second = this.#segments[1]; second; second = this.#segments[1]) {
          const oldest = this.#segments[0];
          if (!oldest || second.firstSeq > this.#progress.below) break;
          await deleteSegment(oldest);
          this.#segments.shift();
        }
      } catch (cause) {
        this.#options.log.warn({ reason: messageOf(cause) }, 'spool: could not tidy up, trying again');
      }
    });
  }

  #bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  status(): SpoolStatus {
    const next = this.#writer?.nextSeq ?? this.#progress.below;
    return {
      bytes: this.#bytes(),
      bytesMax: this.#options.bytesMax,
      pending: Math.max(0, next - this.#progress.below - this.#progress.confirmedAhead),
    };
  }

  health(): Health {
    if (this.#fullSince === undefined) return { status: 'ok' };
    const { bytesMax, pending } = this.status();
    return {
      status: 'degraded',
      detail: `full: ${pending} messages wait in ${bytesMax} bytes; the broker keeps the rest until there is room`,
      sinceMs: this.#fullSince,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writer?.close();
    this.#tidy();
    await this.#housekeeping;
    this.#progress.close();
  }
}

function deliveryOf(record: Stored, attempt: number): Delivery {
  return { position: record.position, message: record.message, attempt };
}
