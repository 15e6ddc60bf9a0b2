import type { DuckDBValue } from '@duckdb/node-api';
import { isQuantityKey, quantity } from '#core';
import { type Component, components, type Row } from '../downsample/aggregate.ts';
import { hourMs, type Step } from '../downsample/buckets.ts';
import type { Ask, HistorySource } from '../downsample/history.ts';
import type { DeviceHours, Part, ReadingSeries } from '../downsample/parts.ts';
import type { Database, QueryValues } from './database.ts';

// Values that cannot be, and copies of a frame that counts already, are stored but never part of an answer.
const readingsWhere = (condition: string): string => `
  SELECT s.id, s.tags, s.field, s.type, r.time::DOUBLE, r.number
  FROM readings AS r JOIN series AS s ON r.series = s.id
  WHERE s.retention = 'readings' AND ${condition} AND r.time >= $from AND r.time < $to
    AND (r.flags IS NULL
      OR NOT list_has_any(string_split(r.flags, ' '), ['duplicate', 'range:' || s.field]))
  ORDER BY s.id, r.time`;

const ofAssets = 'list_contains($assets, s.asset) AND list_contains($fields, s.field)';
const ofDevices = 's.measurement = $theme AND list_contains($devices, s.device)';

const summariesText = `
  SELECT s.tags, s.field, m.time::DOUBLE, ${components.map((name) => `m.${name}`).join(', ')}
  FROM summaries AS m JOIN series AS s ON m.series = s.id
  WHERE m.step = $step AND ${ofAssets} AND m.time >= $from AND m.time < $to`;

/** Reads the past of some assets. */
export class DuckDbHistory implements HistorySource {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  summarisedUntilMs(): Promise<number | undefined> {
    return summarisedUntilMs(this.#database);
  }

  readings({ assets, quantities, fromMs, toMs }: Ask): Promise<ReadingSeries[]> {
    return readingsOf(this.#database, ofAssets, {
      assets,
      fields: quantities,
      ...span(fromMs, toMs),
    });
  }

  async summaries(step: Step, { assets, quantities, fromMs, toMs }: Ask): Promise<Part[]> {
    const values = { assets, fields: quantities, step, ...span(fromMs, toMs) };
    const parts: Part[] = [];
    const known = new Map<DuckDBValue, Part['tags']>();
    for await (const chunk of this.#database.query(summariesText, values)) {
      for (const [text = null, field, time, ...cells] of chunk) {
        const key = String(field);
        if (!isQuantityKey(key)) continue;
        const tags = known.get(text) ?? tagsIn(text);
        known.set(text, tags);
        parts.push({ tags, quantity: key, startMs: Number(time), summary: summaryIn(cells) });
      }
    }
    return parts;
  }
}

/** The readings of some devices in an hour. */
export function readingsOfDevices(
  database: Database,
  { theme, devices, hourMs: hour }: DeviceHours,
): Promise<ReadingSeries[]> {
  const values = { theme, devices, ...span(hour, hour + hourMs) };
  return readingsOf(database, ofDevices, values);
}

/** Up to when all readings are summed up; undefined where none are. */
export async function summarisedUntilMs(database: Database): Promise<number | undefined> {
  const rows: DuckDBValue[][] = [];
  for await (const chunk of database.query('SELECT until_ms::DOUBLE FROM downsampling', {})) {
    rows.push(...chunk);
  }
  const until = rows[0]?.[0];
  return typeof until === 'number' ? until : undefined;
}

async function readingsOf(
  database: Database,
  condition: string,
  values: QueryValues,
): Promise<ReadingSeries[]> {
  const all = new Map<DuckDBValue, ReadingSeries & { readonly rows: Row[] }>();
  for await (const chunk of database.query(readingsWhere(condition), values)) {
    for (const [id = null, tags, field, type, time, number] of chunk) {
      const key = String(field);
      if (!isQuantityKey(key) || quantity(key).type !== type) continue;
      const series = all.get(id) ?? { tags: tagsIn(tags), quantity: key, rows: [] };
      series.rows.push([Number(time), Number(number)]);
      all.set(id, series);
    }
  }
  return [...all.values()];
}

function span(fromMs: number, toMs: number): Record<'from' | 'to', bigint> {
  return { from: BigInt(fromMs), to: BigInt(toMs) };
}

function tagsIn(text: DuckDBValue | undefined): Record<string, string> {
  return JSON.parse(String(text));
}

function summaryIn(cells: readonly DuckDBValue[]): Part['summary'] {
  const summary: Partial<Record<Component, number>> = {};
  for (const [index, name] of components.entries()) {
    const value = cells[index];
    if (typeof value === 'number') summary[name] = value;
  }
  return summary;
}
