import { z } from 'zod';
import type { HistoryScope } from '#city-state';
import { type QuantityKey, quantity, type Series, StadtpegelError, type TimeSeriesStore } from '#core';
import { commaList, instant } from './parameters.ts';
import { RequestMistake } from './problems.ts';
import { rounded } from './rounding.ts';
import { type History, type HistorySeries, quantityKeys } from './schemas.ts';

const dayMs = 86_400_000;
const rangeDefaultMs = dayMs;
const rangeMsMax = 31 * dayMs;
const bucketDefaultMs = 900_000;
const pointsMax = 50_000;
/** Values read from the store for one answer, before those of bays are put together: bounds the memory it takes. */
const readMax = 500_000;

/** Bays whose past is told together. Fewer could tell about a person. */
const baysMin = 5;

const unitMs = { d: dayMs, h: 3_600_000, m: 60_000 } as const;

function bucketMsOf(text: string): number {
  const unit = text.endsWith('d') ? unitMs.d : text.endsWith('h') ? unitMs.h : unitMs.m;
  return Number.parseInt(text, 10) * unit;
}

/** The shortest way to write it: 3,600,000 ms is `1h`. */
function bucketText(ms: number): string {
  const [unit, size] = Object.entries(unitMs).find(([, each]) => ms % each === 0) ?? ['m', unitMs.m];
  return `${ms / size}${unit}`;
}

export const historyQuery = z.strictObject({
  from: instant('Start, rounded down to a whole bucket; 24 hours before `to` if not given.').optional(),
  to: instant(
    'End, rounded up to a whole bucket; now if not given. At most 31 days after `from`.',
  ).optional(),
  bucket: z
    .string()
    .regex(/^[1-9]\d{0,3}[mhd]$/, 'Give minutes, hours or days: 15m, 1h, 1d.')
    .meta({ examples: ['15m', '1h', '1d'] })
    .transform(bucketMsOf)
    .refine((ms) => ms <= dayMs, 'At most one day.')
    .optional()
    .meta({
      description:
        'Length of the periods values are put together for, 1m to 1d, counted from 1970-01-01T00:00Z; ' +
        '15m if not given, or the shortest the site allows.',
    }),
  quantity: commaList(quantityKeys, 'Only these quantities.').optional(),
});
export type HistoryQuery = z.infer<typeof historyQuery>;

type OpenScope = Exclude<HistoryScope, { withheld: string }>;

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}

function rangeOf(query: HistoryQuery, { bucketMsMin }: OpenScope, nowMs: number): Range {
  const bucketMs = query.bucket ?? Math.max(bucketDefaultMs, bucketMsMin);
  if (bucketMs < bucketMsMin) {
    throw new RequestMistake('bucket', `This site’s history comes in ${bucketText(bucketMsMin)} or longer.`);
  }
  const toMs = query.to ?? nowMs;
  const fromMs = query.from ?? toMs - rangeDefaultMs;
  if (fromMs >= toMs) throw new RequestMistake('from', 'The start must lie before the end.');
  if (toMs - fromMs > rangeMsMax) throw new RequestMistake('from', 'At most 31 days before `to`.');
  // Only whole buckets: half of one would be an answer finer than the site allows.
  return {
    bucketMs,
    fromMs: Math.floor(fromMs / bucketMs) * bucketMs,
    toMs: Math.ceil(toMs / bucketMs) * bucketMs,
  };
}

function quantitiesOf({ quantity: wanted }: HistoryQuery, scope: OpenScope): readonly QuantityKey[] {
  const missing = wanted?.filter((key) => !scope.quantities.includes(key)) ?? [];
  if (missing.length > 0) {
    throw new RequestMistake('quantity', `This site has ${scope.quantities.join(', ')} only.`);
  }
  return wanted ?? scope.quantities;
}

function limitValues(what: string, values: number, valuesMax: number): void {
  if (values <= valuesMax) return;
  throw new RequestMistake(
    'bucket',
    `This could be ${values} values to ${what}, at most ${valuesMax} can be: ask for a longer bucket, a shorter time or fewer quantities.`,
  );
}

/** Refuses what could become too much, before the store is asked. */
function limitQuestion(
  { fromMs, toMs, bucketMs }: Range,
  assets: number,
  keys: readonly QuantityKey[],
): void {
  const buckets = (toMs - fromMs) / bucketMs;
  const single = keys.filter((key) => key !== 'bay_occupied').length;
  const together = keys.length - single;
  limitValues('answer', buckets * (assets * single + together), pointsMax);
  limitValues('read', buckets * assets * keys.length, readMax);
}

type Point = readonly [timeMs: number, value: number];

/** The mean over all bays, for the periods in which enough of them were heard of. */
function allBays(series: readonly Series[]): Point[] {
  const buckets = new Map<number, { sum: number; values: number; bays: Set<string> }>();
  for (const { asset, values } of series) {
    for (const [timeMs, value] of values) {
      const bucket = buckets.get(timeMs) ?? { sum: 0, values: 0, bays: new Set() };
      bucket.sum += value;
      bucket.values += 1;
      buckets.set(timeMs, bucket);
      bucket.bays.add(asset);
    }
  }
  return [...buckets]
    .filter(([, { bays }]) => bays.size >= baysMin)
    .map(([timeMs, { sum, values }]): Point => [timeMs, sum / values])
    .sort(([a], [b]) => a - b);
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

function answerOf(
  key: QuantityKey,
  source: { readonly asset: string | null; readonly channel?: string },
  points: readonly Point[],
): HistorySeries {
  const { unit, label } = quantity(key);
  return {
    asset: source.asset,
    channel: source.channel ?? null,
    quantity: key,
    unit,
    label,
    points: points.map(([timeMs, value]) => ({ time: iso(timeMs), value: rounded(key, value) })),
  };
}

const orderOf = ({ quantity: key, asset, channel }: HistorySeries): string =>
  [key, asset ?? '', channel ?? ''].join('\n');

function answersOf(series: readonly Series[]): HistorySeries[] {
  const bays = series.filter((one) => one.quantity === 'bay_occupied');
  const others = series.filter((one) => one.quantity !== 'bay_occupied');
  const together = allBays(bays);
  return [
    ...(together.length > 0 ? [answerOf('bay_occupied', { asset: null }, together)] : []),
    ...others.map((one) => answerOf(one.quantity, one, one.values)),
  ].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

async function read(
  store: Pick<TimeSeriesStore, 'series'>,
  query: Parameters<TimeSeriesStore['series']>[0],
): Promise<Series[]> {
  try {
    return await store.series(query);
  } catch (cause) {
    throw new StadtpegelError('store_unavailable', 'The past cannot be read at the moment.', { cause });
  }
}

/**
 * A site's past in whole buckets. What bays tell is told for all of them together and only where at least
 * {@link baysMin} were heard of: one bay's past can tell about a person.
 * @throws {RequestMistake} naming the parameter, also where more than {@link pointsMax} values would be answered.
 * @throws {StadtpegelError} `store_unavailable` where the store cannot be read.
 */
export async function historyOf(
  store: Pick<TimeSeriesStore, 'series'>,
  about: {
    readonly siteId: string;
    readonly scope: OpenScope;
    readonly query: HistoryQuery;
    readonly nowMs: number;
  },
): Promise<History> {
  const { siteId, scope, query, nowMs } = about;
  const range = rangeOf(query, scope, nowMs);
  const keys = quantitiesOf(query, scope);
  limitQuestion(range, scope.assets.length, keys);
  const series = answersOf(await read(store, { assets: scope.assets, quantities: keys, ...range }));
  // Channels, which the limit above does not know of, may have multiplied the values.
  const values = series.reduce((sum, { points }) => sum + points.length, 0);
  limitValues('answer', values, pointsMax);
  return {
    siteId,
    from: iso(range.fromMs),
    to: iso(range.toMs),
    bucket: bucketText(range.bucketMs),
    series,
  };
}
