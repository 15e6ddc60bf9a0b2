import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Component, type Health, StadtpegelError } from '#core';

/**
 * Holds a data folder for one process. The lock is SQLite's own lock on a small file: the operating system lets go of
 * it when the process ends, however it ends, so there is never a stale one to remove. Whose it is stands in a file beside.
 */
export class DataFolderLock implements Component {
  readonly name = 'data folder';
  readonly #folder: string;
  #database: DatabaseSync | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws `spool_in_use` where another process holds the folder. */
  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    const database = new DatabaseSync(path.join(this.#folder, 'lock.sqlite'), { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      throw new StadtpegelError('spool_in_use', this.#refusal(), { cause });
    }
    this.#database = database;
    writeFileSync(this.#pidFile, `${process.pid}\n`);
  }

  get #pidFile(): string {
    return path.join(this.#folder, 'lock.pid');
  }

  #refusal(): string {
    return (
      `another process${this.#holder()} uses the data folder ${path.resolve(this.#folder)}: ` +
      'stop it, or give this one a folder of its own (STADTPEGEL_DATA_DIR)'
    );
  }

  /** Empty where it cannot be told: for a moment after the lock was taken, the file is missing or an old one. */
  #holder(): string {
    try {
      return ` (pid ${Number.parseInt(readFileSync(this.#pidFile, 'utf8'), 10)})`;
    } catch {
      return '';
    }
  }

  async stop(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
  }

  health(): Health {
    return { status: 'ok' };
  }
}
