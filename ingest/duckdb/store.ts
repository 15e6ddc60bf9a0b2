import {
  type Component,
  type Health,
  type Logger,
  messageOf,
  OutageLog,
  type Point,
  type ReplayStore,
  type Retention,
  type Series,
  type SeriesQuery,
  StadtpegelError,
  type TimeSeriesStore,
  type WriteResult,
} from '#core';
import { readHistory } from '../downsample/history.ts';
import { type CounterWraps, neverWraps } from '../downsample/parts.ts';
import type { SummaryStore } from '../downsample/summary-store.ts';
import { keptMs } from '../retention.ts';
import { Turns } from '../turns.ts';
import { batchOf } from './batch.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { DuckDbReplay } from './replay.ts';
import { DuckDbHistory } from './series.ts';
import { DuckDbSummaries, type FileTurns } from './summaries.ts';

const retentionEveryMs = 3_600_000;
const stopped = 'the store is stopped';

export interface DuckDbOptions extends DatabaseOptions {
  /** How long each is kept: a number and `h`, `d` or `w`; `0s` is for ever. */
  readonly retention: Readonly<Record<Retention, string>>;
  readonly log: Logger;
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** Where counters wrap; without it every one that shows less than before has begun again at zero. */
  readonly wrapsAt?: CounterWraps;
}

/**
 * {@link TimeSeriesStore} in a file of its own, for one process. Each write is one transaction, durable when it
 * resolves. Whatever fails, the file is closed and opened again with the next write, so that memory never claims what
 * the disk does not hold.
 */
export class DuckDbStore implements TimeSeriesStore, Component {
  readonly name = 'embedded store';
  readonly #turns: FileTurns = {
    read: (work) => this.#read(work),
    write: (work) => this.#write(work),
  };
  readonly summaries: SummaryStore = new DuckDbSummaries(this.#turns);
  readonly past: ReplayStore = new DuckDbReplay(this.#turns);
  readonly #options: DuckDbOptions;
  readonly #outage: OutageLog;
  #database: Database | undefined;
  #running = false;
  /** Two transactions that change the same row would fail. */
  readonly #writes = new Turns();
  /** Many queries at once would fight for memory, and for the threads the spool needs for its fdatasync. */
  readonly #reads = new Turns();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DuckDbOptions) {
    this.#options = options;
    this.#outage = new OutageLog(options.log, 'embedded store', options.now);
  }

  /** Opens the file and forgets what is too old; a file that cannot be opened does not keep the platform from starting. */
  async start(): Promise<void> {
    this.#running = true;
    await this.#forget();
    this.#timer = setInterval(() => void this.#forget(), retentionEveryMs).unref();
  }

  write(points: readonly Point[]): Promise<WriteResult> {
    return this.#writes.take(async () => {
      let rejected: WriteResult['rejected'] = [];
      const failure = await this.#attempt(async (database) => {
        const batch = batchOf(points, database.catalogue);
        ({ rejected } = batch);
        await database.write(batch);
      });
      if (failure === undefined) return { rejected, keep: [] };
      return { rejected: [], keep: [...points.keys()], keepReason: failure };
    });
  }

  /** One query at a time. @throws `store_unavailable` where the file cannot be read. */
  series(query: SeriesQuery): Promise<Series[]> {
    const { wrapsAt = neverWraps } = this.#options;
    return this.#read((database) => readHistory(new DuckDbHistory(database), query, wrapsAt));
  }

  #read<T>(work: (database: Database) => Promise<T>): Promise<T> {
    return this.#reads.take(async () => {
      try {
        if (!this.#database) throw new Error(this.#outage.reason || stopped);
        return await work(this.#database);
      } catch (cause) {
        throw new StadtpegelError('store_unavailable', `${this.name}: ${messageOf(cause)}`, { cause });
      }
    });
  }

  #write(work: (database: Database) => Promise<void>): Promise<void> {
    return this.#writes.take(async () => {
      const failure = await this.#attempt(work);
      if (failure !== undefined) throw new StadtpegelError('store_unavailable', `${this.name}: ${failure}`);
    });
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'down', detail: reason, sinceMs };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#running = false;
    await this.#writes.take(async () => {
      try {
        await this.#database?.checkpoint();
      } catch (cause) {
        this.#options.log.warn({ reason: messageOf(cause) }, 'embedded store: closed without a checkpoint');
      }
      await this.#close();
    });
  }

  #forget(): Promise<void> {
    const { retention, now } = this.#options;
    return this.#writes.take(async () => {
      await this.#attempt(async (database) => {
        for (const name of ['readings', 'uplinks'] as const) {
          const ms = keptMs(retention[name]);
          if (ms !== undefined) await database.deleteBefore(name, now() - ms);
        }
      });
    });
  }

  /** Does something with the open file; gives the reason where it failed. */
  async #attempt(work: (database: Database) => Promise<void>): Promise<string | undefined> {
    if (!this.#running) return stopped;
    try {
      this.#database ??= await open(this.#options);
      await work(this.#database);
      this.#outage.back();
      return undefined;
    } catch (cause) {
      this.#outage.away(messageOf(cause));
      await this.#close();
      return messageOf(cause);
    }
  }

  // The same file must not be open twice in one process: DuckDB's lock holds off others only.
  async #close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await this.#reads.over();
    database?.close();
  }
}

/** Loads DuckDB only now: it takes 30 MB, which a platform with an InfluxDB never needs. */
async function open(options: DatabaseOptions): Promise<Database> {
  const { Database } = await import('./database.ts');
  return Database.open(options);
}
