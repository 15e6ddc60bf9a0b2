/** A city with a quarter for each fault, so that all of them can happen at once and each shows by itself. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createFaultyTown, type FaultyUplink, placesOf, scenarioOf } from '#simulator';

/** Monday, 2 March 2026, by UTC: that is what days of faults go by. */
export const fromMs = Date.UTC(2026, 2, 2);
const hourMs = 3_600_000;
/** So long is looked at, by the hour: what is told after a day has to have begun before. */
export const hours = 26;
/**
 * Of the whole city, so that all quarters have the same weather: with it the battery of a hall ends in the course of the
 * day, and a station has drifted for 27 days.
 */
const seed = 11_952;

const bad = { latitude: 51.15, longitude: 8.985 };
/** Too far for more than one gateway. */
const far = { latitude: 51.2, longitude: 9.05 };
const connectors = [{ id: '1', standard: 'IEC_62196_T2', powerType: 'AC_3_PHASE', maxPowerKw: 22 }];

/** What stands in every quarter, and by which model it is watched. */
export const profiles = {
  'bay-1': 'bosch/tps110',
  'bay-2': 'bosch/tps110',
  'bay-3': 'nwave/nps405',
  'point-bay': 'bosch/tps110',
  'point-meter': 'milesight/ct103',
  hall: 'milesight/am307',
  station: 'decentlab/dl-pm',
} as const;
export type Asset = keyof typeof profiles;
export const isAsset = (text: string): text is Asset => text in profiles;
const assets = Object.keys(profiles).filter(isAsset);

function sitesOf(name: string) {
  const site = (kind: string, location: typeof bad, assets: readonly object[]) => ({
    ...{ id: `${name}-${kind}`, kind, name, organisation: 'city', location, access: 'public' as const },
    assets: assets.map((asset) => ({ kind: '', id: '', ...asset })),
  });
  return [
    site(
      'parking',
      bad,
      ['bay-1', 'bay-2', 'bay-3'].map((id) => ({ kind: 'parking-bay', id: `${name}-${id}` })),
    ),
    site('charging', bad, [
      { kind: 'evse', id: `${name}-point`, connectors },
      { kind: 'parking-bay', id: `${name}-point-bay`, evse: `${name}-point` },
      { kind: 'meter', id: `${name}-point-meter`, measures: [`${name}-point`] },
    ]),
    site(
      'environment',
      far,
      ['hall', 'station'].map((id) => ({ kind: 'environment-station', id: `${name}-${id}` })),
    ),
  ];
}

/** One quarter of the city, and what goes wrong there. */
export class Quarter {
  readonly name: string;
  /** By asset, without the name of the quarter. */
  readonly devEuis: ReadonlyMap<Asset, string>;
  readonly uplinks: readonly FaultyUplink[];

  /** @param scenario empty where nothing goes wrong */
  constructor(index: number, name: string, scenario: string) {
    this.name = name;
    const euiOf = (device: number): string =>
      `02706567fa${index.toString(16).padStart(4, '0')}${device.toString(16).padStart(2, '0')}`;
    this.devEuis = new Map(assets.map((asset, device) => [asset, euiOf(device)]));
    const { devices, assignments, sites } = this.inventory();
    const places = placesOf({
      city: { timeZone: 'Europe/Berlin' },
      sites,
      devices,
      assignments: assignments.map(({ device, asset }) => ({
        ...{ device, asset, fromMs: Date.UTC(2026, 0, 1), toMs: Infinity },
      })),
    });
    const town = createFaultyTown({ places, seed, scenario: scenario === '' ? [] : scenarioOf(scenario) });
    this.uplinks = [...town.uplinks(fromMs, fromMs + hours * hourMs)];
  }

  inventory() {
    const devices = [...this.devEuis].map(([asset, devEui]) => ({
      devEui,
      profile: profiles[asset],
    }));
    const assignments = [...this.devEuis].map(([asset, device]) => ({
      ...{ device, asset: `${this.name}-${asset}`, validFrom: '2026-01-01' },
    }));
    return { sites: sitesOf(this.name), devices, assignments };
  }
}

/** Writes the city's inventory into a folder. */
export async function writeCity(folder: string, quarters: readonly Quarter[]): Promise<void> {
  const parts = quarters.map((quarter) => quarter.inventory());
  const city = {
    city: { id: 'faults', name: 'Pannenburg', timeZone: 'Europe/Berlin' },
    organisations: [{ id: 'city', name: 'Stadt Pannenburg' }],
    sites: parts.flatMap(({ sites }) => sites),
    devices: parts.flatMap(({ devices }) => devices),
    assignments: parts.flatMap(({ assignments }) => assignments),
  };
  // JSON is YAML.
  await writeFile(path.join(folder, 'city.yaml'), JSON.stringify(city));
}
