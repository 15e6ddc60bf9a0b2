import { closeSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { KeptFrame } from './recent-frames.ts';
import { syncFolder } from './spool/segment.ts';

/** What the pump goes on with after a restart, beside the state. */
export interface Mark {
  /** The last message the state has taken in. */
  readonly position: number;
  /** Messages that are copies of a frame and may come again, when the state has forgotten the frame. */
  readonly copies: readonly (readonly [position: number, receivedAtMs: number])[];
  /** See `RecentFrames.kept`. */
  readonly frames: readonly KeptFrame[];
}

const markSchema = z.object({
  position: z.number(),
  copies: z.array(z.tuple([z.number(), z.number()])),
  // Earlier releases kept none.
  frames: z.array(z.tuple([z.string(), z.number(), z.number(), z.number()])).default([]),
});

const suffix = '.state';
const kinds = { row: 1, mark: 2 } as const;
/** u32 length of the body, u32 CRC-32 of what follows, u8 kind, body; little endian. */
const headBytes = 9;
/** A longer claim is damage. */
const bodyBytesMax = 64 * 1_048_576;
const readBytes = 1_048_576;
/** The event loop has its turn after so much of either. */
const sliceBytes = 262_144;
const sliceMs = 4;
/** A file that has grown by as much as it began with, and by this at least, is followed by a new one. */
const grownBytesMin = 8 * 1_048_576;

/** The file being written. */
interface LogFile {
  readonly handle: FileHandle;
  readonly name: string;
  bytes: number;
  /** Of its first snapshot. */
  wholeBytes: number;
}

/**
 * Snapshots of the city's state, one behind the other in a file: rows, then a mark that makes them count. A file begins
 * with all rows, later snapshots bring those that changed. Writing is off the event loop; a failed or torn write costs the
 * snapshot it belongs to and no earlier one. See `docs/decisions/010-state-snapshots.md`.
 */
export class StateLog {
  readonly #folder: string;
  readonly #records = new Records();
  #file: LogFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The last snapshot, if there is one: its mark, and all rows it and those before it brought, the oldest first.
   * Reads while it is iterated; blocks, for the time before anything else runs.
   */
  load(): { readonly mark: Mark; readonly rows: Iterable<Uint8Array> } | undefined {
    for (const name of this.#names().reverse()) {
      const file = path.join(this.#folder, name);
      const found = lastMark(file);
      if (found !== undefined) return { mark: found.mark, rows: rowsOf(file, found.end) };
    }
    return undefined;
  }

  /** Which rows the next snapshot has to bring. */
  get wants(): 'all' | 'changed' {
    if (this.#file === undefined) return 'all';
    const { bytes, wholeBytes } = this.#file;
    return bytes - wholeBytes > Math.max(wholeBytes, grownBytesMin) ? 'all' : 'changed';
  }

  /**
   * Keeps a snapshot; gives its bytes when it is durable. Rejects where it cannot be written: the next one then has to
   * bring all rows. One at a time.
   * @param rows takes the rows {@link wants} says, slice by slice
   * @param mark asked for when all rows have been taken
   */
  async save(rows: (which: 'all' | 'changed') => Iterable<Uint8Array>, mark: () => Mark): Promise<number> {
    const which = this.wants;
    try {
      const file = which === 'all' || this.#file === undefined ? await this.#newFile() : this.#file;
      const began = file.bytes;
      let sliceEndsMs = performance.now() + sliceMs;
      for (const row of rows(which)) {
        this.#records.add(kinds.row, row);
        if (this.#records.bytes < sliceBytes && performance.now() < sliceEndsMs) continue;
        await this.#write(file);
        sliceEndsMs = performance.now() + sliceMs;
      }
      this.#records.add(kinds.mark, Buffer.from(JSON.stringify(mark())));
      await this.#write(file);
      await file.handle.datasync();
      if (which === 'all') await this.#replaceOthers(file);
      return file.bytes - began;
    } catch (cause) {
      // What of it reached the disk is unknown: this file is written no more, what it holds up to its last mark counts.
      await this.close();
      throw cause;
    }
  }

  async #write(file: LogFile): Promise<void> {
    const records = this.#records.take();
    await file.handle.appendFile(records);
    file.bytes += records.length;
  }

  /** Ends writing; a later snapshot begins a new file. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#records.take();
    // A handle that cannot be closed is none of a file that counts.
    await file?.handle.close().catch(() => {});
  }

  async #newFile(): Promise<LogFile> {
    await this.close();
    const last = Number.parseInt(this.#names().at(-1) ?? '0', 16);
    const name = (last + 1).toString(16).padStart(12, '0') + suffix;
    const handle = await open(path.join(this.#folder, name), 'wx');
    this.#file = { handle, name, bytes: 0, wholeBytes: 0 };
    return this.#file;
  }

  async #replaceOthers(file: LogFile): Promise<void> {
    file.wholeBytes = file.bytes;
    await syncFolder(this.#folder);
    const others = this.#names().filter((name) => name !== file.name);
    await Promise.all(others.map((name) => rm(path.join(this.#folder, name), { force: true })));
  }

  /** The files, the oldest first. */
  #names(): string[] {
    mkdirSync(this.#folder, { recursive: true });
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(suffix))
      .sort();
  }
}

/** Records one behind the other, in one buffer used again and again: garbage of this size makes pauses of its own. */
class Records {
  #buffer = Buffer.alloc(0);
  #end = 0;

  get bytes(): number {
    return this.#end;
  }

  add(kind: number, body: Uint8Array): void {
    const [at, end] = [this.#end, this.#end + headBytes + body.length];
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end);
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#buffer.writeUInt32LE(body.length, at);
    this.#buffer[at + 8] = kind;
    this.#buffer.set(body, at + headBytes);
    this.#buffer.writeUInt32LE(crc32(this.#buffer.subarray(at + 8, end)), at + 4);
    this.#end = end;
  }

  /** All of them, to be used before the next is added. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#end);
    this.#end = 0;
    return taken;
  }
}

interface Read {
  readonly kind: number;
  readonly body: Buffer;
  /** Offset behind it in the file. */
  readonly end: number;
}

/** The record at an offset; undefined where there is none, or not all of it. */
function recordAt(source: Buffer, at: number): (Read & { readonly isWhole: boolean }) | undefined {
  if (source.length - at < headBytes) return undefined;
  const end = at + headBytes + source.readUInt32LE(at);
  if (end > source.length) return undefined;
  const isWhole = crc32(source.subarray(at + 8, end)) === source.readUInt32LE(at + 4);
  return { kind: source[at + 8] ?? 0, body: source.subarray(at + headBytes, end), end, isWhole };
}

/** The records of a file up to its end, or to the first that is torn or damaged; each holds until the next. */
function* recordsIn(file: string): Generator<Read> {
  const fd = openSync(file, 'r');
  try {
    let buffer = Buffer.allocUnsafeSlow(readBytes);
    let [filled, offset] = [0, 0];
    for (;;) {
      let at = 0;
      const held = buffer.subarray(0, filled);
      for (let record = recordAt(held, at); record; record = recordAt(held, at)) {
        if (!record.isWhole) return;
        yield { kind: record.kind, body: record.body, end: offset + record.end };
        at = record.end;
      }
      const wanted = filled - at >= headBytes ? headBytes + held.readUInt32LE(at) : readBytes;
      if (wanted > bodyBytesMax) return;
      const next = wanted > buffer.length ? Buffer.allocUnsafeSlow(wanted) : buffer;
      held.copy(next, 0, at);
      [buffer, filled, offset] = [next, filled - at, offset + at];
      const count = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
      if (count === 0) return;
      filled += count;
    }
  } finally {
    closeSync(fd);
  }
}

function lastMark(file: string): { readonly mark: Mark; readonly end: number } | undefined {
  let found: { readonly text: string; readonly end: number } | undefined;
  for (const { kind, body, end } of recordsIn(file))
    if (kind === kinds.mark) found = { text: body.toString(), end };
  return found && { mark: markSchema.parse(JSON.parse(found.text)), end: found.end };
}

function* rowsOf(file: string, end: number): Generator<Uint8Array> {
  for (const record of recordsIn(file)) {
    if (record.end > end) return;
    if (record.kind === kinds.row) yield record.body;
  }
}
