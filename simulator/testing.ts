/** For the tests of this room: a hamlet with one or two devices of each kind, and its uplinks as plain values. */
import { hourMs } from './calendar.ts';
import { placesOf, type TownPlaces } from './places.ts';
import { createTown } from './town.ts';

export const dayMs = 24 * hourMs;
/** Monday, 2 March 2026, 00:00 in Berlin. */
export const mondayMs = Date.UTC(2026, 2, 1, 23);

const since = { fromMs: Date.UTC(2026, 0, 1), toMs: Infinity };
const location = { latitude: 51.15, longitude: 8.985 };
const connectors = [{ maxPowerKw: 11 }];

/** One device after the other at the assets named, all in service since 1 January 2026. */
const assignments = [
  ['0270000000000001', 'market-1'],
  ['0270000000000002', 'market-2'],
  ['0270000000000003', 'home-1'],
  ['0270000000000011', 'charger-1-bay'],
  ['0270000000000012', 'charger-1-meter'],
  ['0270000000000021', 'school-room'],
  ['0270000000000022', 'library-hall'],
].map(([device = '', asset = '']) => ({ device, asset, ...since }));

const profileOfAsset: Readonly<Record<string, string>> = {
  'charger-1-meter': 'milesight/ct103',
  'school-room': 'milesight/am307',
  'library-hall': 'milesight/am307',
};

/** The hamlet: three bays, one charge point with bay and meter, a schoolroom and a library. */
export const hamlet: TownPlaces = placesOf({
  city: { timeZone: 'Europe/Berlin' },
  sites: [
    {
      ...{ id: 'market', access: 'public', location },
      assets: [
        { kind: 'parking-bay', id: 'market-1' },
        { kind: 'parking-bay', id: 'market-2' },
      ],
    },
    {
      ...{ id: 'home', access: 'public', location },
      assets: [{ kind: 'parking-bay', id: 'home-1', access: 'resident' }],
    },
    {
      ...{ id: 'charger', access: 'public', location },
      assets: [
        { kind: 'evse', id: 'charger-1', connectors },
        { kind: 'parking-bay', id: 'charger-1-bay', evse: 'charger-1' },
        { kind: 'meter', id: 'charger-1-meter', measures: ['charger-1'] },
      ],
    },
    {
      ...{ id: 'school', access: 'private', location },
      assets: [{ kind: 'environment-station', id: 'school-room' }],
    },
    {
      ...{ id: 'library', access: 'public', location },
      assets: [{ kind: 'environment-station', id: 'library-hall' }],
    },
  ],
  devices: assignments.map(({ device, asset }) => ({
    devEui: device,
    profile: profileOfAsset[asset] ?? 'bosch/tps110',
  })),
  assignments,
});

/** What the tests look at of a message. */
export interface SaidUplink {
  readonly timeMs: number;
  readonly devEui: string;
  readonly fCnt: number;
  readonly fPort: number;
  readonly data: string;
  readonly deduplicationId: string;
  readonly text: string;
}

/** The uplinks of a window. */
export function uplinksOf(places: TownPlaces, seed: number, fromMs: number, toMs: number): SaidUplink[] {
  return Array.from(createTown({ places, seed }).uplinks(fromMs, toMs), ({ timeMs, message }) => {
    const text = message.payload.toString();
    const { fCnt, fPort, data, deduplicationId, deviceInfo } = JSON.parse(text) as SaidUplink & {
      readonly deviceInfo: { readonly devEui: string };
    };
    return { timeMs, devEui: deviceInfo.devEui, fCnt, fPort, data, deduplicationId, text };
  });
}
