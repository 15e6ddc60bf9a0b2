import { describe, expect, it } from 'vitest';
import { historyOf } from './history.ts';
import type { Site } from './inventory-schema.ts';

const bay = (n: number, access?: 'resident'): Site['assets'][number] => ({
  kind: 'parking-bay',
  id: `bay-${n}`,
  ...(access === undefined ? {} : { access }),
});
const point = (id: string): Site['assets'][number] => ({ kind: 'evse', id, connectors: [] });
const bays = (count: number): Site['assets'] => Array.from({ length: count }, (_, n) => bay(n));

function site(kind: Site['kind'], assets: Site['assets'], access: Site['access'] = 'public'): Site {
  return {
    id: 's',
    kind,
    name: 'x',
    organisation: 'o',
    location: { latitude: 0, longitude: 0 },
    access,
    assets,
  };
}

describe('the past of a site', () => {
  it('is told in quarter hours where five public bays stand together', () => {
    expect(historyOf(site('parking', bays(5)))).toEqual({
      assets: ['bay-0', 'bay-1', 'bay-2', 'bay-3', 'bay-4'],
      quantities: ['bay_occupied'],
      bucketMsMin: 900_000,
    });
    expect(historyOf(site('parking', bays(4)))).toHaveProperty('withheld');
  });

  it('never has resident bays in it', () => {
    expect(historyOf(site('parking', [...bays(4), bay(9, 'resident')]))).toHaveProperty('withheld');
    expect(historyOf(site('parking', [...bays(5), bay(9, 'resident')]))).toMatchObject({
      assets: ['bay-0', 'bay-1', 'bay-2', 'bay-3', 'bay-4'],
    });
  });

  it('is that of the meters where vehicles charge, and of bays if they are enough', () => {
    const meter = { kind: 'meter', id: 'm', measures: ['e'], chargingFromA: 1, chargingFromW: 100 } as const;
    const metered = ['current', 'active_power', 'active_energy'];
    const ofMeter = { ...meter, measures: ['e'] };
    const evse = point('e');
    expect(historyOf(site('charging', [evse, ofMeter, ...bays(4)]))).toEqual({
      assets: ['m'],
      quantities: metered,
      bucketMsMin: 900_000,
    });
    expect(historyOf(site('charging', [evse, ofMeter, ...bays(5)]))).toMatchObject({
      quantities: [...metered, 'bay_occupied'],
    });
    expect(historyOf(site('charging', bays(4)))).toHaveProperty('withheld');
  });

  it('is not that of meters that measure a point which is not shown', () => {
    const meter = (id: string, ...measures: string[]) =>
      ({ kind: 'meter', id, measures, chargingFromA: 1, chargingFromW: 100 }) as const;
    const resident = { kind: 'parking-bay', id: 'b', evse: 'e1', access: 'resident' } as const;
    const points = [point('e1'), point('e2'), point('e3'), resident];
    const meters = [meter('own', 'e1'), meter('shared', 'e1', 'e2'), meter('open', 'e3')];
    expect(historyOf(site('charging', [...points, ...meters]))).toMatchObject({ assets: ['open'] });
    expect(historyOf(site('charging', [...points, meter('own', 'e1')]))).toHaveProperty('withheld');
  });

  it('is withheld of rooms and of the meters of buildings', () => {
    const rooms = [1, 2, 3, 4, 5, 6].map((n) => ({ kind: 'room', id: `r${n}` }) as const);
    expect(historyOf(site('building', rooms))).toHaveProperty('withheld');
  });

  it('is told of trees', () => {
    expect(historyOf(site('environment', [{ kind: 'tree', id: 't' }]))).toMatchObject({ assets: ['t'] });
  });

  it('is told in minutes of the environment', () => {
    const scope = historyOf(site('environment', [{ kind: 'environment-station', id: 'e' }]));
    expect(scope).toMatchObject({ assets: ['e'], bucketMsMin: 60_000 });
    expect(scope).toHaveProperty('quantities', expect.not.arrayContaining(['motion', 'bay_occupied']));
    // Directions and levels too: stores put each quantity together as it asks for.
    expect(scope).toHaveProperty(
      'quantities',
      expect.arrayContaining(['wind_direction', 'sound_level_laeq']),
    );
  });

  it('is withheld where the site is not public', () => {
    for (const kind of ['parking', 'charging', 'environment'] as const)
      for (const access of ['resident', 'private'] as const)
        expect(historyOf(site(kind, bays(9), access))).toHaveProperty('withheld');
  });
});
