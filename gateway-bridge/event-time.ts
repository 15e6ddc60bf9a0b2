import type { ReadingFlag } from '#core';

const pastMsMax = 30 * 86_400_000;
const futureMsMax = 60_000;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339 text, with any number of fraction digits, as milliseconds UTC (cut, not rounded), or NaN. `Date.parse` alone
 * takes many a text for a date, and a time without a zone for one of this machine's.
 */
export function parseTime(text: string): number {
  return rfc3339.test(text) ? Date.parse(text) : Number.NaN;
}

/** Whether a time can be true of something the network server saw at `anchorMs`. */
export function isCredible(timeMs: number, anchorMs: number): boolean {
  return timeMs >= anchorMs - pastMsMax && timeMs <= anchorMs + futureMsMax;
}

/**
 * The time rule: an event's own time counts if it can be true at all; otherwise the anchor stands in, flagged `clock`.
 * A gateway's GPS time is believed by ChirpStack unchecked, so `time` may lie in 1980.
 *
 * @param ownMs the event's own time in ms UTC, NaN where it has none
 * @param nsTimesMs the network server's receive times, one per gateway, which are always there on an uplink
 */
export function eventTime(
  ownMs: number,
  nsTimesMs: readonly number[],
  receivedAtMs: number,
): { time: number; anchorMs: number; flags: ReadingFlag[] } {
  const known = nsTimesMs.filter(Number.isFinite);
  const anchorMs = known.length > 0 ? Math.min(...known) : Math.trunc(receivedAtMs);
  if (isCredible(ownMs, anchorMs)) return { time: ownMs, anchorMs, flags: [] };
  return { time: anchorMs, anchorMs, flags: ['clock'] };
}
