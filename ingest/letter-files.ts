import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './spool/segment.ts';

const suffix = '.payload';

/** Where a payload lies. */
export interface FilePart {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Payloads of dead letters that are too large for a row of the ledger, in files: written once and by the pool of
 * threads, where SQLite would write them twice and hold up the event loop meanwhile. Those that are written together share
 * files: each file costs a sync of its own. A file is made before the rows that name it, and leaves after the last of them:
 * what a crash leaves behind is a file nobody names, never the other way round.
 */
export class LetterFiles {
  readonly #folder: string;
  readonly #fileBytesMax: number;
  #removing: Promise<void> = Promise.resolve();

  /** @param fileBytesMax a file takes no more payloads beyond it; one that is larger has a file of its own */
  constructor(folder: string, fileBytesMax: number) {
    this.#folder = folder;
    this.#fileBytesMax = fileBytesMax;
  }

  /** Makes the folder, and removes files that are not named here. Gives the names there is no file of. */
  async open(named: ReadonlySet<string>): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true });
    await syncFolder(path.dirname(this.#folder));
    const found = new Set(readdirSync(this.#folder).filter((name) => name.endsWith(suffix)));
    this.remove([...found].filter((name) => !named.has(name)));
    return [...named].filter((name) => !found.has(name));
  }

  /** Where the file of that name is, or should be. */
  pathOf(name: string): string {
    return path.join(this.#folder, name);
  }

  /**
   * Writes them and tells in the same order where each lies; durable when it resolves. What cannot be written altogether
   * leaves nothing behind.
   */
  async write(payloads: readonly Uint8Array[]): Promise<FilePart[]> {
    const files = this.#share(payloads);
    // All at once: in turn each step would wait for the event loop, which under load takes its time.
    const outcomes = await Promise.allSettled(
      files.map(({ name, payloads: own }) => writeFile(this.pathOf(name), own)),
    );
    try {
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      await syncFolder(this.#folder);
    } catch (cause) {
      this.remove(files.map(({ name }) => name));
      throw cause;
    }
    return files.flatMap(partsOf);
  }

  /** Which payloads share a file. */
  #share(payloads: readonly Uint8Array[]): NewFile[] {
    const files: { name: string; payloads: Uint8Array[]; bytes: number }[] = [];
    for (const payload of payloads) {
      const last = files.at(-1);
      if (last && last.bytes + payload.length <= this.#fileBytesMax) {
        last.payloads.push(payload);
        last.bytes += payload.length;
      } else files.push({ name: `${randomUUID()}${suffix}`, payloads: [payload], bytes: payload.length });
    }
    return files;
  }

  /** What lies there; undefined where the file is missing or ends before. */
  read({ name, offset, bytes }: FilePart): Uint8Array | undefined {
    try {
      const file = openSync(this.pathOf(name), 'r');
      try {
        const payload = Buffer.alloc(bytes);
        return readSync(file, payload, 0, bytes, offset) === bytes ? payload : undefined;
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** Removes them, off the event loop. What cannot be removed is nobody's, and goes with the next start. */
  remove(names: readonly string[]): void {
    this.#removing = this.#removing.then(async () => {
      for (const name of names) await rm(this.pathOf(name), { force: true }).catch(() => undefined);
    });
  }

  /** Resolves when all that is to be removed is. */
  async close(): Promise<void> {
    await this.#removing;
  }
}

interface NewFile {
  readonly name: string;
  readonly payloads: readonly Uint8Array[];
}

function partsOf({ name, payloads }: NewFile): FilePart[] {
  let offset = 0;
  return payloads.map(({ length: bytes }) => {
    const part = { name, offset, bytes };
    offset += bytes;
    return part;
  });
}

/** Writes a new file and waits until the disk has it. */
async function writeFile(file: string, payloads: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await writeAll(handle, payloads);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A full disk takes part of a write without an error; only the next one is refused. */
async function writeAll(handle: FileHandle, payloads: readonly Uint8Array[]): Promise<void> {
  for (let left = payloads.filter(({ length }) => length > 0); left.length > 0; ) {
    let { bytesWritten } = await handle.writev(left);
    if (bytesWritten === 0) throw new Error('the disk takes no more');
    left = left.flatMap((payload) => {
      const from = Math.min(bytesWritten, payload.length);
      bytesWritten -= from;
      return from < payload.length ? [payload.subarray(from)] : [];
    });
  }
}
