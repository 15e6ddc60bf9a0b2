import { type QuantityKey, quantity, type Series, type SeriesQuery } from '#core';
import { bucketsOf, dayMs, hourMs, type Step } from './buckets.ts';
import { type Fold, foldOf, looksBack } from './fold.ts';
import { type CounterWraps, type Part, partsOf, type ReadingSeries } from './parts.ts';

/** Which values of some assets, from when (inclusive) to when (exclusive), ms UTC. */
export interface Ask {
  readonly assets: readonly string[];
  readonly quantities: readonly QuantityKey[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where history is read from; nothing is asked for that could not be held in memory. */
export interface HistorySource {
  /** Up to when (exclusive, ms UTC) all readings are summed up; undefined where none are. */
  summarisedUntilMs(): Promise<number | undefined>;
  readings(ask: Ask): Promise<ReadingSeries[]>;
  /** The stored summaries whose periods begin in the span. */
  summaries(step: Step, ask: Ask): Promise<Part[]>;
}

/** How far before the span the last value of something that holds or counts is looked for. */
const lookBackMs = 2 * dayMs;
/** So much of the raw readings is read at once, and so many summaries of each series. */
const readingsSliceMs = dayMs;
const summariesSlice = 1000;

/** A stretch of time and where its values come from. */
interface Stretch {
  readonly step: Step | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whole steps that are summed up come from the summaries, what is before and behind them from the readings. */
function stretchesOf(fromMs: number, toMs: number, step: Step | undefined, untilMs: number): Stretch[] {
  const head = { step: undefined, fromMs, toMs };
  if (step === undefined) return [head];
  const start = Math.ceil(fromMs / step) * step;
  const end = Math.floor(Math.min(toMs, untilMs) / step) * step;
  if (end <= start) return [head];
  return [
    { step: undefined, fromMs, toMs: start },
    { step, fromMs: start, toMs: end },
    { step: undefined, fromMs: end, toMs },
  ].filter((stretch) => stretch.fromMs < stretch.toMs);
}

function slicesOf({ step, fromMs, toMs }: Stretch): Stretch[] {
  const sliceMs = step === undefined ? readingsSliceMs : summariesSlice * step;
  const slices: Stretch[] = [];
  for (let start = fromMs; start < toMs; ) {
    const end = Math.min(toMs, (Math.floor(start / sliceMs) + 1) * sliceMs);
    slices.push({ step, fromMs: start, toMs: end });
    start = end;
  }
  return slices;
}

/**
 * Answers a query from the coarsest stored summaries it can be made of, and from the readings where there are none: the
 * newest hours, and buckets that begin within a quarter of an hour. Which of the two it was cannot be seen from the
 * answer, since readings are summed up here as they would have been there.
 */
export async function readHistory(
  source: HistorySource,
  query: SeriesQuery,
  wrapsAt: CounterWraps,
): Promise<Series[]> {
  const { assets, fromMs, toMs } = query;
  const quantities = query.quantities.filter((key) => quantity(key).type !== 'enum');
  const buckets = bucketsOf(query);
  const untilMs = (await source.summarisedUntilMs()) ?? Number.NEGATIVE_INFINITY;
  const places = new Places((key) => foldOf(key, { fromMs, toMs, buckets, wrapsAt }));
  const read = async (keys: readonly QuantityKey[], stretches: readonly Stretch[]): Promise<void> => {
    if (keys.length === 0) return;
    for (const { step, ...span } of stretches.flatMap(slicesOf)) {
      const ask = { assets, quantities: keys, ...span };
      const startOf = startsBy(step ?? buckets.step, buckets.startOf);
      const parts = step
        ? await source.summaries(step, ask)
        : (await source.readings(ask)).flatMap((series) => partsOf(series, startOf, wrapsAt));
      places.add(parts);
    }
  };
  await read(quantities.filter(looksBack), stretchesOf(fromMs - lookBackMs, fromMs, hourMs, untilMs));
  await read(quantities, stretchesOf(fromMs, toMs, buckets.step, untilMs));
  return places.series(quantities);
}

/** Readings are summed up in the periods they would have been stored for, so that both give the same. */
function startsBy(step: Step | undefined, startOf: (timeMs: number) => number): (timeMs: number) => number {
  return step === undefined ? startOf : (timeMs) => Math.floor(timeMs / step) * step;
}

/** What each asset's channel tells, per quantity. */
class Places {
  readonly #foldOf: (key: QuantityKey) => Fold;
  readonly #places = new Map<string, Omit<Series, 'values'> & { readonly fold: Fold }>();

  constructor(how: (key: QuantityKey) => Fold) {
    this.#foldOf = how;
  }

  /** Parts of a stretch of time, none of them earlier than those added before. */
  add(parts: readonly Part[]): void {
    for (const part of parts.toSorted((a, b) => timeOf(a) - timeOf(b))) this.#foldFor(part).add(part);
  }

  #foldFor({ tags, quantity: key }: Part): Fold {
    const { asset = '', channel } = tags;
    const id = JSON.stringify([key, asset, channel]);
    const known = this.#places.get(id);
    if (known) return known.fold;
    const fold = this.#foldOf(key);
    this.#places.set(id, { asset, ...(channel !== undefined && { channel }), quantity: key, fold });
    return fold;
  }

  /** The series that have values, in the order of the quantities. */
  series(quantities: readonly QuantityKey[]): Series[] {
    const all = [...this.#places.values()].map(({ fold, ...of }) => ({ ...of, values: fold.values() }));
    return quantities.flatMap((key) => all.filter((one) => one.quantity === key && one.values.length > 0));
  }
}

function timeOf({ startMs, summary }: Part): number {
  return summary.first_ms ?? startMs;
}
