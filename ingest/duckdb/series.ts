import { BIGINT, type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { type Quantity, type QuantityKey, quantity, type Series, type SeriesQuery } from '#core';
import { growth } from '../growth.ts';
import { timeShare } from '../time-share.ts';
import type { Database } from './database.ts';

/** How far before the span the last value of something that holds or counts is looked for. */
const lookBackMs = 172_800_000;

/** Values of one asset's channel (and, where asked for, one device of it), in order of time. */
interface Rows {
  readonly asset: string;
  readonly channel: string | undefined;
  readonly values: [timeMs: number, value: number][];
}

// Values that cannot be, and copies of a frame that counts already, are stored but never part of an answer.
const source = `
  FROM readings AS r JOIN series AS s ON r.series = s.id
  WHERE s.retention = 'readings' AND s.field = $field AND s.type = $type AND list_contains($assets, s.asset)
    AND r.time >= $from AND r.time < $to
    AND (r.flags IS NULL OR NOT list_has_any(string_split(r.flags, ' '), $unwanted))`;

const buckets = (aggregate: string): string => `
  SELECT s.asset, s.channel, NULL, (r.time // $bucket * $bucket)::DOUBLE AS bucket, ${aggregate} ${source}
  GROUP BY s.asset, s.channel, bucket ORDER BY s.asset, s.channel, bucket`;

const statements = {
  mean: buckets('avg(r.number)'),
  sum: buckets('sum(r.number)'),
  last: buckets('arg_max(r.number, r.time)'),
  places: `SELECT s.asset, s.channel, NULL, r.time::DOUBLE, r.number ${source} ORDER BY s.asset, s.channel, r.time`,
  devices: `SELECT s.asset, s.channel, s.device, r.time::DOUBLE, r.number ${source}
    ORDER BY s.asset, s.channel, s.device, r.time`,
} as const;

const types: Readonly<Record<string, DuckDBType>> = {
  field: VARCHAR,
  type: VARCHAR,
  assets: LIST(VARCHAR),
  unwanted: LIST(VARCHAR),
  from: BIGINT,
  to: BIGINT,
  bucket: BIGINT,
};

/** Reads quantities of some assets in buckets that begin at whole multiples of their length. */
export async function readSeries(database: Database, query: SeriesQuery): Promise<Series[]> {
  const all: Series[] = [];
  for (const key of query.quantities) all.push(...(await readQuantity(database, query, key)));
  return all;
}

async function readQuantity(database: Database, query: SeriesQuery, key: QuantityKey): Promise<Series[]> {
  const { type, aggregate }: Quantity = quantity(key);
  if (type === 'enum') return [];
  const before = { ...query, fromMs: query.fromMs - lookBackMs };
  if (type === 'boolean') {
    const rows = await read(database, before, key, 'places');
    return rows.map((some) => seriesOf(some, key, shares(some, query)));
  }
  if (aggregate === 'increase') return readGrowth(database, before, query, key);
  const how = aggregate === 'sum' || aggregate === 'last' ? aggregate : 'mean';
  return (await read(database, query, key, how)).map((some) => seriesOf(some, key, some.values));
}

/** Booleans hold until the next one comes, so a bucket's value is the share of its time in which they were true. */
function shares({ values }: Rows, query: SeriesQuery): [number, number][] {
  return timeShare(
    values.map(([time, value]) => [time, value === 1]),
    query,
  );
}

/** Counters grow on their own device each; what the devices of one place have counted in a bucket is added up. */
async function readGrowth(
  database: Database,
  before: SeriesQuery,
  query: SeriesQuery,
  key: QuantityKey,
): Promise<Series[]> {
  const perDevice = await read(database, before, key, 'devices');
  const places = Map.groupBy(perDevice, ({ asset, channel }) => JSON.stringify([asset, channel]));
  return [...places.values()].flatMap((devices) => {
    const sums = new Map<number, number>();
    for (const [time, grown] of devices.flatMap(({ values }) => growth(values, query))) {
      sums.set(time, (sums.get(time) ?? 0) + grown);
    }
    const values = [...sums].sort(([a], [b]) => a - b);
    return devices.slice(0, 1).map((first) => seriesOf(first, key, values));
  });
}

function seriesOf({ asset, channel }: Rows, key: QuantityKey, values: Rows['values']): Series {
  return { asset, ...(channel !== undefined && { channel }), quantity: key, values };
}

async function read(
  database: Database,
  { assets, fromMs, toMs, bucketMs }: SeriesQuery,
  key: QuantityKey,
  statement: keyof typeof statements,
): Promise<Rows[]> {
  const values: Record<string, DuckDBValue> = {
    field: key,
    type: quantity(key).type,
    assets: listValue([...assets]),
    unwanted: listValue(['duplicate', `range:${key}`]),
    from: BigInt(fromMs),
    to: BigInt(toMs),
  };
  if (statements[statement].includes('$bucket')) values.bucket = BigInt(bucketMs);
  const places = new Map<string, Rows>();
  for await (const chunk of database.query(statements[statement], values, types)) {
    for (const [asset, channel, device, time, value] of chunk) {
      const id = JSON.stringify([asset, channel, device]);
      const place = places.get(id) ?? { asset: String(asset), channel: textOf(channel), values: [] };
      place.values.push([Number(time), Number(value)]);
      places.set(id, place);
    }
  }
  return [...places.values()];
}

function textOf(value: DuckDBValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
