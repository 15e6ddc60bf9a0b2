import { type InfluxDB, escape as quote } from 'influx';
import { z } from 'zod';
import {
  type Aggregation,
  type Quantity,
  type QuantityKey,
  quantity,
  type Series,
  type SeriesQuery,
  themes,
} from '#core';
import { growth } from '../growth.ts';
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

/** What one asset's channel (and, where asked for, one device of it) gave. */
interface Rows {
  readonly asset: string;
  readonly channel: string;
  readonly rows: Row[];
}

/** How far before the span the last value of something that holds or counts is looked for. */
const lookBackMs = 172_800_000;

/** One series query on its way: what every statement needs. */
interface Asked {
  readonly client: InfluxDB;
  readonly query: SeriesQuery;
  readonly key: QuantityKey;
  /** FROM … WHERE all but the time. */
  readonly source: string;
}

/**
 * Reads quantities of some assets in buckets. The profile's theme is the measurement, and nobody has to know which
 * theme a past device had: all of them are asked, the asset tag decides.
 */
export async function readSeries(client: InfluxDB, database: string, query: SeriesQuery): Promise<Series[]> {
  const all: Series[] = [];
  for (const key of query.quantities) {
    const asked = { client, query, key, source: sourceOf(database, query, key) };
    all.push(...(await readQuantity(asked, quantity(key))));
  }
  return all;
}

function readQuantity(asked: Asked, { type, aggregate }: Quantity): Promise<Series[]> {
  if (type === 'boolean') return readShares(asked);
  return aggregate === 'increase' ? readGrowth(asked) : readBuckets(asked, aggregate);
}

/** Values that cannot be, and copies of a frame that counts already, are stored but never part of an answer. */
function sourceOf(database: string, { assets }: SeriesQuery, key: QuantityKey): string {
  const from = themes
    .map((theme) => `${quote.quoted(database)}."readings".${quote.quoted(theme)}`)
    .join(', ');
  const assetIn = assets.map((asset) => `"asset" = ${quote.stringLit(asset)}`).join(' OR ');
  return `FROM ${from} WHERE (${assetIn}) AND "flags" !~ /(^| )(duplicate|range:${key})( |$)/`;
}

async function readBuckets(asked: Asked, aggregate: Aggregation): Promise<Series[]> {
  const { fromMs, toMs, bucketMs } = asked.query;
  const how = aggregate === 'sum' || aggregate === 'last' ? aggregate : 'mean';
  const rows = merged(
    await run(
      asked,
      `SELECT ${how}(${quote.quoted(asked.key)}) ${asked.source} AND time >= ${fromMs}ms AND time < ${toMs}ms ` +
        `GROUP BY time(${bucketMs}ms), "asset", "channel" fill(none)`,
    ),
  );
  return rows.map((some) => seriesOf(some, asked.key, some.rows.filter(isNumeric)));
}

/** Raw values, the last one before the span first: what holds or counts is only understood from one to the next. */
async function readRaw(asked: Asked, groupedBy: string): Promise<Rows[]> {
  const { fromMs, toMs } = asked.query;
  const field = quote.quoted(asked.key);
  const before = `time >= ${fromMs - lookBackMs}ms AND time < ${fromMs}ms`;
  const [last, during] = await Promise.all([
    run(asked, `SELECT last(${field}) ${asked.source} AND ${before} GROUP BY ${groupedBy}`),
    run(
      asked,
      `SELECT ${field} ${asked.source} AND time >= ${fromMs}ms AND time < ${toMs}ms GROUP BY ${groupedBy}`,
    ),
  ]);
  return merged([...last, ...during]);
}

/** Booleans hold until the next one comes, so a bucket's value is the share of its time in which they were true. */
async function readShares(asked: Asked): Promise<Series[]> {
  const rows = await readRaw(asked, '"asset", "channel"');
  return rows.map((some) => seriesOf(some, asked.key, timeShare(some.rows.filter(isTruth), asked.query)));
}

/** Counters grow on their own device each; what the devices of one place have counted in a bucket is added up. */
async function readGrowth(asked: Asked): Promise<Series[]> {
  const perDevice = await readRaw(asked, '"asset", "channel", "device"');
  const places = Map.groupBy(perDevice, ({ asset, channel }) => `${asset} ${channel}`);
  return [...places.values()].flatMap((devices) => {
    const sums = new Map<number, number>();
    for (const { rows } of devices) {
      for (const [time, grown] of growth(rows.filter(isNumeric), asked.query)) {
        sums.set(time, (sums.get(time) ?? 0) + grown);
      }
    }
    const [first] = devices;
    return first
      ? [
          seriesOf(
            first,
            asked.key,
            [...sums].sort(([a], [b]) => a - b),
          ),
        ]
      : [];
  });
}

function isNumeric(row: Row): row is readonly [number, number] {
  return typeof row[1] === 'number';
}

function isTruth(row: Row): row is Observation {
  return typeof row[1] === 'boolean';
}

function seriesOf(
  { asset, channel }: Rows,
  key: QuantityKey,
  values: readonly (readonly [number, number])[],
): Series {
  return { asset, ...(channel !== '' && { channel }), quantity: key, values };
}

async function run({ client }: Asked, text: string): Promise<(Rows & { readonly id: string })[]> {
  const { results } = resultSchema.parse(await client.queryRaw(text, { precision: 'ms' }));
  return results.flatMap(({ error, series }) => {
    if (error !== undefined) throw new Error(error);
    return (series ?? []).map(({ tags = {}, values }) => ({
      id: JSON.stringify(tags),
      asset: tags.asset ?? '',
      channel: tags.channel ?? '',
      rows: values,
    }));
  });
}

/** Rows of the same tags together, in order of time: they come apart by measurement and by statement. */
function merged(parts: readonly (Rows & { readonly id: string })[]): Rows[] {
  return [...Map.groupBy(parts, ({ id }) => id).values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const rows = same.flatMap((part) => part.rows).sort(([a], [b]) => a - b);
    return [{ asset: first.asset, channel: first.channel, rows }];
  });
}
