import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Component, type Health, StadtpegelError } from '#core';

/**
 * Holds a data folder for one process. The lock is SQLite's own lock on a small file: the operating system lets go of
 * it when the process ends, however it ends, so there is never a stale one to remove.
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
      throw new StadtpegelError('spool_in_use', `another process uses the data folder ${this.#folder}`, {
        cause,
      });
    }
    this.#database = database;
  }

  async stop(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
  }

  health(): Health {
    return { status: 'ok' };
  }
}
