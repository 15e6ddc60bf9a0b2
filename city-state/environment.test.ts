import { describe, expect, it } from 'vitest';
import { quantity } from '#core';
import { environmentQuantities } from './environment.ts';
import type { CityState } from './state.ts';
import { eui, inventoryOf, minuteMs, startMs, stateOf, uplink } from './testing.ts';

const place = 'organisation: werke, location: { latitude: 52.5, longitude: 13.4 }';
const rooms = [1, 2, 3, 4, 5, 6];
const inventory = inventoryOf(`
sites:
  - { id: schule, kind: building, name: Schule, ${place}, access: private, assets: [
      ${rooms.map((n) => `{ kind: room, id: raum-${n} }`).join(', ')}, { kind: meter, id: strom }] }
  - { id: rathaus, kind: building, name: Rathaus, ${place}, assets: [{ kind: meter, id: rathaus-strom }] }
  - { id: allee, kind: environment, name: Allee, ${place}, assets: [{ kind: tree, id: linde }, { kind: tree, id: eiche }] }
  - { id: dach, kind: environment, name: Dach, ${place}, assets: [{ kind: environment-station, id: dach-1 }] }
assignments:
${rooms.map((n) => `  - { device: '${eui(n)}', asset: raum-${n}, validFrom: 2026-01-01 }`).join('\n')}
  - { device: '${eui(7)}', asset: strom, validFrom: 2026-01-01 }
  - { device: '${eui(8)}', asset: rathaus-strom, validFrom: 2026-01-01 }
  - { device: '${eui(9)}', asset: linde, validFrom: 2026-01-01 }
  - { device: '${eui(10)}', asset: eiche, validFrom: 2026-01-01 }
`);

/** A state that heard so many rooms, each a minute and a degree after the one before. */
function heard(count: number): CityState {
  const state = stateOf(inventory);
  for (const n of rooms.slice(0, count))
    state.apply(
      uplink(
        eui(n),
        { air_temperature: 19 + n, motion: true, battery_level: 90 },
        { time: startMs + n * minuteMs },
      ),
    );
  return state;
}

const school = (state: CityState, nowMs = startMs + 6 * minuteMs) =>
  state.environmentStations(nowMs).find(({ id }) => id === 'schule');

describe('an environment site', () => {
  it('says what stands there, and of each value where it was measured', () => {
    const state = stateOf(inventory);
    state.apply(uplink(eui(9), { soil_moisture: 20 }));
    state.apply(uplink(eui(10), { soil_moisture: 30 }));
    const stations = state.environmentStations(startMs);
    expect(stations.map(({ id, type }) => [id, type])).toEqual([
      ['allee', 'tree'],
      ['dach', 'environment-station'],
      ['schule', 'room'],
    ]);
    expect(stations[0]?.measurements.map(({ asset, value }) => [asset, value])).toEqual([
      ['eiche', 30],
      ['linde', 20],
    ]);
  });
});

it('tells nothing of people', () => {
  const aboutPeople = environmentQuantities.filter((key) =>
    /people|person|motion|occup|dwell/i.test(`${key} ${quantity(key).label.en}`),
  );
  expect(aboutPeople).toEqual([]);
});

describe('the rooms of a building', () => {
  it('are told by their mean, as old as the oldest of them, even where the building is private', () => {
    expect(school(heard(6))).toMatchObject({
      access: 'private',
      freshness: 'live',
      measurements: [
        {
          asset: null,
          channel: null,
          quantity: 'air_temperature',
          value: 22.5,
          observedAt: '2026-03-02T08:01:00.000Z',
          freshness: 'live',
        },
      ],
    });
    expect(JSON.stringify(school(heard(6)))).not.toContain('raum-');
  });

  it('are told from five on', () => {
    expect(school(heard(5))?.measurements).toMatchObject([{ value: 22 }]);
    expect(school(heard(4))).toMatchObject({ measurements: [], observedAt: null, freshness: 'unknown' });
  });

  it('count while they are not offline', () => {
    // The first two rooms have been silent for longer than three of their ten minutes.
    expect(school(heard(6), startMs + 32.5 * minuteMs)?.measurements).toEqual([]);
    expect(school(heard(6), startMs + 31.5 * minuteMs)?.measurements).toMatchObject([
      { value: 23, freshness: 'stale' },
    ]);
  });

  it('have no past to be told', () => {
    expect(stateOf(inventory).historyScope('environment', 'schule')).toHaveProperty('withheld');
  });

  it('are told when they change', () => {
    const state = heard(6);
    const told: string[] = [];
    state.onChange((changes) => told.push(...changes.map(({ kind, site }) => `${kind} ${site.id}`)));
    state.tick(startMs + 6 * minuteMs);
    expect(told).toEqual(['environment schule']);
  });
});

describe('the meters of a building', () => {
  it('are stored with their place and appear nowhere', () => {
    const state = stateOf(inventory);
    const told: string[] = [];
    state.onChange((changes) => told.push(...changes.map(({ site }) => site.id)));
    state.apply(uplink(eui(7), { active_power: 900 }));
    state.apply(uplink(eui(8), { active_power: 4000 }));
    state.tick(startMs);
    const answers = [
      state.chargingStations(startMs),
      state.parkingSites(startMs),
      state.environmentStations(startMs),
    ];
    expect(JSON.stringify(answers)).not.toMatch(/rathaus|strom|active_power/);
    expect(told).toEqual(['schule']);
    expect(state.historyScope('environment', 'rathaus')).toBeUndefined();
  });
});
