import type { ReadingFlag } from '#core';

const pastMsMax = 30 * 86_400_000;
const futureMsMax = 60_000;

const noFlags: readonly ReadingFlag[] = Object.freeze([]);
const clockFlag: readonly ReadingFlag[] = Object.freeze(['clock'] as const);

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339 text, with any number of fraction digits, as milliseconds UTC (cut, not rounded), or NaN. `Date.parse` alone
 * takes many a text for a date, and a time without a zone for one of this machine's.
 */
export function parseTime(text: string): number {
  // Of more than nine digits `Date.parse` mistakes the leading zeros (V8 13.6: .0006000000 for 6 ms).
  return rfc3339.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
}

/** When an uplink was sent and received, as the time rule has it; in ms UTC. */
export interface When {
  readonly time: number;
  readonly anchorMs: number;
  readonly receivedAtMs: number;
  readonly flags: readonly ReadingFlag[];
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
 * @param receptions with the network server's receive times, one per gateway, which are always there on an uplink
 */
export function eventTime(
  ownMs: number,
  receptions: readonly { readonly nsTime: number }[],
  receivedAtMs: number,
): When {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const { nsTime } of receptions) if (nsTime < earliestMs) earliestMs = nsTime;
  const anchorMs = Number.isFinite(earliestMs) ? earliestMs : Math.trunc(receivedAtMs);
  if (isCredible(ownMs, anchorMs)) return { time: ownMs, anchorMs, receivedAtMs, flags: noFlags };
  return { time: anchorMs, anchorMs, receivedAtMs, flags: clockFlag };
}
