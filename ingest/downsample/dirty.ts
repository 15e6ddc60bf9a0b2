import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { type Component, type Health, type Point, type Theme, themes } from '#core';
import { hourMs } from './buckets.ts';
import type { DeviceHours } from './parts.ts';
import type { Heard } from './summary-store.ts';

/** Marks in memory: beyond so many, those written down are forgotten here. */
const marksInMemoryMax = 200_000;
/** So many are written down at once, in some milliseconds. */
const pieceMarks = 5000;
/** So many are unpacked at once, in some milliseconds. */
const sliceMarks = 4000;

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
  CREATE TABLE IF NOT EXISTS packed (
    id INTEGER PRIMARY KEY,
    hour_ms INTEGER NOT NULL,
    theme TEXT NOT NULL,
    mark INTEGER NOT NULL,
    count INTEGER NOT NULL,
    devices TEXT NOT NULL
  ) STRICT;
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
 * When an hour begins every device is marked within seconds, and has to be durable before their messages are confirmed: so
 * marks are written down as lists, one row for many, and get rows of their own when the job comes to their hour.
 */
export class DirtyBuckets implements Component {
  readonly name = 'dirty buckets';
  readonly #folder: string;
  #database: DatabaseSync | undefined;
  #put: StatementSync | undefined;
  /** Hour → theme → devices: to be written down, and written down. */
  #fresh = new Marks();
  #known = new Marks();
  #flushAtMarks = pieceMarks;
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
      'INSERT INTO packed (hour_ms, theme, mark, count, devices) VALUES (?, ?, ?, ?, ?)',
    );
    for (const row of this.#open.prepare('SELECT theme, before_ms FROM gone').all())
      this.#gone.set(String(row.theme), Number(row.before_ms));
    const marks = 'SELECT MAX(mark) AS mark FROM (SELECT mark FROM dirty UNION ALL SELECT mark FROM packed)';
    this.#mark = Number(this.#open.prepare(marks).get()?.mark ?? 0);
  }

  get #open(): DatabaseSync {
    if (!this.#database) throw new Error('the dirty buckets are not open');
    return this.#database;
  }

  /** Remembers which hours points that the store has taken belong to; durable with the next {@link flush}, or before. */
  mark(points: readonly Pick<Point, 'retention' | 'measurement' | 'tags' | 'time'>[]): void {
    for (const { retention, measurement, tags, time } of points) {
      const { device } = tags;
      if (retention === 'readings' && device !== undefined) this.#markOne(time, measurement, device);
    }
    if (this.#fresh.size >= this.#flushAtMarks) this.#flushPiece();
  }

  /** What cannot be written down now waits: before its messages are confirmed it is tried again, and has to be. */
  #flushPiece(): void {
    try {
      this.flush();
    } catch (cause) {
      if (this.#fresh.size > marksInMemoryMax) throw cause;
      this.#flushAtMarks = this.#fresh.size + pieceMarks;
    }
  }

  /** Marks whole hours, also those whose readings were deleted; others have their turn in between. */
  async markAll(heard: readonly Heard[]): Promise<void> {
    for (const { theme, device, hourMs: hour } of heard) {
      this.#markOne(hour, theme, device);
      if (this.#fresh.size < pieceMarks) continue;
      this.flush();
      await setImmediate();
    }
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
      for (const [hour, theme, devices] of this.#fresh.all())
        put?.run(hour, theme, this.#mark, devices.size, JSON.stringify([...devices]));
      this.#open.exec('COMMIT');
    } catch (cause) {
      this.#open.exec('ROLLBACK');
      throw cause;
    }
    if (this.#known.size > marksInMemoryMax) this.#known = new Marks();
    for (const [hour, theme, devices] of this.#fresh.all())
      for (const device of devices) this.#known.add(hour, theme, device);
    this.#fresh = new Marks();
    this.#flushAtMarks = pieceMarks;
  }

  /**
   * Does before {@link take} what it else does itself: with very many marks it takes a while, in which others have their turn.
   * One at a time, and not beside `take`.
   */
  async unpack(endMs: number): Promise<void> {
    this.flush();
    for (const _ of this.#unpacking(endMs)) await setImmediate();
  }

  /** Gives each device of packed marks a row, the oldest hours first, slice by slice. Begun again it does no harm. */
  *#unpacking(endMs: number): Generator<void> {
    const database = this.#open;
    const next = database.prepare(
      'SELECT hour_ms, theme FROM packed WHERE hour_ms < ? ORDER BY hour_ms, theme LIMIT 1',
    );
    // `WHERE true`: else `ON` is read as part of a join (https://www.sqlite.org/lang_upsert.html#parsing_ambiguity).
    const put = database.prepare(
      `INSERT INTO dirty (hour_ms, theme, device, mark) SELECT ?, ?, value, ? FROM json_each(?) WHERE true
       ON CONFLICT (hour_ms, theme, device) DO UPDATE SET mark = excluded.mark`,
    );
    for (let row = next.get(endMs); row; row = next.get(endMs)) {
      const [hour, theme] = [Number(row.hour_ms), String(row.theme)];
      const { devices, mark, lastId } = this.#packed(hour, theme);
      for (let at = 0; at < devices.length; at += sliceMarks) {
        put.run(hour, theme, mark, JSON.stringify(devices.slice(at, at + sliceMarks)));
        yield;
      }
      database
        .prepare('DELETE FROM packed WHERE hour_ms = ? AND theme = ? AND id <= ?')
        .run(hour, theme, lastId);
    }
  }

  /** In the order of the table's key: rows that lie together are written in a fraction of the time. */
  #packed(hour: number, theme: string): { devices: string[]; mark: number; lastId: number } {
    const packs = this.#open
      .prepare('SELECT id, mark, devices FROM packed WHERE hour_ms = ? AND theme = ? ORDER BY id')
      .all(hour, theme);
    const devices = new Set<string>();
    for (const pack of packs) for (const device of namesIn(String(pack.devices))) devices.add(device);
    const last = packs.at(-1);
    return { devices: [...devices].sort(), mark: Number(last?.mark ?? 0), lastId: Number(last?.id ?? 0) };
  }

  /** The next devices of one hour and theme behind a place, oldest hours first; undefined where there are none. */
  take(after: Place, endMs: number, devicesMax: number): Taken | undefined {
    this.flush();
    // All at once: it mostly has been done before, see `unpack`.
    for (const _ of this.#unpacking(endMs));
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
    for (const table of ['dirty', 'packed'])
      this.#open.prepare(`DELETE FROM ${table} WHERE theme = ? AND hour_ms < ?`).run(theme, before);
    this.#gone.set(theme, before);
  }

  /** Start of the oldest hour that waits, ms UTC. */
  oldestMs(): number | undefined {
    const hours = [...this.#fresh.hours()];
    for (const table of ['dirty', 'packed']) {
      const hour = this.#database?.prepare(`SELECT MIN(hour_ms) AS hour FROM ${table}`).get()?.hour;
      if (typeof hour === 'number') hours.push(hour);
    }
    return hours.length === 0 ? undefined : Math.min(...hours);
  }

  /** How many devices' hours wait; one that was marked again while it waited may count twice. */
  get waiting(): number {
    const counts = 'SELECT (SELECT COUNT(*) FROM dirty) + (SELECT TOTAL(count) FROM packed) AS count';
    return Number(this.#database?.prepare(counts).get()?.count ?? 0) + this.#fresh.size;
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

/** Of a list written down by ourselves. */
function namesIn(json: string): readonly string[] {
  return JSON.parse(json) as readonly string[];
}

/** A set of hours, themes and devices. */
class Marks {
  readonly #hours = new Map<number, Map<string, Set<string>>>();
  /** Of the hour and theme asked for last: points come in batches of few of them. */
  #last: { readonly hour: number; readonly theme: string; readonly devices: Set<string> } | undefined;
  size = 0;

  hours(): Iterable<number> {
    return this.#hours.keys();
  }

  #devicesOf(hour: number, theme: string): Set<string> | undefined {
    if (this.#last?.hour === hour && this.#last.theme === theme) return this.#last.devices;
    const devices = this.#hours.get(hour)?.get(theme);
    if (devices !== undefined) this.#last = { hour, theme, devices };
    return devices;
  }

  has(hour: number, theme: string, device: string): boolean {
    return this.#devicesOf(hour, theme)?.has(device) === true;
  }

  add(hour: number, theme: string, device: string): void {
    const devices = this.#devicesOf(hour, theme) ?? this.#begun(hour, theme);
    if (devices.has(device)) return;
    devices.add(device);
    this.size++;
  }

  #begun(hour: number, theme: string): Set<string> {
    const ofHour = this.#hours.get(hour) ?? new Map<string, Set<string>>();
    const devices = new Set<string>();
    this.#hours.set(hour, ofHour.set(theme, devices));
    return devices;
  }

  delete(hour: number, theme: string, device: string): void {
    const ofHour = this.#hours.get(hour);
    if (!ofHour?.get(theme)?.delete(device)) return;
    this.size--;
    this.#last = undefined;
    if (ofHour.get(theme)?.size === 0) ofHour.delete(theme);
    if (ofHour.size === 0) this.#hours.delete(hour);
  }

  *all(): Generator<[hour: number, theme: string, devices: ReadonlySet<string>]> {
    for (const [hour, ofHour] of this.#hours)
      for (const [theme, devices] of ofHour) yield [hour, theme, devices];
  }
}
