import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Component, type Health, type Point, type Theme, themes } from '#core';
import { hourMs } from './buckets.ts';
import type { DeviceHours } from './parts.ts';
import type { Heard } from './summary-store.ts';

/** Marks in memory: beyond so many they are written down at once, and those written down forgotten here. */
const marksInMemoryMax = 200_000;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS dirty (
    hour_ms INTEGER NOT NULL,
    theme TEXT NOT NULL,
    device TEXT NOT NULL,
    mark INTEGER NOT NULL,
    PRIMARY KEY (hour_ms, theme, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gone (theme TEXT PRIMARY KEY, before_ms INTEGER NOT NULL) STRICT;
`;

/** Where a look through the marks has come to; undefined at their beginning. */
export type Place = readonly [hourMs: number, theme: string, device: string] | undefined;

/** Some marks of one hour and theme, in work. */
export interface Taken extends DeviceHours {
  readonly place: Place;
  /** The newest mark when they were taken: what is marked later stays. */
  readonly mark: number;
}

/**
 * Which devices have readings of which hours that are not summed up yet, durable in an SQLite file of its own. A device
 * is marked once per hour however much it sends: what is written down already is known here, until the job takes it.
 */
export class DirtyBuckets implements Component {
  readonly name = 'dirty buckets';
  readonly #folder: string;
  #database: DatabaseSync | undefined;
  #put: StatementSync | undefined;
  /** Hour → theme → devices: to be written down, and written down. */
  #fresh = new Marks();
  #known = new Marks();
  /** Each flush has a mark of its own, so that marks that come while the job works are told from those it has taken. */
  #mark = 0;
  /** Per theme the time before which readings are deleted. */
  readonly #gone = new Map<string, number>();
  /** Whoever wants to know of marks older than that, once. */
  #watched: { readonly untilMs: number; readonly onOlder: () => void } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    this.#database = new DatabaseSync(path.join(this.#folder, 'downsampling.sqlite'));
    this.#database.exec(schema);
    this.#put = this.#database.prepare(
      `INSERT INTO dirty (hour_ms, theme, device, mark) VALUES (?, ?, ?, ?)
       ON CONFLICT (hour_ms, theme, device) DO UPDATE SET mark = excluded.mark`,
    );
    for (const row of this.#open.prepare('SELECT theme, before_ms FROM gone').all())
      this.#gone.set(String(row.theme), Number(row.before_ms));
    this.#mark = Number(this.#open.prepare('SELECT MAX(mark) AS mark FROM dirty').get()?.mark ?? 0);
  }

  get #open(): DatabaseSync {
    if (!this.#database) throw new Error('the dirty buckets are not open');
    return this.#database;
  }

  /** Remembers which hours points that the store has taken belong to; durable with the next {@link flush}. */
  mark(points: readonly Pick<Point, 'retention' | 'measurement' | 'tags' | 'time'>[]): void {
    for (const { retention, measurement, tags, time } of points) {
      const { device } = tags;
      if (retention === 'readings' && device !== undefined) this.#markOne(time, measurement, device);
    }
    if (this.#fresh.size > marksInMemoryMax) this.flush();
  }

  /** Marks whole hours, also those whose readings were deleted. */
  markAll(heard: readonly Heard[]): void {
    for (const { theme, device, hourMs: hour } of heard) this.#markOne(hour, theme, device);
    if (this.#fresh.size > marksInMemoryMax) this.flush();
  }

  #markOne(timeMs: number, theme: string, device: string): void {
    const hour = Math.floor(timeMs / hourMs) * hourMs;
    if (this.#known.has(hour, theme, device)) return;
    if (hour < (this.#gone.get(theme) ?? Number.NEGATIVE_INFINITY)) return;
    this.#fresh.add(hour, theme, device);
    if (this.#watched === undefined || hour >= this.#watched.untilMs) return;
    const { onOlder } = this.#watched;
    this.#watched = undefined;
    onOlder();
  }

  /** Calls back, once, at the next mark of an hour before `untilMs`; replaces what was watched for before. */
  watch(untilMs: number, onOlder: () => void): void {
    this.#watched = { untilMs, onOlder };
  }

  /** What was marked is durable when it returns; does nothing where there is nothing new. */
  flush(): void {
    if (this.#fresh.size === 0) return;
    const put = this.#put;
    this.#mark++;
    this.#open.exec('BEGIN IMMEDIATE');
    try {
      for (const [hour, theme, device] of this.#fresh) put?.run(hour, theme, device, this.#mark);
      this.#open.exec('COMMIT');
    } catch (cause) {
      this.#open.exec('ROLLBACK');
      throw cause;
    }
    if (this.#known.size > marksInMemoryMax) this.#known = new Marks();
    for (const [hour, theme, device] of this.#fresh) this.#known.add(hour, theme, device);
    this.#fresh = new Marks();
  }

  /** The next devices of one hour and theme behind a place, oldest hours first; undefined where there are none. */
  take(after: Place, endMs: number, devicesMax: number): Taken | undefined {
    this.flush();
    const rows = this.#open
      .prepare(
        `SELECT hour_ms, theme, device FROM dirty WHERE (hour_ms, theme, device) > (?, ?, ?) AND hour_ms < ?
         ORDER BY hour_ms, theme, device LIMIT ?`,
      )
      .all(...(after ?? [Number.MIN_SAFE_INTEGER, '', '']), endMs, devicesMax)
      .map((row) => [Number(row.hour_ms), String(row.theme), String(row.device)] as const);
    const [first] = rows;
    if (!first) return undefined;
    const same = rows.filter(([hour, theme]) => hour === first[0] && theme === first[1]);
    const devices = same.map(([, , device]) => device);
    for (const place of same) this.#known.delete(...place);
    const theme = themes.find((one) => one === first[1]);
    // A theme there is no more, or never was: nothing can be asked about it.
    if (theme === undefined) {
      this.#remove(first[0], first[1], devices, this.#mark);
      return this.take(same.at(-1), endMs, devicesMax);
    }
    return { hourMs: first[0], theme, devices, place: same.at(-1), mark: this.#mark };
  }

  /** These are summed up; those that were marked again meanwhile stay. */
  done({ hourMs: hour, theme, devices, mark }: Taken): void {
    this.#remove(hour, theme, devices, mark);
  }

  #remove(hour: number, theme: string, devices: readonly string[], mark: number): void {
    this.#open
      .prepare(
        `DELETE FROM dirty WHERE hour_ms = ? AND theme = ? AND mark <= ?
         AND device IN (SELECT value FROM json_each(?))`,
      )
      .run(hour, theme, mark, JSON.stringify(devices));
  }

  /**
   * From now on a theme's hours before that do not wait, and are not marked: their readings are deleted, and a late one
   * must not take the place of what was made of all of them. Durable when it returns.
   */
  drop(theme: Theme, beforeMs: number): void {
    const before = Math.ceil(beforeMs / hourMs) * hourMs;
    if (before <= (this.#gone.get(theme) ?? Number.NEGATIVE_INFINITY)) return;
    this.flush();
    this.#open.prepare('INSERT OR REPLACE INTO gone (theme, before_ms) VALUES (?, ?)').run(theme, before);
    this.#open.prepare('DELETE FROM dirty WHERE theme = ? AND hour_ms < ?').run(theme, before);
    this.#gone.set(theme, before);
  }

  /** Start of the oldest hour that waits, ms UTC. */
  oldestMs(): number | undefined {
    const hour = this.#database?.prepare('SELECT MIN(hour_ms) AS hour FROM dirty').get()?.hour;
    const hours = [...this.#fresh.hours(), ...(typeof hour === 'number' ? [hour] : [])];
    return hours.length === 0 ? undefined : Math.min(...hours);
  }

  /** How many devices' hours wait. */
  get waiting(): number {
    const count = this.#database?.prepare('SELECT COUNT(*) AS count FROM dirty').get()?.count;
    return Number(count ?? 0) + this.#fresh.size;
  }

  health(): Health {
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    if (this.#database) this.flush();
    this.#database?.close();
    this.#database = undefined;
  }
}

/** A set of hours, themes and devices. */
class Marks {
  readonly #hours = new Map<number, Map<string, Set<string>>>();
  size = 0;

  hours(): Iterable<number> {
    return this.#hours.keys();
  }

  has(hour: number, theme: string, device: string): boolean {
    return this.#hours.get(hour)?.get(theme)?.has(device) === true;
  }

  add(hour: number, theme: string, device: string): void {
    const ofHour = this.#hours.get(hour) ?? new Map<string, Set<string>>();
    const devices = ofHour.get(theme) ?? new Set<string>();
    if (devices.has(device)) return;
    devices.add(device);
    ofHour.set(theme, devices);
    this.#hours.set(hour, ofHour);
    this.size++;
  }

  delete(hour: number, theme: string, device: string): void {
    const ofHour = this.#hours.get(hour);
    if (!ofHour?.get(theme)?.delete(device)) return;
    this.size--;
    if (ofHour.get(theme)?.size === 0) ofHour.delete(theme);
    if (ofHour.size === 0) this.#hours.delete(hour);
  }

  *[Symbol.iterator](): Generator<[hour: number, theme: string, device: string]> {
    for (const [hour, ofHour] of this.#hours) {
      for (const [theme, devices] of ofHour) {
        for (const device of devices) yield [hour, theme, device];
      }
    }
  }
}
