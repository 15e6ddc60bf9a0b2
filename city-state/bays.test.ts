import { describe, expect, it } from 'vitest';
import { bayState, parkingSite } from './bays.ts';
import { environmentStation } from './environment.ts';
import type { Age } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import type { Known } from './known.ts';
import { startMs } from './testing.ts';

function occupied(value: boolean, freshness: Age['freshness'] = 'live', observedMs = startMs): Known {
  const age = { observedMs, confirmedMs: observedMs, validUntilMs: observedMs, freshness };
  return { quantity: 'bay_occupied', channel: undefined, value, sinceMs: () => observedMs, age };
}

/** A site with one public bay, and so many resident and private ones in turn. */
function site(access: Site['access'], others: number): Site {
  const facts = { id: 's', name: 'x', organisation: 'o', location: { latitude: 0, longitude: 0 }, access };
  const hidden = Array.from({ length: others }, (_, n): Site['assets'][number] => ({
    kind: 'parking-bay',
    id: `hidden-${n}`,
    access: n % 2 === 0 ? 'resident' : 'private',
  }));
  return { ...facts, kind: 'parking', assets: [{ kind: 'parking-bay', id: 'a' }, ...hidden] };
}

describe('a bay', () => {
  it('is what its newest reading says, unless that is offline', () => {
    expect(bayState([occupied(true)]).status).toBe('OCCUPIED');
    expect(bayState([occupied(false, 'stale')]).status).toBe('FREE');
    expect(bayState([occupied(true, 'offline')])).toMatchObject({
      status: 'UNKNOWN',
      age: { freshness: 'offline' },
    });
    expect(bayState([])).toMatchObject({ status: 'UNKNOWN', age: undefined });
    expect(bayState([occupied(true), occupied(false, 'live', startMs + 1)]).status).toBe('FREE');
  });
});

describe('a site', () => {
  it('counts resident and private bays without showing them', () => {
    const answer = parkingSite(site('public', 5), 'o', () => [occupied(true)]);
    expect(answer).toMatchObject({ access: 'public', capacity: 6, occupied: 6, unknown: 0 });
    expect(answer.bays.map(({ id }) => id)).toEqual(['a']);
  });

  it('that is not public shows totals only', () => {
    for (const access of ['resident', 'private'] as const)
      expect(parkingSite(site(access, 4), 'o', () => [occupied(false)])).toMatchObject({ free: 5, bays: [] });
  });

  it('tells nothing of fewer than five such bays, not even by what is left of the totals', () => {
    const first = (id: string): Known[] => (id === 'a' ? [occupied(true)] : []);
    for (const hidden of [[], [occupied(true, 'stale', 1)], [occupied(false)]])
      expect(parkingSite(site('public', 4), 'o', (id) => (id === 'a' ? first(id) : hidden))).toMatchObject({
        ...parkingSite(site('public', 4), 'o', first),
        occupied: 1,
        free: 0,
        unknown: 4,
      });
    const few = parkingSite(site('resident', 3), 'o', () => [occupied(true)]);
    expect(few).toMatchObject({ capacity: 4, occupied: 0, unknown: 4, freshness: 'unknown', bays: [] });
  });

  it('that is not public shows no measurements', () => {
    const known: Known = { ...occupied(true), quantity: 'co2', value: 600 };
    const station = { ...site('private', 0), assets: [{ kind: 'environment-station' as const, id: 'e' }] };
    expect(environmentStation(station, 'o', () => [known]).measurements).toEqual([]);
    expect(
      environmentStation({ ...station, access: 'public' }, 'o', () => [known]).measurements,
    ).toHaveLength(1);
  });
});
