/** Reads a spool without changing a byte of it, also while a process writes to it. */
import { stat } from 'node:fs/promises';
import type { RawMessage } from '#core';
import { readConfirmed } from './progress.ts';
import { recordBytes } from './record.ts';
import { type Chunk, listSegments, readChunk, type Segment } from './segment.ts';

/** A message as it lies in the spool. */
export interface SpooledMessage {
  readonly position: number;
  readonly message: RawMessage;
  /** All that follows from it is safe elsewhere; it only has not left the disk yet. */
  readonly confirmed: boolean;
}

/** What a spool holds, and whether it is whole. */
export interface SpoolReport {
  readonly segments: number;
  readonly bytes: number;
  /** Records whose checksum is right. */
  readonly records: number;
  readonly confirmed: number;
  readonly pending: number;
  /** Times of receipt, ms UTC; undefined where there are no records. */
  readonly oldestReceivedAtMs: number | undefined;
  readonly newestReceivedAtMs: number | undefined;
  /** Bytes behind the last record of the newest segment: a write that was not finished, and so never acknowledged. */
  readonly tornBytes: number;
  /** Bytes elsewhere that are no records. */
  readonly damagedBytes: number;
}

const chunkBytes = 8 * 1_048_576;

function isGone(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** The segments of now: one that is deleted while they are listed makes it list again. */
async function segmentsOf(folder: string): Promise<Segment[]> {
  for (;;) {
    // Throws where there is no folder, which listing again would not change.
    await stat(folder);
    try {
      return await listSegments(folder);
    } catch (cause) {
      if (!isGone(cause)) throw cause;
    }
  }
}

/** The records of a segment, chunk by chunk; ends where the segment was done with and deleted meanwhile. */
async function* chunksOf(segment: Segment): AsyncGenerator<Chunk> {
  for (let offset = 0; offset < segment.bytes; ) {
    try {
      const chunk = await readChunk(segment, offset, chunkBytes);
      yield chunk;
      offset = chunk.nextOffset;
    } catch (cause) {
      if (!isGone(cause)) throw cause;
      return;
    }
  }
}

/** Records of one segment as they come, with what is confirmed; and how far it could be read. */
interface Part {
  readonly segment: Segment;
  readonly isNewest: boolean;
  readonly messages: readonly (SpooledMessage & { readonly endOffset: number })[];
  readonly readTo: number;
}

async function* partsOf(folder: string): AsyncGenerator<Part> {
  const segments = await segmentsOf(folder);
  const saved = await readConfirmed(folder);
  const isConfirmed = (seq: number): boolean =>
    saved !== undefined && (seq < saved.below || saved.ranges.has(seq));
  for (const segment of segments) {
    for await (const { records, nextOffset } of chunksOf(segment)) {
      const messages = records.map(({ seq, message, endOffset }) => ({
        position: seq,
        message,
        confirmed: isConfirmed(seq),
        endOffset,
      }));
      yield { segment, isNewest: segment === segments.at(-1), messages, readTo: nextOffset };
    }
  }
}

/**
 * Every message of a spool, the oldest first.
 * @param folder of the spool itself, `<data>/spool`
 */
export async function* spooledMessages(folder: string): AsyncGenerator<SpooledMessage> {
  for await (const { messages } of partsOf(folder)) yield* messages;
}

/**
 * Reads every record of a spool and checks it. Beside a running process the figures are of a moment ago, and what it is
 * just writing counts as torn.
 * @param folder of the spool itself, `<data>/spool`
 */
export async function verifySpool(folder: string): Promise<SpoolReport> {
  const readTo = new Map<Segment, number>();
  let [records, confirmed, goodBytes, goodEnd, tornBytes] = [0, 0, 0, 0, 0];
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for await (const part of partsOf(folder)) {
    readTo.set(part.segment, part.readTo);
    for (const { message, confirmed: isConfirmed } of part.messages) {
      records++;
      if (isConfirmed) confirmed++;
      goodBytes += recordBytes(message);
      oldest = Math.min(oldest, message.receivedAtMs);
      newest = Math.max(newest, message.receivedAtMs);
    }
    if (!part.isNewest) continue;
    goodEnd = part.messages.at(-1)?.endOffset ?? goodEnd;
    tornBytes = part.readTo - goodEnd;
  }
  const bytes = readTo.values().reduce((sum, each) => sum + each, 0);
  return {
    segments: readTo.size,
    bytes,
    records,
    confirmed,
    pending: records - confirmed,
    oldestReceivedAtMs: records > 0 ? oldest : undefined,
    newestReceivedAtMs: records > 0 ? newest : undefined,
    tornBytes,
    damagedBytes: bytes - goodBytes - tornBytes,
  };
}
