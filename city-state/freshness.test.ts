import { describe, expect, it } from 'vitest';
import type { Rhythm } from '#core';
import { type Age, ageOf, observed, worstOf, worstOfUsable } from './freshness.ts';
import { minuteMs, startMs } from './testing.ts';

const at = (minutes: number): number => startMs + minutes * minuteMs;
const every10Min = (reporting: Rhythm['reporting']): Rhythm => ({ reporting, expectedIntervalS: 600 });

interface Case {
  readonly reporting: Rhythm['reporting'];
  readonly now: number;
  readonly confirmed?: boolean;
  readonly until?: number;
  readonly last?: number;
  readonly ends?: number;
}

/** Of a value measured in minute 0; all in minutes. */
function age({ reporting, now, confirmed = true, until = 0, last = until, ends = Infinity }: Case): Age {
  return ageOf({
    observedMs: startMs,
    rhythm: every10Min(reporting),
    confirmation: { confirmed, untilMs: at(until), lastUplinkMs: at(last) },
    endsMs: at(ends),
    nowMs: at(now),
  });
}

const inMinutes = ({ confirmedMs, validUntilMs, freshness }: Age): unknown[] => [
  (confirmedMs - startMs) / minuteMs,
  (validUntilMs - startMs) / minuteMs,
  freshness,
];

describe('freshness', () => {
  it.each([
    [0, 'live'],
    [15, 'live'],
    [15.001, 'stale'],
    [30, 'stale'],
    [30.001, 'offline'],
    [-1, 'live'],
  ] as const)('of a periodic value of 10 minutes is, after %d, %s', (now, freshness) => {
    // However often the device was heard meanwhile: it should have repeated the value.
    expect(inMinutes(age({ reporting: 'periodic', now, until: 12 }))).toEqual([0, 15, freshness]);
  });

  it.each([
    [100, 'live'],
    [115, 'live'],
    [115.001, 'stale'],
    [130, 'stale'],
    [130.001, 'offline'],
  ] as const)('of a value confirmed by a heartbeat in minute 100 is, in minute %d, %s', (now, freshness) => {
    expect(inMinutes(age({ reporting: 'change+heartbeat', now, until: 100 }))).toEqual([100, 115, freshness]);
  });

  it.each([
    [101, 'stale'],
    [130, 'stale'],
    [130.001, 'offline'],
  ] as const)('of a value no longer confirmed is, in minute %d, %s', (now, freshness) => {
    const gap = { reporting: 'change+heartbeat', confirmed: false, until: 20, last: 100 } as const;
    expect(inMinutes(age({ ...gap, now }))).toEqual([20, 20, freshness]);
  });

  it('is at most stale once the device has left, and later uplinks from elsewhere do not count', () => {
    for (const reporting of ['periodic', 'change+heartbeat'] as const) {
      expect(age({ reporting, now: 4, ends: 5 }).freshness).toBe('live');
      expect(inMinutes(age({ reporting, now: 5, ends: 5 })).slice(1)).toEqual([5, 'stale']);
    }
    const left = { reporting: 'change+heartbeat', until: 100, ends: 5 } as const;
    expect(inMinutes(age({ ...left, now: 36 }))).toEqual([5, 5, 'offline']);
  });
});

describe('several values together', () => {
  const live = age({ reporting: 'periodic', now: 0 });
  const stale: Age = { ...live, observedMs: at(1), validUntilMs: at(2), freshness: 'stale' };
  const offline: Age = { ...live, observedMs: at(-99), freshness: 'offline' };

  it('are as old and doubtful as the worst', () => {
    expect(worstOf([live, stale])).toEqual({ ...live, validUntilMs: at(2), freshness: 'stale' });
    expect(worstOf([])).toBeUndefined();
  });

  it('leave out what is offline while something is not', () => {
    expect(worstOfUsable([live, offline])).toEqual(live);
    expect(worstOfUsable([offline])).toEqual(offline);
  });

  it('are unknown where there are none', () => {
    expect(observed(undefined)).toEqual({
      observedAt: null,
      confirmedAt: null,
      validUntil: null,
      freshness: 'unknown',
    });
    expect(observed(live)).toMatchObject({ observedAt: '2026-03-02T08:00:00.000Z', freshness: 'live' });
  });
});
