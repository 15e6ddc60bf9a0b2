/**
 * Frames as a real ChirpStack gave them (time of day, counter and payload recorded; readings written out by hand), on
 * the inventory that fits them.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Uplink } from '#core';
import { loadInventory } from './inventory.ts';
import { CityState } from './state.ts';
import { uplink } from './testing.ts';

const nowMs = Date.parse('2026-11-22T00:09:00Z');
const inventory = await loadInventory(join(import.meta.dirname, '..', 'cities', 'captured'));

type Row = [devEui: string, clock: string, devAddr: string, fCnt: number, data: string, values: object];
const climate = {
  air_temperature: 23.8,
  relative_humidity: 62,
  co2: 936,
  air_pressure: 1008.6,
  motion: true,
};
const [am307, ct103] = ['24e124707c123456', '24e124746c876543'];
const rows: Row[] = [
  [am307, '00:07:06.688', '007e5f43', 0, 'AXVkA2fuAARofAUAAQbLAgd9qAMIfSUACXNmJw==', climate],
  [am307, '00:07:07.703', '007e5f43', 1, 'A2fwAA==', { air_temperature: 24 }],
  [am307, '00:07:13.689', '007e5f43', 8, '', {}],
  [am307, '00:07:17.854', '007e5f43', 38, 'A2f2AA==', { air_temperature: 24.6 }],
  [am307, '00:08:34.947', '00d6312f', 0, 'A2fuAARofA==', { air_temperature: 23.8, relative_humidity: 62 }],
  [ct103, '00:07:27.002', '01000001', 0, 'A5cQJwAABJi4CwlnBgE=', { current: 30, active_energy: 100 }],
  [ct103, '00:07:27.419', '01000001', 1, 'hJi4C9AHxAkF', { current: 0.2 }],
  ['fcd6bd00001a2b3c', '00:07:30.270', '01000005', 1, 'AQ==', { bay_occupied: true }],
  ['fcd6bd00001a2b3c', '00:07:30.628', '01000005', 2, 'AA==', { bay_occupied: false }],
  ['70b3d50000002001', '00:07:47.275', '01000013', 0, 'AQ==', { bay_occupied: true }],
  ['70b3d50000002001', '00:07:47.584', '01000013', 1, 'AQ==', { bay_occupied: true }],
  // The device whose counter is not checked: first a replay, then a reset to 0.
  ['70b3d50000002001', '00:07:48.091', '01000013', 1, 'AQ==', { bay_occupied: true }],
  ['70b3d50000002001', '00:07:48.593', '01000013', 0, 'AA==', { bay_occupied: false }],
  ['70b3d50000002002', '00:07:49.470', '01000014', 65_535, 'AQ==', { bay_occupied: true }],
  ['70b3d50000002002', '00:07:49.828', '01000014', 65_536, 'AQ==', { bay_occupied: true }],
];

function uplinkOf([devEui, clock, devAddr, fCnt, data, values]: Row): Uplink {
  const time = Date.parse(`2026-11-22T${clock}Z`);
  return uplink(devEui, values, { time, devAddr, fCnt, data, id: `${devEui} ${clock}` });
}

function stateAfter(uplinks: readonly Uplink[]): CityState {
  const state = new CityState({ inventory, now: () => nowMs });
  for (const one of uplinks) state.apply(one);
  return state;
}

describe('recorded frames', () => {
  const state = stateAfter(rows.map(uplinkOf));

  it('fill the city', () => {
    expect(state.parkingSites(nowMs)[0]).toMatchObject({ capacity: 4, free: 2, occupied: 1, unknown: 1 });
    expect(state.chargingStations(nowMs)[0]?.points[0]).toMatchObject({
      status: 'AVAILABLE',
      basis: ['meter'],
    });
    const [stadhuis] = state.environmentStations(nowMs);
    expect(stadhuis?.measurements.map(({ quantity, value }) => [quantity, value])).toEqual([
      ['air_temperature', 23.8],
      ['relative_humidity', 62],
      ['air_pressure', 1008.6],
      ['co2', 936],
    ]);
  });

  it('give the same city backwards', () => {
    const backwards = stateAfter(rows.map(uplinkOf).toReversed());
    expect(backwards.parkingSites(nowMs)).toEqual(state.parkingSites(nowMs));
    expect(backwards.chargingStations(nowMs)).toEqual(state.chargingStations(nowMs));
    expect(backwards.environmentStations(nowMs)).toEqual(state.environmentStations(nowMs));
  });

  it('hold one copy: the replayed one', () => {
    const fresh = stateAfter([]);
    const copies = rows.map(uplinkOf).filter((one) => fresh.apply(one).duplicate);
    expect(copies.map(({ deduplicationId }) => deduplicationId)).toEqual(['70b3d50000002001 00:07:48.091']);
  });

  it('come from too few bays to tell their past', () => {
    expect(state.historyScope('parking', 'marktplein')).toHaveProperty('withheld');
    expect(state.historyScope('charging', 'laadplein')).toHaveProperty('assets', ['laadplein-meter-1']);
    expect(state.historyScope('environment', 'stadhuis')).toHaveProperty('assets', ['stadhuis-climate']);
  });
});
