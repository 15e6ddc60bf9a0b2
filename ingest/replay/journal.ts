import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Point, PointId, ReplayCounts, ReplayRequest, ReplayStatus } from '#core';
import { sumOf } from './tally.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS device (name TEXT PRIMARY KEY, next_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS step (id INTEGER PRIMARY KEY CHECK (id = 1), step TEXT NOT NULL) STRICT;
`;

/** A replay as it is kept: all of its status but what is true of the moment only. */
export type Job = Omit<ReplayStatus, 'uplinksPerS' | 'waitsFor'>;

/** What one slice changes in the store, and what the job is to remember when that is done. */
export interface Step {
  readonly device: string;
  readonly gone: readonly PointId[];
  readonly points: readonly Point[];
  /** Where the device's next slice begins; null where it has none. */
  readonly nextMs: number | null;
  readonly uplinks: number;
  readonly counts: readonly ReplayCounts[];
}

/**
 * How far the replay has come, durable in an SQLite file of its own. Before the store is touched, a step is written down
 * with all it deletes and writes: after a crash it is carried out again as it stands, whatever the store holds by then.
 */
export class Journal {
  readonly #folder: string;
  #database: DatabaseSync | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(): void {
    mkdirSync(this.#folder, { recursive: true });
    this.#database = new DatabaseSync(path.join(this.#folder, 'replay.sqlite'));
    this.#database.exec(schema);
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  get #open(): DatabaseSync {
    if (!this.#database) throw new Error('the replay’s journal is not open');
    return this.#database;
  }

  /** Begins a job in place of the one before. */
  begin(
    request: ReplayRequest,
    startedAtMs: number,
    devices: readonly { readonly device: string; readonly uplinks: number }[],
    notes: readonly string[],
  ): void {
    const uplinksTotal = devices.reduce((sum, { uplinks }) => sum + uplinks, 0);
    const facts = {
      request,
      state: 'running',
      startedAtMs,
      uplinksTotal,
      uplinksDone: 0,
      notes,
      profiles: [],
    };
    this.#transaction((database) => {
      database.exec('DELETE FROM job; DELETE FROM device; DELETE FROM step');
      database.prepare('INSERT INTO job (facts) VALUES (?)').run(JSON.stringify(facts));
      const put = database.prepare('INSERT INTO device (name, next_ms) VALUES (?, ?)');
      for (const { device } of devices) put.run(device, request.fromMs);
    });
  }

  /** The last job; undefined where there was none. */
  last(): Job | undefined {
    const row = this.#database?.prepare('SELECT id, facts FROM job').get();
    return row && { id: Number(row.id), ...JSON.parse(String(row.facts)) };
  }

  /** The same where there is one for certain. */
  job(): Job {
    const job = this.last();
    if (!job) throw new Error('there is no replay');
    return job;
  }

  update(changes: Partial<Job>): void {
    const { id: _, ...facts } = { ...this.job(), ...changes };
    this.#open.prepare('UPDATE job SET facts = ?').run(JSON.stringify(facts));
  }

  /** The device in work, and where its next slice begins; undefined where all are done. */
  next(): { device: string; fromMs: number } | undefined {
    const row = this.#open.prepare('SELECT name, next_ms FROM device ORDER BY name LIMIT 1').get();
    return row && { device: String(row.name), fromMs: Number(row.next_ms) };
  }

  /** Durable when it returns. */
  intend(step: Step): void {
    this.#open.prepare('INSERT OR REPLACE INTO step (id, step) VALUES (1, ?)').run(JSON.stringify(step));
  }

  /** The step that was begun and is not done for certain. */
  intended(): Step | undefined {
    const row = this.#open.prepare('SELECT step FROM step').get();
    return row && JSON.parse(String(row.step));
  }

  /** The step is done. */
  done({ device, nextMs, uplinks, counts }: Step): void {
    this.#transaction((database) => {
      database.exec('DELETE FROM step');
      if (nextMs === null) database.prepare('DELETE FROM device WHERE name = ?').run(device);
      else database.prepare('UPDATE device SET next_ms = ? WHERE name = ?').run(nextMs, device);
      const { uplinksDone, profiles } = this.job();
      this.update({ uplinksDone: uplinksDone + uplinks, profiles: sumOf(profiles, counts) });
    });
  }

  #transaction(work: (database: DatabaseSync) => void): void {
    const database = this.#open;
    database.exec('BEGIN IMMEDIATE');
    try {
      work(database);
      database.exec('COMMIT');
    } catch (cause) {
      database.exec('ROLLBACK');
      throw cause;
    }
  }
}
