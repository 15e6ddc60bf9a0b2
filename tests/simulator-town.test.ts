/** The demo town as the platform sees it: its messages translated, decoded, and taken into the city's state. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CityState, createDirectory, loadInventory } from '#city-state';
import type { Uplink } from '#core';
import { profileById } from '#device-profiles';
import { createTranslate } from '#gateway-bridge';
import { createTown, placesOf, upEventWriter } from '#simulator';

const hourMs = 3_600_000;
/** Monday, 23 November 2026, 05:00 in Berlin; the state is looked at from the next morning at five on. */
const fromMs = Date.UTC(2026, 10, 23, 4);
const shownFromMs = fromMs + 24 * hourMs;
const toMs = shownFromMs + 24 * hourMs;

const inventory = await loadInventory(join(import.meta.dirname, '..', 'cities', 'demo'));
const town = createTown({ places: placesOf(inventory), seed: 1 });
const translate = createTranslate(createDirectory(inventory));

function uplinkOf(timeMs: number, topic: string, payload: Uint8Array): Uplink {
  const translated = translate({ receivedAtMs: timeMs + 200, broker: 'demo', topic, payload });
  if (translated.kind !== 'uplink') throw new Error(`${topic} at ${timeMs} is a ${translated.kind}`);
  return translated;
}

const uplinks = Array.from(town.uplinks(fromMs, toMs), ({ timeMs, message }) =>
  uplinkOf(timeMs, message.topic, message.payload),
);

describe('the demo inventory', () => {
  const assets = inventory.sites.flatMap((site) => site.assets.map((asset) => ({ site, asset })));
  const count = (kind: string, siteKind: string): number =>
    assets.filter(({ site, asset }) => asset.kind === kind && site.kind === siteKind).length;

  it('has the town it promises', () => {
    expect({
      bays: count('parking-bay', 'parking'),
      points: count('evse', 'charging'),
      pointBays: count('parking-bay', 'charging'),
      shared: assets.filter(({ asset }) => asset.kind === 'meter' && asset.measures.length > 1).length,
      trees: count('tree', 'environment'),
      rooms: count('room', 'building'),
      buildingMeters: count('meter', 'building'),
      outdoors: inventory.sites.filter(({ id }) => id.startsWith('u-')).length,
    }).toEqual({
      bays: 60,
      points: 24,
      pointBays: 24,
      shared: 2,
      trees: 30,
      rooms: 6,
      buildingMeters: 6,
      outdoors: 12,
    });
  });

  it('has one device at every bay, meter, station, tree and room', () => {
    const places = assets.map(({ asset }) => asset).filter(({ kind }) => kind !== 'evse');
    expect(inventory.assignments.map(({ asset }) => asset).toSorted()).toEqual(
      places.map(({ id }) => id).toSorted(),
    );
    expect(inventory.devices.length).toBe(inventory.assignments.length);
  });
});

describe('the demo town', () => {
  it('hears from every device whose profile there is', () => {
    const known = inventory.devices.filter(({ profile }) => profileById(profile ?? '') !== undefined);
    const heard = new Set(uplinks.map(({ devEui }) => devEui));
    expect([...heard].toSorted()).toEqual(known.map(({ devEui }) => devEui).toSorted());
  });

  it('says nothing the platform cannot read or does not believe', () => {
    for (const { devEui, profile, readings, warnings, error, flags } of uplinks) {
      const doubtful = readings.filter((reading) => reading.flags !== undefined);
      expect({ devEui, warnings, error, flags, doubtful }).toEqual({
        ...{ devEui, warnings: [], error: undefined, flags: [], doubtful: [] },
      });
      expect(profile).toBeDefined();
    }
  });

  it('names the time of each frame exactly', () => {
    const times = Array.from(town.uplinks(fromMs, toMs), ({ timeMs }) => timeMs);
    expect(uplinks.map(({ time }) => time)).toEqual(times);
  });

  it('says the same in protobuf, in half the bytes', async () => {
    const write = await upEventWriter('protobuf');
    const inProtobuf = createTown({ places: placesOf(inventory), seed: 1, write });
    const untilMs = fromMs + 6 * hourMs;
    let [bytes, jsonBytes] = [0, 0];
    const inJson = town.uplinks(fromMs, untilMs)[Symbol.iterator]();
    for (const { timeMs, message } of inProtobuf.uplinks(fromMs, untilMs)) {
      const twin = inJson.next().value;
      expect(uplinkOf(timeMs, message.topic, message.payload)).toEqual(
        twin && uplinkOf(twin.timeMs, twin.message.topic, twin.message.payload),
      );
      bytes += message.payload.length;
      jsonBytes += twin?.message.payload.length ?? 0;
    }
    expect(inJson.next().done).toBe(true);
    expect(bytes / jsonBytes).toBeLessThan(0.5);
  });

  it('is quick to make: a day at once, and a second when asked every second', () => {
    const startedMs = performance.now();
    const day = [...town.uplinks(fromMs, fromMs + 24 * hourMs)].length;
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(day).toBeGreaterThan(3000);
    const secondsMs = performance.now();
    for (let second = 0; second < 100; second++)
      Array.from(town.uplinks(fromMs + second * 1000, fromMs + (second + 1) * 1000));
    expect((performance.now() - secondsMs) / 100).toBeLessThan(5);
  });
});

describe('the city of the demo town', () => {
  const state = new CityState({ inventory, now: () => toMs });
  const statuses = new Map<string, number>();
  const occupiedAt = new Map<number, number>();
  let heard = 0;
  for (let nowMs = shownFromMs; nowMs <= toMs; nowMs += hourMs / 2) {
    for (const uplink of uplinks.slice(heard)) {
      if (uplink.time > nowMs) break;
      state.apply(uplink);
      heard++;
    }
    for (const { points } of state.chargingStations(nowMs))
      for (const { status } of points) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const publicSites = state.parkingSites(nowMs).filter(({ bays }) => bays.length > 0);
    occupiedAt.set(
      nowMs,
      publicSites.reduce((sum, { occupied }) => sum + occupied, 0),
    );
  }

  it('has charge points of every kind within a day', () => {
    for (const status of ['AVAILABLE', 'CHARGING', 'BLOCKED', 'OCCUPIED'])
      expect([status, statuses.get(status) ?? 0]).toEqual([status, expect.toSatisfy((n: number) => n > 5)]);
    expect(statuses.get('UNKNOWN') ?? 0).toBe(0);
  });

  it('has fuller car parks at noon than at four in the morning', () => {
    const noonMs = shownFromMs + 7 * hourMs;
    const fourMs = shownFromMs + 23 * hourMs;
    expect(occupiedAt.get(noonMs)).toBeGreaterThan(15);
    expect(occupiedAt.get(fourMs)).toBeLessThan(occupiedAt.get(noonMs) ?? 0);
  });

  it('is live wherever a sensor speaks', () => {
    const sites = [...state.parkingSites(toMs), ...state.chargingStations(toMs)];
    for (const { id, freshness } of sites) expect([id, freshness]).toEqual([id, 'live']);
    for (const { measurements } of state.environmentStations(toMs))
      for (const { freshness } of measurements) expect(freshness).toBe('live');
  });
});
