import {
  type Component,
  type Health,
  type Logger,
  messageOf,
  OutageLog,
  type Point,
  type Retention,
  type Series,
  type SeriesQuery,
  StadtpegelError,
  type TimeSeriesStore,
  type WriteResult,
} from '#core';
import { batchOf } from './batch.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { keptMs } from './retention.ts';
import { readSeries } from './series.ts';

const retentionEveryMs = 3_600_000;

export interface DuckDbOptions extends DatabaseOptions {
  /** How long each is kept: a number and `h`, `d` or `w`; `0s` is for ever. */
  readonly retention: Readonly<Record<Retention, string>>;
  readonly log: Logger;
  /** Milliseconds UTC. */
  readonly now: () => number;
}

/**
 * {@link TimeSeriesStore} in a file of its own, for one process. Each write is one transaction, durable when it
 * resolves. Whatever fails, the file is closed and opened again with the next write, so that memory never claims what
 * the disk does not hold.
 */
export class DuckDbStore implements TimeSeriesStore, Component {
  readonly name = 'embedded store';
  readonly #options: DuckDbOptions;
  readonly #outage: OutageLog;
  readonly #readers = new Set<Promise<unknown>>();
  #database: Database | undefined;
  #running = false;
  #last: Promise<unknown> = Promise.resolve();
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
    return this.#alone(async () => {
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

  /** @throws `store_unavailable` where the file cannot be read. */
  async series(query: SeriesQuery): Promise<Series[]> {
    if (!this.#database)
      throw new StadtpegelError('store_unavailable', `${this.name}: ${this.#outage.reason}`);
    const reading = readSeries(this.#database, query);
    this.#readers.add(reading);
    try {
      return await reading;
    } catch (cause) {
      throw new StadtpegelError('store_unavailable', `${this.name}: ${messageOf(cause)}`, { cause });
    } finally {
      this.#readers.delete(reading);
    }
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'down', detail: reason, sinceMs };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#running = false;
    await this.#alone(async () => {
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
    return this.#alone(async () => {
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
    if (!this.#running) return 'the store is stopped';
    try {
      this.#database ??= await Database.open(this.#options);
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
    await Promise.allSettled(this.#readers);
    database?.close();
  }

  /** One at a time: two transactions that change the same row would fail. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
