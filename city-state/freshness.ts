import type { Rhythm } from '#core';
import type { Freshness, Observed } from './answers.ts';
import type { Confirmation } from './frames.ts';

/** {@link Observed} before it is written for JSON; times in milliseconds UTC. */
export interface Age {
  readonly observedMs: number;
  readonly confirmedMs: number;
  readonly validUntilMs: number;
  readonly freshness: Exclude<Freshness, 'unknown'>;
}

/** Up to this many expected intervals without news a value is live: one report may be late. */
export const liveIntervals = 1.5;
/** Up to this many it is stale: one report may be lost. */
export const staleIntervals = 3;

/** For quantities whose profile says nothing: network servers ask for the battery level once a day by default. */
export const defaultRhythm: Rhythm = { reporting: 'periodic', expectedIntervalS: 86_400 };

interface Sighting {
  readonly observedMs: number;
  readonly rhythm: Rhythm;
  readonly confirmation: Confirmation;
  /** When the device left the place the value is about; Infinity while it is there. */
  readonly endsMs: number;
  readonly nowMs: number;
}

function freshnessAt(nowMs: number, heardMs: number, intervalMs: number, trusted: boolean): Age['freshness'] {
  if (nowMs > heardMs + staleIntervals * intervalMs) return 'offline';
  return trusted && nowMs <= heardMs + liveIntervals * intervalMs ? 'live' : 'stale';
}

/**
 * How far a value can be trusted. `periodic`: by its own age. `change+heartbeat`: every later uplink without a lost
 * frame confirms it, so the time since the last uplink counts; unconfirmed it is at most stale. What a device saw at a
 * place it has left is at most stale as well.
 */
export function ageOf({ observedMs, rhythm, confirmation, endsMs, nowMs }: Sighting): Age {
  const intervalMs = rhythm.expectedIntervalS * 1000;
  const present = nowMs < endsMs;
  if (rhythm.reporting === 'periodic')
    return {
      observedMs,
      confirmedMs: observedMs,
      validUntilMs: Math.min(observedMs + liveIntervals * intervalMs, endsMs),
      freshness: freshnessAt(nowMs, observedMs, intervalMs, present),
    };
  const confirmedMs = Math.min(confirmation.untilMs, endsMs);
  const heardMs = Math.min(confirmation.lastUplinkMs, endsMs);
  return {
    observedMs,
    confirmedMs,
    validUntilMs: confirmation.confirmed
      ? Math.min(confirmedMs + liveIntervals * intervalMs, endsMs)
      : confirmedMs,
    freshness: freshnessAt(nowMs, heardMs, intervalMs, present && confirmation.confirmed),
  };
}

const fromBest: readonly Age['freshness'][] = ['live', 'stale', 'offline'];

/** Several values together are as old and as doubtful as the worst of them; none at all is undefined. */
export function worstOf(ages: readonly Age[]): Age | undefined {
  const [first, ...others] = ages;
  if (first === undefined) return undefined;
  return others.reduce(
    (worst, age) => ({
      observedMs: Math.min(worst.observedMs, age.observedMs),
      confirmedMs: Math.min(worst.confirmedMs, age.confirmedMs),
      validUntilMs: Math.min(worst.validUntilMs, age.validUntilMs),
      freshness:
        fromBest.indexOf(age.freshness) > fromBest.indexOf(worst.freshness) ? age.freshness : worst.freshness,
    }),
    first,
  );
}

/** The worst of those that still count; where all are offline, the worst of all. */
export function worstOfUsable(ages: readonly Age[]): Age | undefined {
  return worstOf(ages.filter(({ freshness }) => freshness !== 'offline')) ?? worstOf(ages);
}

/** The age as answers say it: ISO 8601 UTC, all null where nothing was ever heard. */
export function observed(age: Age | undefined): Observed {
  if (age === undefined)
    return { observedAt: null, confirmedAt: null, validUntil: null, freshness: 'unknown' };
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    observedAt: iso(age.observedMs),
    confirmedAt: iso(age.confirmedMs),
    validUntil: iso(age.validUntilMs),
    freshness: age.freshness,
  };
}
