import { describe, expect, it } from 'vitest';
import { bayState, parkingSite } from './bays.ts';
import { environmentStation } from './environment.ts';
import type { Age } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import type { Known } from './known.ts';
import { startMs } from './testing.ts';

function occupied(value: boolean, freshness: Age['freshness'] = 'live', observedMs = startMs): Known {
  const age = { observedMs, confirmedMs: observedMs, validUntilMs: observedMs, freshness };
  return { quantity: 'bay_occupied', channel: undefined, value, age };
}

function site(access: Site['access']): Site {
  const facts = { id: 's', name: 'x', organisation: 'o', location: { latitude: 0, longitude: 0 }, access };
  const assets: Site['assets'] = [
    { kind: 'parking-bay', id: 'a' },
    { kind: 'parking-bay', id: 'b', access: 'resident' },
    { kind: 'parking-bay', id: 'c', access: 'private' },
  ];
  return { ...facts, kind: 'parking', assets };
}

describe('a bay', () => {
  it('is what its newest reading says, unless that is offline', () => {
    expect(bayState([occupied(true)]).status).toBe('OCCUPIED');
    expect(bayState([occupied(false, 'stale')]).status).toBe('FREE');
    expect(bayState([occupied(true, 'offline')])).toMatchObject({
      status: 'UNKNOWN',
      age: { freshness: 'offline' },
    });
    expect(bayState([])).toEqual({ status: 'UNKNOWN', age: undefined });
    expect(bayState([occupied(true), occupied(false, 'live', startMs + 1)]).status).toBe('FREE');
  });
});

describe('a site', () => {
  it('counts resident and private bays without showing them', () => {
    const answer = parkingSite(site('public'), 'o', () => [occupied(true)]);
    expect(answer).toMatchObject({ capacity: 3, occupied: 3 });
    expect(answer.bays.map(({ id }) => id)).toEqual(['a']);
  });

  it('that is not public shows totals only', () => {
    for (const access of ['resident', 'private'] as const)
      expect(parkingSite(site(access), 'o', () => [occupied(false)])).toMatchObject({ free: 3, bays: [] });
  });

  it('that is not public shows no measurements', () => {
    const known: Known = { ...occupied(true), quantity: 'co2', value: 600 };
    const station = { ...site('private'), assets: [{ kind: 'environment-station' as const, id: 'e' }] };
    expect(environmentStation(station, 'o', () => [known]).measurements).toEqual([]);
    expect(
      environmentStation({ ...station, access: 'public' }, 'o', () => [known]).measurements,
    ).toHaveLength(1);
  });
});
