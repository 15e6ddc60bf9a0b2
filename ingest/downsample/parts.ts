import { type QuantityKey, quantity, type Theme } from '#core';
import { mergeAll, type Row, type Summary, summaryOf } from './aggregate.ts';
import { hourMs, quarterMs, type Step } from './buckets.ts';

/** Readings of one quantity under one set of tags that count: without copies of a frame and impossible values. */
export interface ReadingSeries {
  readonly tags: Readonly<Record<string, string>>;
  readonly quantity: QuantityKey;
  /** At least one, in order of time. */
  readonly rows: readonly Row[];
}

/** The summary of one period of a series. */
export interface Part {
  readonly tags: Readonly<Record<string, string>>;
  readonly quantity: QuantityKey;
  readonly startMs: number;
  readonly summary: Summary;
}

/** A summary as it is stored. */
export interface StoredPart extends Part {
  readonly step: Step;
}

/**
 * What a device's counter of a quantity has counted when it begins again at zero, where that is known
 * (`ProfileFacts.wrapsAt`).
 */
export type CounterWraps = (device: string, quantity: QuantityKey, timeMs: number) => number | undefined;

/** Every counter that shows less than before has begun again at zero. */
export const neverWraps: CounterWraps = () => undefined;

/** Devices of a theme and an hour (its start, ms UTC) whose summaries are to be made. */
export interface DeviceHours {
  readonly theme: Theme;
  readonly hourMs: number;
  readonly devices: readonly string[];
}

/** Where a counter wraps; undefined for what is none. */
export function wrapOf(
  wrapsAt: CounterWraps,
  { tags, quantity: key }: Pick<Part, 'tags' | 'quantity'>,
  timeMs: number,
): number | undefined {
  return quantity(key).aggregate === 'increase' ? wrapsAt(tags.device ?? '', key, timeMs) : undefined;
}

/** Sums up a series' readings for each period they lie in. */
export function partsOf(
  { tags, quantity: key, rows }: ReadingSeries,
  startOf: (timeMs: number) => number,
  wrapsAt: CounterWraps,
): Part[] {
  const parts: Part[] = [];
  let period: Row[] = [];
  let startMs = Number.NaN;
  const close = (): void => {
    const [first] = period;
    if (!first) return;
    const wrap = wrapOf(wrapsAt, { tags, quantity: key }, first[0]);
    parts.push({ tags, quantity: key, startMs, summary: summaryOf(quantity(key).aggregate, period, wrap) });
    period = [];
  };
  for (const row of rows) {
    const start = startOf(row[0]);
    if (start !== startMs) close();
    startMs = start;
    period.push(row);
  }
  close();
  return parts;
}

/** What is stored of a series and an hour: its quarters, and the whole, which is made of them. */
export function storedPartsOf(series: ReadingSeries, startMs: number, wrapsAt: CounterWraps): StoredPart[] {
  const { tags, quantity: key } = series;
  const quarters = partsOf(series, (timeMs) => Math.floor(timeMs / quarterMs) * quarterMs, wrapsAt);
  const summary = mergeAll(
    quantity(key).aggregate,
    quarters.map((part) => part.summary),
    wrapOf(wrapsAt, series, startMs),
  );
  const whole: StoredPart[] = summary ? [{ tags, quantity: key, startMs, summary, step: hourMs }] : [];
  return [...quarters.map((part): StoredPart => ({ ...part, step: quarterMs })), ...whole];
}
