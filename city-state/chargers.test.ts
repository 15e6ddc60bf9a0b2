import { describe, expect, it } from 'vitest';
import type { QuantityKey, Value } from '#core';
import type { ChargingStation, Freshness } from './answers.ts';
import { chargingStation } from './chargers.ts';
import type { Known, Look } from './known.ts';
import { inventoryOf, minuteMs, smallCity, startMs } from './testing.ts';

const hafen = inventoryOf(smallCity).sites.find(({ id }) => id === 'hafen');

/** A value as known of an asset; `offline` is written behind it where that is meant. */
function known(
  quantity: QuantityKey,
  value: Value,
  freshness: Exclude<Freshness, 'unknown'> = 'live',
  channel?: string,
  observedMs = startMs,
): Known {
  const age = { observedMs, confirmedMs: startMs, validUntilMs: startMs, freshness };
  return { quantity, channel, value, sinceMs: () => observedMs, age };
}

type Inputs = Record<string, readonly Known[]>;
const look =
  (inputs: Inputs): Look =>
  (asset) =>
    inputs[asset] ?? [];

function station(
  inputs: Inputs,
  change: { access?: 'resident'; bayAccess?: 'resident' } = {},
): ChargingStation {
  if (hafen === undefined) throw new Error('the small city has lost its harbour');
  const { access = 'public', bayAccess } = change;
  const assets = hafen.assets.map((asset) =>
    asset.kind === 'parking-bay' && bayAccess !== undefined ? { ...asset, access: bayAccess } : asset,
  );
  return chargingStation({ ...hafen, access, assets }, 'Stadtwerke', look(inputs));
}

/** Status and basis of a point in short: `CHARGING meter bay`. */
function statusOf(point: number, inputs: Inputs): string {
  const { status, basis } = station(inputs).points[point] ?? { status: 'none', basis: [] };
  return [status, ...basis].join(' ');
}

const bays = {
  occupied: [known('bay_occupied', true)],
  free: [known('bay_occupied', false)],
  offline: [known('bay_occupied', true, 'offline')],
  none: [],
};
const meters = {
  flowing: [known('current', 6)],
  idle: [known('current', 0.2)],
  offline: [known('current', 6, 'offline')],
  none: [],
};

describe('a charge point with a meter and a bay of its own', () => {
  it.each([
    ['flowing', 'occupied', 'CHARGING meter bay'],
    ['flowing', 'free', 'CHARGING meter'],
    ['flowing', 'none', 'CHARGING meter'],
    ['flowing', 'offline', 'CHARGING meter'],
    ['idle', 'occupied', 'BLOCKED meter bay'],
    ['idle', 'free', 'AVAILABLE meter bay'],
    ['idle', 'none', 'AVAILABLE meter'],
    ['idle', 'offline', 'AVAILABLE meter'],
    ['none', 'occupied', 'OCCUPIED bay'],
    ['none', 'free', 'AVAILABLE bay'],
    ['none', 'none', 'UNKNOWN'],
    ['offline', 'occupied', 'OCCUPIED bay'],
    ['offline', 'free', 'AVAILABLE bay'],
    ['offline', 'offline', 'UNKNOWN'],
  ] as const)('is, with the meter %s and the bay %s, %s', (meter, bay, expected) => {
    expect(statusOf(0, { 'hafen-meter-1': meters[meter], 'hafen-bay-1': bays[bay] })).toBe(expected);
  });
});

describe('a charge point that shares its meter', () => {
  it.each([
    ['flowing', 'occupied', 'OCCUPIED bay'],
    ['flowing', 'free', 'AVAILABLE bay'],
    ['flowing', 'none', 'UNKNOWN meter'],
    ['idle', 'occupied', 'BLOCKED meter bay'],
    ['idle', 'free', 'AVAILABLE meter bay'],
    ['idle', 'none', 'AVAILABLE meter'],
    ['none', 'occupied', 'OCCUPIED bay'],
    ['none', 'free', 'AVAILABLE bay'],
    ['none', 'none', 'UNKNOWN'],
  ] as const)('is, with the meter %s and the bay %s, %s', (meter, bay, expected) => {
    expect(statusOf(1, { 'hafen-meter-2': meters[meter], 'hafen-bay-2': bays[bay] })).toBe(expected);
  });
});

describe('a meter', () => {
  const ofOwn = (...said: Known[]): string => statusOf(0, { 'hafen-meter-1': said });
  const ofShared = (...said: Known[]): string => statusOf(2, { 'hafen-meter-2': said });

  it('flows from one ampere on, or from what the inventory says', () => {
    expect(ofOwn(known('current', 0.99))).toBe('AVAILABLE meter');
    expect(ofOwn(known('current', 1))).toBe('CHARGING meter');
    expect(ofShared(known('current', 1.99))).toBe('AVAILABLE meter');
    expect(ofShared(known('current', 2))).toBe('UNKNOWN meter');
  });

  it('flows above a hundred watts, and power counts more than current', () => {
    expect(ofOwn(known('active_power', 100), known('current', 6))).toBe('AVAILABLE meter');
    expect(ofOwn(known('active_power', 101), known('current', 0))).toBe('CHARGING meter');
    expect(ofOwn(known('active_power', 0, 'offline'), known('current', 6))).toBe('CHARGING meter');
  });

  it('flows when one of its phases does', () => {
    expect(ofOwn(known('current', 0, 'live', 'l1'), known('current', 6, 'live', 'l2'))).toBe(
      'CHARGING meter',
    );
  });

  it('says nothing by its battery', () => {
    expect(ofOwn(known('battery_level', 80))).toBe('UNKNOWN');
    expect(station({ 'hafen-meter-1': [known('battery_level', 80)] }).freshness).toBe('unknown');
  });
});

describe('what a meter measured before the vehicle came or went', () => {
  const before = startMs - minuteMs;
  const earlier = (amperes: number): Known => known('current', amperes, 'live', undefined, before);

  it.each([
    ['flowing', 6, 'free', 'AVAILABLE bay'],
    ['flowing', 6, 'occupied', 'OCCUPIED bay'],
    ['idle', 0, 'occupied', 'OCCUPIED bay'],
    ['idle', 0, 'free', 'AVAILABLE bay'],
  ] as const)('does not count: %s at %d A, then %s', (_, amperes, bay, expected) => {
    expect(statusOf(0, { 'hafen-meter-1': [earlier(amperes)], 'hafen-bay-1': bays[bay] })).toBe(expected);
    expect(statusOf(1, { 'hafen-meter-2': [earlier(amperes)], 'hafen-bay-2': bays[bay] })).toBe(expected);
  });

  it('counts again once it is measured anew, and where the bay only repeats itself', () => {
    const repeated = bays.occupied.map((one) => ({ ...one, sinceMs: () => before }));
    expect(statusOf(0, { 'hafen-meter-1': [earlier(0)], 'hafen-bay-1': repeated })).toBe('BLOCKED meter bay');
    expect(statusOf(0, { 'hafen-meter-1': meters.idle, 'hafen-bay-1': bays.occupied })).toBe(
      'BLOCKED meter bay',
    );
  });

  it('does not matter where the bay says nothing', () => {
    expect(statusOf(0, { 'hafen-meter-1': [earlier(6)], 'hafen-bay-1': bays.offline })).toBe(
      'CHARGING meter',
    );
  });
});

describe('a charging station', () => {
  it('counts its points and is as fresh as the worst it concludes from', () => {
    const answer = station({
      'hafen-meter-1': [known('current', 0, 'stale')],
      'hafen-bay-1': bays.free,
      'hafen-meter-2': meters.offline,
      'hafen-bay-2': bays.free,
    });
    expect(answer).toMatchObject({
      capacity: 3,
      available: 2,
      freshness: 'stale',
      operator: 'Stadtwerke',
      address: 'Kai 1',
    });
    expect(answer.points.map(({ freshness }) => freshness)).toEqual(['stale', 'live', 'offline']);
    expect(answer.points[0]).toMatchObject({ evseId: 'DE*TST*E1', label: null });
  });

  it('shows no point that would tell of a resident’s bay, and counts fewer than five of them for nothing', () => {
    const inputs = { 'hafen-bay-1': bays.free };
    const mixed = station(inputs, { bayAccess: 'resident' });
    expect(mixed.points.map(({ id }) => id)).toEqual(['hafen-3']);
    expect(mixed).toMatchObject({ capacity: 3, available: 0, freshness: 'unknown' });
    expect(station(inputs, { access: 'resident' })).toMatchObject({ capacity: 3, available: 0, points: [] });
  });

  it('counts five and more of them', () => {
    const facts = { name: 'x', organisation: 'o', location: { latitude: 0, longitude: 0 } };
    const assets = [1, 2, 3, 4, 5].map((n) => ({ kind: 'evse' as const, id: `e${n}`, connectors: [] }));
    const meter = { kind: 'meter' as const, id: 'm', chargingFromA: 1, chargingFromW: 100 };
    const site = { ...facts, id: 's', kind: 'charging' as const, access: 'resident' as const };
    const measures = assets.map(({ id }) => id);
    expect(
      chargingStation({ ...site, assets: [...assets, { ...meter, measures }] }, 'o', () => meters.idle),
    ).toMatchObject({ capacity: 5, available: 5, points: [], freshness: 'live' });
  });

  it('says nothing of a hidden point by the meter it shares with a shown one', () => {
    const hidden = { 'hafen-meter-2': meters.idle };
    expect(station(hidden, { bayAccess: 'resident' }).points).toEqual(
      station({}, { bayAccess: 'resident' }).points,
    );
  });
});
