import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './spool/segment.ts';

const suffix = '.payload';

/**
 * Payloads of dead letters that are too large for a row of the ledger, each in a file of its own: written once and by
 * the pool of threads, where SQLite would write them twice and hold up the event loop meanwhile. A file is made before
 * the row that names it, and leaves after it: what a crash leaves behind is a file nobody names, never the other way round.
 */
export class LetterFiles {
  readonly #folder: string;
  #removing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
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
   * Writes each to a file of its own and gives their names in the same order; durable when it resolves. What cannot be
   * written altogether leaves nothing behind.
   */
  async write(payloads: readonly Uint8Array[]): Promise<string[]> {
    const written = payloads.map((payload) => ({ name: `${randomUUID()}${suffix}`, payload }));
    const names = written.map(({ name }) => name);
    // All at once: in turn each step would wait for the event loop, which under load takes its time.
    const outcomes = await Promise.allSettled(
      written.map(({ name, payload }) => writeFile(this.pathOf(name), payload, { flag: 'wx', flush: true })),
    );
    try {
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      await syncFolder(this.#folder);
    } catch (cause) {
      this.remove(names);
      throw cause;
    }
    return names;
  }

  /** What the file holds; undefined where it is missing or not of that length. */
  read(name: string, bytes: number): Uint8Array | undefined {
    try {
      const payload = readFileSync(this.pathOf(name));
      return payload.length === bytes ? payload : undefined;
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
