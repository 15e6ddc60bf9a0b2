import type { DuckDBValue } from '@duckdb/node-api';
import type { Point, PointId, ReplayStore, Value, WriteResult } from '#core';
import { batchOf } from './batch.ts';
import type { QueryValues } from './database.ts';
import type { FileTurns } from './summaries.ts';

const span = 'time >= $from AND time < $to';
const ofDevice = `s.device = $device AND ${span}`;

const devicesText = `
  SELECT s.device, count(*)::DOUBLE FROM uplinks AS u JOIN series AS s ON u.series = s.id
  WHERE s.retention = 'uplinks' AND s.measurement = 'uplink' AND s.device IS NOT NULL AND ${span}
  GROUP BY s.device ORDER BY s.device`;

const logText = (condition: string): string => `
  SELECT s.measurement, s.tags, u.time::DOUBLE, u.fields FROM uplinks AS u JOIN series AS s ON u.series = s.id
  WHERE s.retention = 'uplinks' AND ${ofDevice} AND ${condition} ORDER BY u.time`;

const readingsText = `
  SELECT s.measurement, s.tags, r.time::DOUBLE, s.field, s.type, r.number, r.text, r.flags
  FROM readings AS r JOIN series AS s ON r.series = s.id
  WHERE s.retention = 'readings' AND ${ofDevice} ORDER BY r.time`;

/** {@link ReplayStore} in the embedded store, where a slice is replaced in one transaction. */
export class DuckDbReplay implements ReplayStore {
  readonly #file: FileTurns;

  constructor(file: FileTurns) {
    this.#file = file;
  }

  async devices(fromMs: number, toMs: number): Promise<{ device: string; uplinks: number }[]> {
    const values = { from: BigInt(fromMs), to: BigInt(toMs) };
    const rows = await this.#rows(devicesText, values);
    return rows.map(([device, uplinks]) => ({ device: String(device), uplinks: Number(uplinks) }));
  }

  uplinks(device: string, fromMs: number, toMs: number, limit: number): Promise<Point[]> {
    return this.#log(`s.measurement = 'uplink'`, device, fromMs, toMs, ` LIMIT ${limit}`);
  }

  statuses(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    const isStatus = `s.measurement = 'event' AND json_extract_string(s.tags, '$.type') = 'status'`;
    return this.#log(isStatus, device, fromMs, toMs);
  }

  historyTold(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    const told = `s.measurement = 'uplink' AND json_extract_string(u.fields, '$.history_ms') IS NOT NULL`;
    return this.#log(told, device, fromMs, toMs);
  }

  async #log(condition: string, device: string, fromMs: number, toMs: number, more = ''): Promise<Point[]> {
    const rows = await this.#rows(logText(condition) + more, valuesOf(device, fromMs, toMs));
    return rows.map(([measurement, tags, time, fields]) => ({
      retention: 'uplinks',
      measurement: String(measurement),
      time: Number(time),
      tags: JSON.parse(String(tags)),
      fields: JSON.parse(String(fields)),
    }));
  }

  async readings(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    const points = new Map<string, Point>();
    const fieldsOf = new Map<string, Record<string, Value>>();
    for (const row of await this.#rows(readingsText, valuesOf(device, fromMs, toMs))) {
      const [measurement, tags, time, field, type, number, text, flags] = row;
      const key = `${measurement} ${tags} ${time}`;
      const fields = fieldsOf.get(key) ?? {};
      fields[String(field)] = cellOf(type, number, text);
      if (flags !== null && flags !== undefined) fields.flags = String(flags);
      if (fieldsOf.has(key)) continue;
      fieldsOf.set(key, fields);
      points.set(key, {
        retention: 'readings',
        measurement: String(measurement),
        time: Number(time),
        tags: JSON.parse(String(tags)),
        fields,
      });
    }
    return [...points.values()];
  }

  async replace(gone: readonly PointId[], points: readonly Point[]): Promise<WriteResult['rejected']> {
    let rejected: WriteResult['rejected'] = [];
    await this.#file.write(async (database) => {
      const { catalogue } = database;
      const cells = gone.flatMap((point) =>
        [...catalogue.fieldsOf(point).values()].map(({ id }) => ({
          retention: point.retention,
          series: id,
          timeMs: point.time,
        })),
      );
      const batch = batchOf(points, catalogue);
      ({ rejected } = batch);
      await database.replace(cells, batch);
    });
    return rejected;
  }

  #rows(text: string, values: QueryValues): Promise<DuckDBValue[][]> {
    return this.#file.read(async (database) => {
      const rows: DuckDBValue[][] = [];
      for await (const chunk of database.query(text, values)) rows.push(...chunk);
      return rows;
    });
  }
}

function valuesOf(device: string, fromMs: number, toMs: number): QueryValues {
  return { device, from: BigInt(fromMs), to: BigInt(toMs) };
}

function cellOf(type: DuckDBValue = null, number: DuckDBValue = null, text: DuckDBValue = null): Value {
  if (type === 'text') return String(text);
  return type === 'boolean' ? number === 1 : Number(number);
}
