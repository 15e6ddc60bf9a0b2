import type { ReadingFlag } from '#core';

const pastMsMax = 30 * 86_400_000;
const futureMsMax = 60_000;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** `Date.parse` alone takes many a text for a date, and a time without a zone for one of this machine's. */
function parseTime(text: string | undefined): number {
  return text !== undefined && rfc3339.test(text) ? Date.parse(text) : Number.NaN;
}

/** Whether a time can be true of something the network server saw at `anchorMs`. */
export function isCredible(timeMs: number, anchorMs: number): boolean {
  return timeMs >= anchorMs - pastMsMax && timeMs <= anchorMs + futureMsMax;
}

/**
 * The time rule: an event's own time counts if it can be true at all; otherwise the anchor stands in, flagged `clock`.
 * A gateway's GPS time is believed by ChirpStack unchecked, so `time` may lie in 1980.
 *
 * @param time RFC 3339 text as ChirpStack writes it, with up to nine fraction digits (cut to milliseconds)
 * @param nsTimes the network server's receive times, one per gateway, which are always there on an uplink
 */
export function eventTime(
  time: string,
  nsTimes: readonly (string | undefined)[],
  receivedAtMs: number,
): { time: number; anchorMs: number; flags: ReadingFlag[] } {
  const known = nsTimes.map(parseTime).filter(Number.isFinite);
  const anchorMs = known.length > 0 ? Math.min(...known) : Math.trunc(receivedAtMs);
  const own = parseTime(time);
  if (isCredible(own, anchorMs)) return { time: own, anchorMs, flags: [] };
  return { time: anchorMs, anchorMs, flags: ['clock'] };
}
