import { describe, expect, it } from 'vitest';
import { type InventoryLike, placesOf } from './places.ts';

const inventory: InventoryLike = {
  city: { timeZone: 'Europe/Berlin' },
  sites: [
    {
      ...{ id: 'north', access: 'public', location: { latitude: 51.2, longitude: 9 } },
      assets: [
        { kind: 'evse', id: 'point-1', connectors: [{ maxPowerKw: 11 }, { maxPowerKw: 22 }] },
        { kind: 'evse', id: 'point-2', connectors: [{ maxPowerKw: 150 }] },
        { kind: 'parking-bay', id: 'point-1-bay', evse: 'point-1' },
        { kind: 'meter', id: 'meter', measures: ['point-1', 'point-2'] },
      ],
    },
    {
      ...{ id: 'south', access: 'public', location: { latitude: 51, longitude: 9 } },
      assets: [{ kind: 'parking-bay', id: 'bay', access: 'resident' }],
    },
  ],
  devices: [
    { devEui: 'moved', profile: 'bosch/tps110' },
    { devEui: 'shared', profile: 'yobiiq/em4301' },
    { devEui: 'nowhere', profile: 'yobiiq/em4301' },
    { devEui: 'unknown' },
  ],
  assignments: [
    { device: 'moved', asset: 'bay', fromMs: 500, toMs: Infinity },
    { device: 'moved', asset: 'point-1-bay', fromMs: 100, toMs: 500 },
    { device: 'shared', asset: 'meter', fromMs: 200, toMs: 900 },
  ],
};

describe('the places of a town', () => {
  const [moved, shared, nowhere, ...others] = placesOf(inventory).devices;

  it('are where a device stood last', () => {
    expect(moved).toMatchObject({ id: 'bay', site: 'south', access: 'resident', sinceMs: 500, points: [] });
  });

  it('know the charge points of a meter and the power of their strongest connectors', () => {
    const points = [
      { id: 'point-1', powerKwMax: 22 },
      { id: 'point-2', powerKwMax: 150 },
    ];
    expect(shared).toMatchObject({ id: 'meter', sinceMs: 200, untilMs: 900, points });
  });

  it('are the middle of the town for a device that stands nowhere', () => {
    expect(nowhere).toMatchObject({ id: 'nowhere', access: 'private', sinceMs: 100, points: [] });
    expect(nowhere?.location.latitude).toBeCloseTo(51.1);
  });

  it('leave out what nobody knows the model of', () => {
    expect(others).toEqual([]);
    expect(placesOf({ ...inventory, assignments: [] }).devices[0]?.sinceMs).toBe(Date.UTC(2026, 0, 1));
  });
});
