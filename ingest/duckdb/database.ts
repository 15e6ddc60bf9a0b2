import {
  BIGINT,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { Retention, Theme } from '#core';
import { hourMs } from '../downsample/buckets.ts';
import type { DeviceHours } from '../downsample/parts.ts';
import type { Batch, Row, Rows } from './batch.ts';
import type { Catalogue } from './catalogue.ts';
import {
  deleteBefore,
  deleteSummaries,
  forgetReadings,
  prepare,
  seriesColumns,
  seriesRow,
  summaryColumns,
  tables,
} from './schema.ts';

/** Rows of one data chunk: DuckDB's vector size (https://duckdb.org/docs/stable/internals/vector). */
const chunkRowsMax = 2048;

export interface DatabaseOptions {
  readonly file: string;
  readonly memoryBytesMax: number;
}

/** A summary as a row: series, step (ms), time, then each component. */
export type SummaryRow = readonly (number | bigint | null)[];

/** What a query is asked with, by name: whole numbers of 32 bits, of 64, a text or a list of texts. */
export type QueryValues = Readonly<Record<string, number | bigint | string | readonly string[]>>;

/** A row that is there, or may be. */
export interface StoredRow {
  readonly retention: Retention;
  readonly series: number;
  readonly timeMs: number;
}

/** An open database file. After a failure nothing of it can be relied on: close it and open another. */
export class Database {
  readonly catalogue: Catalogue;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, catalogue: Catalogue) {
    this.#instance = instance;
    this.#connection = connection;
    this.catalogue = catalogue;
  }

  /** @throws where the file cannot be read or written, or another process holds it. */
  static async open({ file, memoryBytesMax }: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(file, {
      threads: '1',
      memory_limit: `${memoryBytesMax}B`,
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      const connection = await instance.connect();
      return new Database(instance, connection, await prepare(connection));
    } catch (cause) {
      instance.closeSync();
      throw cause;
    }
  }

  /** Stores a batch, all of it or nothing; durable when it resolves. */
  async write(batch: Batch): Promise<void> {
    await this.#connection.run('BEGIN');
    await this.#writeBatch(batch);
    await this.#connection.run('COMMIT');
  }

  /** Deletes rows and then stores a batch, all of it or nothing; durable when it resolves. */
  async replace(gone: readonly StoredRow[], batch: Batch): Promise<void> {
    await this.#connection.run('BEGIN');
    for (const retention of ['readings', 'uplinks'] as const) {
      await this.#deleteRows(
        retention,
        gone.filter((row) => row.retention === retention),
      );
    }
    await this.#writeBatch(batch);
    await this.#connection.run('COMMIT');
  }

  async #deleteRows(retention: Retention, gone: readonly StoredRow[]): Promise<void> {
    if (gone.length === 0) return;
    const { waiting, columns, remove } = tables[retention];
    const nothing = Array.from({ length: columns.length - 2 }, () => null);
    const rows = gone.map(({ series, timeMs }): Row => ({ series, timeMs, cells: nothing }));
    await this.#append(waiting, columns, rows.map(valuesOf));
    await this.#connection.run(remove, spanOf(rows), [BIGINT, BIGINT]);
    await this.#connection.run(`DELETE FROM ${waiting}`);
  }

  async #writeBatch({ series, rows }: Batch): Promise<void> {
    await this.#append('series', seriesColumns, series.map(seriesRow));
    await this.#writeRows('readings', rows.readings);
    await this.#writeRows('uplinks', rows.uplinks);
  }

  async #writeRows(retention: Retention, { fresh, late }: Rows): Promise<void> {
    const { name, waiting, columns, update, insert } = tables[retention];
    await this.#append(name, columns, fresh.map(valuesOf));
    if (late.length === 0) return;
    const span = spanOf(late);
    await this.#append(waiting, columns, late.map(valuesOf));
    await this.#connection.run(update, span, [BIGINT, BIGINT]);
    await this.#connection.run(insert, span, [BIGINT, BIGINT]);
    await this.#connection.run(`DELETE FROM ${waiting}`);
  }

  async #append(table: string, types: readonly DuckDBType[], rows: readonly DuckDBValue[][]): Promise<void> {
    if (rows.length === 0) return;
    const appender = await this.#connection.createAppender(table);
    for (let from = 0; from < rows.length; from += chunkRowsMax) {
      const chunk = DuckDBDataChunk.create(types);
      chunk.setRows(rows.slice(from, from + chunkRowsMax));
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  /** Forgets the rows of a retention that are older than `timeMs`. */
  async deleteBefore(retention: Retention, timeMs: number): Promise<void> {
    await this.#connection.run(deleteBefore[retention], [BigInt(timeMs)], [BIGINT]);
  }

  /** Replaces the summaries of some devices and an hour, all of them or none; durable when it resolves. */
  async replaceSummaries(
    { theme, hourMs: hour, devices }: DeviceHours,
    rows: readonly SummaryRow[],
  ): Promise<void> {
    await this.#connection.run('BEGIN');
    await this.#connection.run(
      deleteSummaries,
      { theme, devices: listValue([...devices]), from: BigInt(hour), to: BigInt(hour + hourMs) },
      { theme: VARCHAR, devices: LIST(VARCHAR), from: BIGINT, to: BIGINT },
    );
    await this.#append(
      'summaries',
      summaryColumns,
      rows.map((row) => [...row]),
    );
    await this.#connection.run('COMMIT');
  }

  async declareSummarised(untilMs: number): Promise<void> {
    await this.#connection.run('BEGIN');
    await this.#connection.run('DELETE FROM downsampling');
    await this.#connection.run('INSERT INTO downsampling VALUES ($1)', [BigInt(untilMs)], [BIGINT]);
    await this.#connection.run('COMMIT');
  }

  /** Deletes a theme's readings that are older than `beforeMs`. */
  async forgetReadings(theme: Theme, beforeMs: number): Promise<void> {
    const values = { theme, before: BigInt(Math.trunc(beforeMs)) };
    await this.#connection.run(forgetReadings, values, { theme: VARCHAR, before: BIGINT });
  }

  /** Runs a query on a connection of its own, beside what is being written; gives its rows, a chunk at a time. */
  async *query(text: string, values: QueryValues): AsyncGenerator<DuckDBValue[][]> {
    const connection = await this.#instance.connect();
    try {
      const result = await connection.stream(text, ...bound(values));
      yield* result.yieldRows();
    } finally {
      connection.closeSync();
    }
  }

  /** Moves what is in the log to the file, off the event loop, so that closing has nothing left to do. */
  async checkpoint(): Promise<void> {
    await this.#connection.run('CHECKPOINT');
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** Values as DuckDB takes them, and their types: it would take a bigint for one of 128 bits. */
function bound(values: QueryValues): [Record<string, DuckDBValue>, Record<string, DuckDBType>] {
  const bare: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const [name, value] of Object.entries(values)) {
    bare[name] = typeof value === 'object' ? listValue([...value]) : value;
    types[name] = typeOf(value);
  }
  return [bare, types];
}

function typeOf(value: QueryValues[string]): DuckDBType {
  if (typeof value === 'bigint') return BIGINT;
  if (typeof value === 'number') return INTEGER;
  return typeof value === 'string' ? VARCHAR : LIST(VARCHAR);
}

/** The earliest and the latest time of some rows. */
function spanOf(rows: readonly Row[]): bigint[] {
  const first = rows.reduce((min, { timeMs }) => Math.min(min, timeMs), Number.POSITIVE_INFINITY);
  const last = rows.reduce((max, { timeMs }) => Math.max(max, timeMs), Number.NEGATIVE_INFINITY);
  return [BigInt(first), BigInt(last)];
}

function valuesOf({ series, timeMs, cells }: Row): DuckDBValue[] {
  return [series, BigInt(timeMs), ...cells];
}
