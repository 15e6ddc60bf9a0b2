import { escape as quote } from 'influx';
import {
  type Point,
  type PointId,
  type ReplayStore,
  type Retention,
  themes,
  type Value,
  type WriteResult,
} from '#core';
import { type InfluxQueries, type Selected, within } from './queries.ts';

/** A deletion takes about 1.5 ms: so many in one request keep it well below its time limit. */
const deletesMax = 200;
const writeMax = 5000;

const of = (device: string, fromMs: number, toMs: number): string =>
  `"device" = ${quote.stringLit(device)} AND ${within(fromMs, toMs)}`;

/** {@link ReplayStore} on InfluxDB. InfluxQL deletes by tags and one time, so a deletion never takes more than a point. */
export class InfluxReplay implements ReplayStore {
  readonly #queries: InfluxQueries;
  readonly #write: (points: readonly Point[]) => Promise<WriteResult>;

  constructor(queries: InfluxQueries, write: (points: readonly Point[]) => Promise<WriteResult>) {
    this.#queries = queries;
    this.#write = write;
  }

  async devices(fromMs: number, toMs: number): Promise<{ device: string; uplinks: number }[]> {
    const from = this.#queries.from('uplinks', ['uplink']);
    const counts = await this.#queries.run(
      `SELECT count("received_at_ms") FROM ${from} WHERE ${within(fromMs, toMs)} GROUP BY "device"`,
    );
    return counts
      .map(({ tags: { device = '' }, rows }) => ({ device, uplinks: Number(rows[0]?.[1]) }))
      .sort((a, b) => (a.device < b.device ? -1 : 1));
  }

  uplinks(device: string, fromMs: number, toMs: number, limit: number): Promise<Point[]> {
    const rest = `${of(device, fromMs, toMs)} GROUP BY * ORDER BY time LIMIT ${limit}`;
    return this.#points('uplinks', ['uplink'], '*', rest);
  }

  statuses(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    const rest = `${of(device, fromMs, toMs)} AND "type" = 'status' GROUP BY * ORDER BY time`;
    return this.#points('uplinks', ['event'], '*', rest);
  }

  historyTold(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    return this.#points('uplinks', ['uplink'], '"history_ms"', `${of(device, fromMs, toMs)} GROUP BY *`);
  }

  readings(device: string, fromMs: number, toMs: number): Promise<Point[]> {
    return this.#points('readings', themes, '*', `${of(device, fromMs, toMs)} GROUP BY *`);
  }

  async #points(
    retention: Retention,
    measurements: readonly string[],
    fields: string,
    rest: string,
  ): Promise<Point[]> {
    const from = this.#queries.from(retention, measurements);
    const selected = await this.#queries.run(`SELECT ${fields} FROM ${from} WHERE ${rest}`);
    return selected.flatMap((some) => pointsIn(some, retention));
  }

  async replace(gone: readonly PointId[], points: readonly Point[]): Promise<WriteResult['rejected']> {
    for (let from = 0; from < gone.length; from += deletesMax) {
      await this.#queries.run(
        gone
          .slice(from, from + deletesMax)
          .map(deletionOf)
          .join('; '),
      );
    }
    const rejected: { index: number; reason: string }[] = [];
    for (let from = 0; from < points.length; from += writeMax) {
      const result = await this.#write(points.slice(from, from + writeMax));
      if (result.keep.length > 0)
        throw new Error(`influxdb: ${result.keepReason ?? 'it does not take points'}`);
      for (const { index, reason } of result.rejected) rejected.push({ index: from + index, reason });
    }
    return rejected;
  }
}

function pointsIn({ measurement, tags, columns, rows }: Selected, retention: Retention): Point[] {
  return rows.map(([time, ...cells]) => {
    const fields: Record<string, Value> = {};
    for (const [index, value] of cells.entries()) {
      const name = columns[index + 1] ?? '';
      const isNone = value === null || value === undefined || (name === 'flags' && value === '');
      if (!isNone) fields[name] = value;
    }
    return { retention, measurement, time: Number(time), tags, fields };
  });
}

/** A tag that a point has not got is compared with nothing, or series that have it would lose a point too. */
function deletionOf({ retention, measurement, tags, time }: PointId): string {
  const none = retention === 'readings' ? { device: '', channel: '', asset: '', site: '' } : {};
  const conditions = Object.entries({ ...none, ...tags }).map(
    ([name, value]) => `${quote.quoted(name)} = ${quote.stringLit(value)}`,
  );
  return `DELETE FROM ${quote.quoted(measurement)} WHERE ${conditions.join(' AND ')} AND time = ${time}ms`;
}
