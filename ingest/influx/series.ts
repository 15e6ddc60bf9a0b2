import { type InfluxDB, escape as quote } from 'influx';
import { z } from 'zod';
import { type Aggregation, type QuantityKey, quantity, type Series, type SeriesQuery, themes } from '#core';
import { type Observation, timeShare } from '../time-share.ts';

const resultSchema = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z
        .array(
          z.object({
            tags: z.record(z.string(), z.string()).optional(),
            values: z.array(z.tuple([z.number(), z.union([z.number(), z.boolean(), z.null()])])),
          }),
        )
        .optional(),
    }),
  ),
});

type Row = readonly [timeMs: number, value: number | boolean | null];
type Rows = Map<string, { asset: string; channel: string; rows: Row[] }>;

/**
 * Reads a quantity of some assets in buckets. The profile's theme is the measurement, and nobody has to know which
 * theme a past device had: all of them are asked, the asset tag decides.
 */
export async function readSeries(client: InfluxDB, database: string, query: SeriesQuery): Promise<Series[]> {
  const all: Series[] = [];
  for (const key of query.quantities) {
    const { type, aggregate } = quantity(key);
    all.push(
      ...(type === 'boolean'
        ? await readShares(client, database, query, key)
        : await readBuckets(client, database, query, key, aggregate)),
    );
  }
  return all;
}

async function readBuckets(
  client: InfluxDB,
  database: string,
  query: SeriesQuery,
  key: QuantityKey,
  aggregate: Aggregation,
): Promise<Series[]> {
  const { fromMs, toMs, bucketMs } = query;
  const span = `time >= ${fromMs}ms AND time < ${toMs}ms`;
  const where = `${span} AND ${assetIn(query.assets)}`;
  const tail = `GROUP BY time(${bucketMs}ms), "asset", "channel" fill(none)`;
  const field = quote.quoted(key);
  const text =
    aggregate === 'increase'
      ? `SELECT sum("d") FROM (SELECT non_negative_difference(${field}) AS "d" FROM ${measurements(database)} WHERE ${where} GROUP BY "asset", "channel") WHERE ${span} ${tail}`
      : `SELECT ${functionOf(aggregate)}(${field}) FROM ${measurements(database)} WHERE ${where} ${tail}`;
  const rows = await run(client, text);
  return [...rows.values()].map(({ asset, channel, rows: values }) =>
    seriesOf(asset, channel, key, values.filter(isNumeric)),
  );
}

function functionOf(aggregate: Aggregation): 'mean' | 'sum' | 'last' {
  return aggregate === 'sum' || aggregate === 'last' ? aggregate : 'mean';
}

/** Booleans hold until the next one comes, so a bucket's value is the share of its time in which they were true. */
async function readShares(
  client: InfluxDB,
  database: string,
  query: SeriesQuery,
  key: QuantityKey,
): Promise<Series[]> {
  const { fromMs, toMs, bucketMs } = query;
  const from = measurements(database);
  const assets = assetIn(query.assets);
  const field = quote.quoted(key);
  const [before, during] = await Promise.all([
    run(
      client,
      `SELECT last(${field}) FROM ${from} WHERE time < ${fromMs}ms AND time >= ${fromMs - 172_800_000}ms AND ${assets} GROUP BY "asset", "channel"`,
    ),
    run(
      client,
      `SELECT ${field} FROM ${from} WHERE time >= ${fromMs}ms AND time < ${toMs}ms AND ${assets} GROUP BY "asset", "channel"`,
    ),
  ]);
  return [...new Set([...before.keys(), ...during.keys()])].flatMap((id) => {
    const some = during.get(id) ?? before.get(id);
    if (!some) return [];
    const observations = [...(before.get(id)?.rows ?? []), ...(during.get(id)?.rows ?? [])].filter(isTruth);
    return [seriesOf(some.asset, some.channel, key, timeShare(observations, { fromMs, toMs, bucketMs }))];
  });
}

function isNumeric(row: Row): row is readonly [number, number] {
  return typeof row[1] === 'number';
}

function isTruth(row: Row): row is Observation {
  return typeof row[1] === 'boolean';
}

function seriesOf(
  asset: string,
  channel: string,
  key: QuantityKey,
  values: readonly (readonly [number, number])[],
): Series {
  return { asset, ...(channel !== '' && { channel }), quantity: key, values };
}

function measurements(database: string): string {
  return themes.map((theme) => `${quote.quoted(database)}."readings".${quote.quoted(theme)}`).join(', ');
}

function assetIn(assets: readonly string[]): string {
  return `(${assets.map((asset) => `"asset" = ${quote.stringLit(asset)}`).join(' OR ')})`;
}

async function run(client: InfluxDB, text: string): Promise<Rows> {
  const { results } = resultSchema.parse(await client.queryRaw(text, { precision: 'ms' }));
  const rows: Rows = new Map();
  for (const { error, series } of results) {
    if (error !== undefined) throw new Error(error);
    for (const { tags, values } of series ?? []) {
      const asset = tags?.asset ?? '';
      const channel = tags?.channel ?? '';
      const id = `${asset} ${channel}`;
      const known = rows.get(id);
      if (known) known.rows.push(...values);
      else rows.set(id, { asset, channel, rows: [...values] });
    }
  }
  for (const { rows: some } of rows.values()) some.sort(([a], [b]) => a - b);
  return rows;
}
