import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createLogger, type Value } from '#core';
import { type CounterWraps, DuckDbStore } from '#ingest';

const retention = { readings: '0s', uplinks: '0s' };
const log = createLogger('silent');

const holdFile = `
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const held = await DuckDBInstance.create(process.argv[1]);
  process.stdout.write('held');
  setInterval(() => held, 60_000);
`;

/** The embedded store and its file, which only one process can have open. */
export class EmbeddedStore {
  readonly #wrapsAt: CounterWraps | undefined;
  #folder = '';
  #store: DuckDbStore | undefined;
  #holder: ChildProcess | undefined;

  constructor(wrapsAt?: CounterWraps) {
    this.#wrapsAt = wrapsAt;
  }

  get #file(): string {
    return path.join(this.#folder, 'readings.duckdb');
  }

  async open(): Promise<DuckDbStore> {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-store-'));
    return this.reopen();
  }

  reopen(): DuckDbStore {
    const memoryBytesMax = 134_217_728;
    this.#store = new DuckDbStore({
      file: this.#file,
      memoryBytesMax,
      retention,
      log,
      now: Date.now,
      ...(this.#wrapsAt && { wrapsAt: this.#wrapsAt }),
    });
    return this.#store;
  }

  /** Read by another program while the store is stopped: what is told is what the file holds. */
  async rows(measurement: string): Promise<Record<string, Value | null>[]> {
    await this.#store?.stop();
    const instance = await DuckDBInstance.create(this.#file, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const result = await connection.runAndReadAll(
      `SELECT s.tags, s.field, s.type, r.time::DOUBLE, r.number, r.text, r.flags
      FROM readings AS r JOIN series AS s ON s.id = r.series WHERE s.measurement = $1 ORDER BY r.time`,
      [measurement],
    );
    connection.closeSync();
    instance.closeSync();
    await this.#store?.start();
    const rows = new Map<string, Record<string, Value | null>>();
    for (const [tags, field, type, time, number, text, flags] of result.getRows()) {
      const key = `${tags} ${time}`;
      const row = rows.get(key) ?? { ...JSON.parse(String(tags)), time: Number(time), flags: String(flags) };
      const value = text === null ? Number(number) : String(text);
      row[String(field)] = type === 'boolean' ? value === 1 : value;
      rows.set(key, row);
    }
    return [...rows.values()];
  }

  /** Another process takes the file. */
  async cut(): Promise<void> {
    await this.#store?.stop();
    const holder = spawn(process.execPath, ['--input-type=module', '-e', holdFile, this.#file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#holder = holder;
    await once(holder.stdout, 'data');
    await this.#store?.start();
  }

  async restore(): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#holder?.once('exit', () => resolve());
    this.#holder?.kill('SIGKILL');
    await ended;
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
