import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { z } from 'zod';
import type { Retention } from '#core';
import { components } from '../downsample/aggregate.ts';
import { Catalogue, type StoredSeries } from './catalogue.ts';

/** One table, the place where rows wait that may be in it already, and how they get there. */
interface Table {
  readonly name: string;
  readonly waiting: string;
  readonly columns: readonly DuckDBType[];
  /** Changes the rows that are there and differ. Parameters: earliest and latest time of those that wait. */
  readonly update: string;
  /** Adds the rows that are not there. Same parameters. */
  readonly insert: string;
  /** Deletes the rows that wait, whatever they hold. Same parameters. */
  readonly remove: string;
}

/**
 * `summaries` hold what quarters of an hour and hours of a series come to (`step` in ms), `downsampling` how far that has
 * come. No keys and no indexes: DuckDB appends five times as fast without, and whether a row can be there already is known
 * from its time. Times are in ms UTC; a truth is 1 or 0.
 */
const definitions = `
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER, retention VARCHAR, measurement VARCHAR, field VARCHAR, type VARCHAR, tags JSON,
    device VARCHAR, channel VARCHAR, asset VARCHAR
  );
  CREATE TABLE IF NOT EXISTS readings (series INTEGER, time BIGINT, number DOUBLE, text VARCHAR, flags VARCHAR);
  CREATE TABLE IF NOT EXISTS uplinks (series INTEGER, time BIGINT, fields JSON);
  CREATE TABLE IF NOT EXISTS summaries (
    series INTEGER, step INTEGER, time BIGINT, ${components.map((name) => `${name} DOUBLE`).join(', ')}
  );
  CREATE TABLE IF NOT EXISTS downsampling (until_ms BIGINT);
  CREATE TEMP TABLE waiting_readings AS FROM readings LIMIT 0;
  CREATE TEMP TABLE waiting_uplinks AS FROM uplinks LIMIT 0;
`;

export const seriesColumns: readonly DuckDBType[] = [
  INTEGER,
  ...Array.from({ length: 8 }, (): DuckDBType => VARCHAR),
];

export const summaryColumns: readonly DuckDBType[] = [
  INTEGER,
  INTEGER,
  BIGINT,
  ...components.map((): DuckDBType => DOUBLE),
];

/** Forgets the summaries of some devices of a theme in a span. */
export const deleteSummaries = `
  DELETE FROM summaries WHERE time >= $from AND time < $to AND series IN (
    SELECT id FROM series WHERE retention = 'readings' AND measurement = $theme AND list_contains($devices, device)
  )`;

/** Deletes a theme's readings that are older than a time. */
export const forgetReadings = `
  DELETE FROM readings WHERE time < $before AND series IN (
    SELECT id FROM series WHERE retention = 'readings' AND measurement = $theme
  )`;

// The bounds on time are what keeps these from reading the whole table: DuckDB knows every row group's first and last.
export const tables: Readonly<Record<Retention, Table>> = {
  readings: {
    name: 'readings',
    waiting: 'waiting_readings',
    columns: [INTEGER, BIGINT, DOUBLE, VARCHAR, VARCHAR],
    update: `
      UPDATE readings AS r SET number = w.number, text = w.text, flags = w.flags FROM waiting_readings AS w
      WHERE r.series = w.series AND r.time = w.time AND r.time BETWEEN $1 AND $2
        AND (r.number, r.text, r.flags) IS DISTINCT FROM (w.number, w.text, w.flags)`,
    insert: `
      INSERT INTO readings SELECT * FROM waiting_readings AS w WHERE NOT EXISTS (
        FROM readings AS r WHERE r.series = w.series AND r.time = w.time AND r.time BETWEEN $1 AND $2)`,
    remove: `
      DELETE FROM readings AS r USING waiting_readings AS w
      WHERE r.series = w.series AND r.time = w.time AND r.time BETWEEN $1 AND $2`,
  },
  uplinks: {
    name: 'uplinks',
    waiting: 'waiting_uplinks',
    columns: [INTEGER, BIGINT, VARCHAR],
    update: `
      UPDATE uplinks AS u SET fields = json_merge_patch(u.fields, w.fields) FROM waiting_uplinks AS w
      WHERE u.series = w.series AND u.time = w.time AND u.time BETWEEN $1 AND $2
        AND json_merge_patch(u.fields, w.fields) IS DISTINCT FROM u.fields`,
    insert: `
      INSERT INTO uplinks SELECT * FROM waiting_uplinks AS w WHERE NOT EXISTS (
        FROM uplinks AS u WHERE u.series = w.series AND u.time = w.time AND u.time BETWEEN $1 AND $2)`,
    remove: `
      DELETE FROM uplinks AS u USING waiting_uplinks AS w
      WHERE u.series = w.series AND u.time = w.time AND u.time BETWEEN $1 AND $2`,
  },
};

/** Deletes what is older than a time, per retention. */
export const deleteBefore: Readonly<Record<Retention, string>> = {
  readings: 'DELETE FROM readings WHERE time < $1',
  uplinks: 'DELETE FROM uplinks WHERE time < $1',
};

const storedSeries = z.object({
  id: z.number(),
  retention: z.enum(['readings', 'uplinks']),
  measurement: z.string(),
  tags: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
  field: z.string(),
  type: z.enum(['number', 'boolean', 'text', 'json']),
});

/** Creates what is missing and reads what is known. */
export async function prepare(connection: DuckDBConnection): Promise<Catalogue> {
  await connection.run(definitions);
  const series = await connection.runAndReadAll(
    'SELECT id, retention, measurement, tags, field, type FROM series',
  );
  const newest = async (text: string): Promise<number> => {
    const [row] = (await connection.runAndReadAll(text)).getRows();
    return typeof row?.[0] === 'number' ? row[0] : Number.NEGATIVE_INFINITY;
  };
  return new Catalogue(z.array(storedSeries).parse(series.getRowObjects()), {
    readings: await newest('SELECT max(time)::DOUBLE FROM readings'),
    uplinks: await newest('SELECT max(time)::DOUBLE FROM uplinks'),
  });
}

/** A series as a row of its table. */
export function seriesRow({ id, retention, measurement, field, type, tags }: StoredSeries): DuckDBValue[] {
  const { device = null, channel = null, asset = null } = tags;
  return [id, retention, measurement, field, type, JSON.stringify(tags), device, channel, asset];
}
