import { type Theme, themes } from '#core';
import { components } from '../downsample/aggregate.ts';
import type { DeviceHours, ReadingSeries, StoredPart } from '../downsample/parts.ts';
import type { Heard, SummaryStore } from '../downsample/summary-store.ts';
import type { Database, SummaryRow } from './database.ts';
import { readingsOfDevices, summarisedUntilMs } from './series.ts';

/** How the file is reached: one at a time, each kind in its turn; rejects where it cannot be. */
export interface FileTurns {
  read<T>(work: (database: Database) => Promise<T>): Promise<T>;
  write(work: (database: Database) => Promise<void>): Promise<void>;
}

/** {@link SummaryStore} in the embedded store: a row per series and period, beside the readings. */
export class DuckDbSummaries implements SummaryStore {
  readonly #file: FileTurns;

  constructor(file: FileTurns) {
    this.#file = file;
  }

  readings(of: DeviceHours): Promise<ReadingSeries[]> {
    return this.#file.read((database) => readingsOfDevices(database, of));
  }

  replace(of: DeviceHours, parts: readonly StoredPart[]): Promise<void> {
    return this.#file.write((database) => database.replaceSummaries(of, rowsOf(database, of.theme, parts)));
  }

  summarisedUntilMs(): Promise<number | undefined> {
    return this.#file.read(summarisedUntilMs);
  }

  declareSummarised(untilMs: number): Promise<void> {
    return this.#file.write((database) => database.declareSummarised(untilMs));
  }

  async oldestReadingMs(): Promise<number | undefined> {
    const [row] = await this.#rows('SELECT min(time)::DOUBLE FROM readings');
    return typeof row?.[0] === 'number' ? row[0] : undefined;
  }

  async heard(fromMs: number, toMs: number): Promise<Heard[]> {
    const rows = await this.#rows(`
      SELECT DISTINCT s.measurement, s.device, (r.time // 3600000 * 3600000)::DOUBLE
      FROM readings AS r JOIN series AS s ON r.series = s.id
      WHERE s.device IS NOT NULL AND r.time >= ${Math.trunc(fromMs)} AND r.time < ${Math.trunc(toMs)}`);
    return rows.flatMap(([measurement, device, time]) => {
      const theme = themes.find((one) => one === measurement);
      return theme === undefined ? [] : [{ theme, device: String(device), hourMs: Number(time) }];
    });
  }

  forgetReadings(theme: Theme, beforeMs: number): Promise<void> {
    return this.#file.write((database) => database.forgetReadings(theme, beforeMs));
  }

  #rows(text: string): Promise<unknown[][]> {
    return this.#file.read(async (database) => {
      const rows: unknown[][] = [];
      for await (const chunk of database.query(text, {})) rows.push(...chunk);
      return rows;
    });
  }
}

/** A summary's series is that of its readings; it is there, since they are. */
function rowsOf(database: Database, theme: Theme, parts: readonly StoredPart[]): SummaryRow[] {
  return parts.flatMap(({ tags, quantity, step, startMs, summary }) => {
    const series = database.catalogue
      .fieldsOf({ retention: 'readings', measurement: theme, tags })
      .get(quantity);
    if (!series) return [];
    return [[series.id, step, BigInt(startMs), ...components.map((name) => summary[name] ?? null)]];
  });
}
