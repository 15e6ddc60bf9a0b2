import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { bodyBytesMax, findRecord, readRecord, type StoredRecord } from './record.ts';

/** A file of the log. Only the newest is written to; the others are read, and deleted when all in them is done with. */
export interface Segment {
  readonly file: string;
  /** Sequence number of its first record. */
  readonly firstSeq: number;
  /** Bytes known to be durable. */
  bytes: number;
}

const suffix = '.segment';

/** The file of the segment that begins with `firstSeq`: names sort as the numbers do. */
export function segmentFile(folder: string, firstSeq: number): string {
  return path.join(folder, `${firstSeq.toString(16).padStart(14, '0')}${suffix}`);
}

/** All segments of a folder, oldest first, with the bytes the file system tells. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    segments.push({ file, firstSeq: Number.parseInt(name, 16), bytes: (await stat(file)).size });
  }
  return segments;
}

/** Deletes a segment; one that is gone already is no error. */
export async function deleteSegment(segment: Segment): Promise<void> {
  await rm(segment.file, { force: true });
}

/** Makes a folder's entries durable: without it a new file may be missing after a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

/** Records read in one go, and where to read on. */
export interface Chunk {
  readonly records: readonly (StoredRecord & { readonly endOffset: number })[];
  readonly nextOffset: number;
  /** Bytes that were no records: damage that was stepped over. */
  readonly damagedBytes: number;
}

async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Reads about `bytes` of records from `offset`, never beyond the segment's durable end. */
export async function readChunk(segment: Segment, offset: number, bytes: number): Promise<Chunk> {
  const handle = await open(segment.file, 'r');
  try {
    const length = Math.min(segment.bytes - offset, Math.max(bytes, 2 * bodyBytesMax));
    const buffer = await readBytes(handle, offset, length);
    const missingBytes = length - buffer.length;
    const chunk = parseChunk(buffer, offset, missingBytes > 0 || offset + length >= segment.bytes);
    // A file shorter than it was: what is gone counts as damage, so that reading goes on behind it.
    return missingBytes === 0
      ? chunk
      : { ...chunk, nextOffset: segment.bytes, damagedBytes: chunk.damagedBytes + missingBytes };
  } finally {
    await handle.close();
  }
}

function parseChunk(buffer: Buffer, offset: number, toTheEnd: boolean): Chunk {
  const records: (StoredRecord & { endOffset: number })[] = [];
  let at = 0;
  let damagedBytes = 0;
  while (at < buffer.length) {
    const record = readRecord(buffer, at);
    if (typeof record === 'object') {
      records.push({ ...record, endOffset: offset + record.end });
      at = record.end;
      continue;
    }
    if (record === 'short' && !toTheEnd) break;
    const next = findRecord(buffer, at + 1);
    // A damaged place without a good record behind it in this buffer: the rest of the buffer is given up only where it
    // cannot be the beginning of a record that goes on behind the buffer.
    const end = next >= 0 ? next : toTheEnd ? buffer.length : Math.max(at + 1, buffer.length - bodyBytesMax);
    damagedBytes += end - at;
    at = end;
  }
  return { records, nextOffset: offset + at, damagedBytes };
}

/**
 * Finds where the good records of the newest segment end after a crash, and the sequence number that follows. What a
 * torn write left behind them is cut off; damage with good records behind it stays and is stepped over when read.
 */
export async function repairTail(segment: Segment): Promise<{ nextSeq: number; cutBytes: number }> {
  let offset = 0;
  let goodEnd = 0;
  let nextSeq = segment.firstSeq;
  while (offset < segment.bytes) {
    const chunk = await readChunk(segment, offset, 8 * 1_048_576);
    for (const record of chunk.records) {
      goodEnd = record.endOffset;
      nextSeq = record.seq + 1;
    }
    offset = chunk.nextOffset;
  }
  const cutBytes = segment.bytes - goodEnd;
  if (cutBytes > 0) {
    const handle = await open(segment.file, 'r+');
    await handle.truncate(goodEnd);
    await handle.sync();
    await handle.close();
    segment.bytes = goodEnd;
  }
  return { nextSeq, cutBytes };
}
