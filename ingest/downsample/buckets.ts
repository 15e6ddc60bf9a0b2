/** Which periods of time values are put together for, and from which summaries they can be. */
import type { SeriesQuery } from '#core';

export const quarterMs = 900_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** Lengths of the periods summaries are stored for, longest first; both begin at whole multiples of it (UTC). */
export const steps = [hourMs, quarterMs] as const;
export type Step = (typeof steps)[number];

/** The periods of an answer. */
export interface Buckets {
  /** The longest stored period every bucket is made of, undefined where they begin within one. */
  readonly step: Step | undefined;
  /** Start of the bucket a time lies in. */
  startOf(timeMs: number): number;
  /** Where the bucket that begins there ends. */
  endOf(startMs: number): number;
}

type Span = Pick<SeriesQuery, 'fromMs' | 'toMs' | 'bucketMs' | 'timeZone'>;

/**
 * Buckets that begin at whole multiples of their length, or, where a day is asked for and a time zone given, with the
 * days of the zone, which have 23 to 25 hours.
 */
export function bucketsOf({ fromMs, toMs, bucketMs, timeZone }: Span): Buckets {
  if (bucketMs === dayMs && timeZone !== undefined) return daysOf(fromMs, toMs, timeZone);
  return {
    step: steps.find((step) => bucketMs % step === 0),
    startOf: (timeMs) => Math.floor(timeMs / bucketMs) * bucketMs,
    endOf: (startMs) => startMs + bucketMs,
  };
}

function daysOf(fromMs: number, toMs: number, timeZone: string): Buckets {
  const starts = [dayStart(fromMs, timeZone)];
  for (let last = starts[0] ?? fromMs; last < toMs; starts.push(last)) {
    // A day and a half further is the next day, however long this one is.
    last = dayStart(last + 1.5 * dayMs, timeZone);
  }
  return {
    step: steps.find((step) => starts.every((start) => start % step === 0)),
    startOf: (timeMs) => starts.findLast((start) => start <= timeMs) ?? timeMs,
    endOf: (startMs) => starts.find((start) => start > startMs) ?? toMs,
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The date in a zone as a number that grows with it. */
function dateIn(timeZone: string, timeMs: number): number {
  // Swedish dates are those of ISO 8601.
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, format);
  return Date.parse(format.format(timeMs));
}

/**
 * When the zone's day begins in which a time lies: the first moment of its date. Clocks are changed at whole quarters of
 * an hour, and at midnight too in some places, so it is looked for and not calculated.
 * @throws RangeError where there is no such zone
 */
export function dayStart(timeMs: number, timeZone: string): number {
  const date = dateIn(timeZone, timeMs);
  // In no zone a day begins more than 14 hours before or 12 hours after it does in UTC.
  let [before, within] = [date - 15 * hourMs, Math.floor(timeMs / quarterMs) * quarterMs];
  while (within - before > quarterMs) {
    const middle = before + Math.floor((within - before) / quarterMs / 2) * quarterMs;
    if (dateIn(timeZone, middle) < date) before = middle;
    else within = middle;
  }
  return within;
}
