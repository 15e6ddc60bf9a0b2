/** A small city with fixed answers, for the tests of this room. */
import type {
  ChargingStation,
  CityView,
  EnvironmentStation,
  HistoryScope,
  Observed,
  ParkingSite,
  SiteChange,
} from '#city-state';
import { createLogger, Registry, type Series, type SeriesQuery } from '#core';
import { buildPublicApp } from './app.ts';
import type { PublicDeps } from './deps.ts';

export const nowMs = Date.parse('2026-05-04T09:30:00.000Z');

const observed: Observed = {
  observedAt: '2026-05-04T09:28:11.000Z',
  confirmedAt: '2026-05-04T09:29:00.000Z',
  validUntil: '2026-05-04T10:28:11.000Z',
  freshness: 'live',
};
const unheard: Observed = { observedAt: null, confirmedAt: null, validUntil: null, freshness: 'unknown' };

export const station: ChargingStation = {
  id: 'c-markt',
  name: 'Markt',
  operator: 'Stadtwerke',
  location: { latitude: 49.41, longitude: 8.69 },
  address: 'Markt 1',
  access: 'public',
  capacity: 2,
  available: 1,
  points: [
    {
      id: 'c-markt-1',
      label: '1',
      evseId: 'DE*ABC*E1',
      status: 'AVAILABLE',
      basis: ['meter'],
      connectors: [{ id: '1', standard: 'IEC_62196_T2', powerType: 'AC_3_PHASE', maxPowerKw: 22 }],
      ...observed,
    },
    { id: 'c-markt-2', label: null, evseId: null, status: 'UNKNOWN', basis: [], connectors: [], ...unheard },
  ],
  ...observed,
};

/** 1112 m north of {@link station}. */
export const farStation: ChargingStation = {
  ...station,
  id: 'c-nord',
  location: { latitude: 49.42, longitude: 8.69 },
  capacity: 0,
  available: 0,
  points: [],
};

export const site: ParkingSite = {
  id: 'p-markt',
  name: 'Markt',
  operator: 'Stadt',
  location: { latitude: 49.41, longitude: 8.69 },
  address: null,
  access: 'public',
  capacity: 6,
  free: 1,
  occupied: 5,
  unknown: 0,
  bays: [{ id: 'p-markt-1', label: 'P1', status: 'FREE', ...observed }],
  ...observed,
};

/** A site of four bays, none of them free, whose past is withheld. */
export const smallSite: ParkingSite = { ...site, id: 'p-klein', capacity: 4, free: 0, occupied: 4, bays: [] };

export const air: EnvironmentStation = {
  id: 'e-markt',
  name: 'Markt',
  operator: 'Stadt',
  location: { latitude: 49.41, longitude: 8.69 },
  address: null,
  access: 'public',
  type: 'environment-station',
  measurements: [
    {
      asset: 'e-markt-1',
      quantity: 'air_temperature',
      label: { de: 'Lufttemperatur', en: 'Air temperature' },
      unit: 'Cel',
      value: 21.4,
      channel: null,
      ...observed,
    },
  ],
  ...observed,
};

const scopes: Readonly<Record<string, HistoryScope>> = {
  'charging/c-markt': { assets: ['c-markt-1'], quantities: ['active_power'], bucketMsMin: 900_000 },
  'parking/p-markt': {
    assets: ['b1', 'b2', 'b3', 'b4', 'b5', 'b6'],
    quantities: ['bay_occupied'],
    bucketMsMin: 900_000,
  },
  'parking/p-klein': { withheld: 'Only four bays stand here; five are needed.' },
  'environment/e-markt': {
    assets: ['e-markt-1'],
    quantities: ['air_temperature', 'co2'],
    bucketMsMin: 60_000,
  },
};

/** A view whose changes are announced by hand. */
export function fixedCity(parkingSites: ParkingSite[] = [site, smallSite]) {
  const listeners = new Set<(changes: readonly SiteChange[]) => void>();
  const view: CityView = {
    chargingStations: () => [farStation, station],
    parkingSites: () => parkingSites,
    environmentStations: () => [air],
    historyScope: (kind, siteId) => scopes[`${kind}/${siteId}`],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const announce = (...changes: SiteChange[]): void => {
    for (const listener of listeners) listener(changes);
  };
  return { view, announce, listeners };
}

/** A store that answers every question with the same series and remembers the questions. */
export function fixedStore(series: readonly Series[] = []) {
  const asked: SeriesQuery[] = [];
  return {
    asked,
    series: async (query: SeriesQuery): Promise<Series[]> => {
      asked.push(query);
      return [...series];
    },
  };
}

/** All that the public app needs, with the fixed city and an empty store unless told otherwise. */
export function publicDeps(changed: Partial<PublicDeps> = {}): PublicDeps {
  return {
    view: fixedCity().view,
    store: fixedStore(),
    readiness: () => ({ ready: true, components: { store: { status: 'ok' } } }),
    now: () => nowMs,
    log: createLogger('silent'),
    registry: new Registry(),
    city: { name: 'Musterstadt', timeZone: 'Europe/Berlin' },
    config: { apiRequestsPerMinute: 600, apiTrustedProxies: [], streamsMax: 500 },
    ...changed,
  };
}

/** The public app over {@link publicDeps}. */
export function publicApp(changed: Partial<PublicDeps> = {}) {
  return buildPublicApp(publicDeps(changed));
}
