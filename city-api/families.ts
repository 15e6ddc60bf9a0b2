import { z } from 'zod';
import {
  type ChargingStation,
  type CityView,
  chargePointStatuses,
  type EnvironmentStation,
  type ParkingSite,
  type SiteFacts,
  type SiteKind,
  stationTypes,
} from '#city-state';
import { chargingStation, environmentStation, parkingSite } from './schemas.ts';

/** A query parameter that keeps some of the sites. */
export interface Filter<Site> {
  readonly schema: z.ZodType<string>;
  readonly keeps: (site: Site, value: string) => boolean;
}

/** One of the three kinds of sites: where it is found, what it looks like, how it can be narrowed down. */
export interface Family<Site extends SiteFacts> {
  readonly kind: SiteKind;
  readonly path: string;
  /** Under which name the list answer holds its sites. */
  readonly collection: 'stations' | 'sites';
  /** For people: what one of them is, in English. */
  readonly noun: string;
  readonly schema: z.ZodType<Site>;
  readonly filters: Readonly<Record<string, Filter<Site>>>;
  readonly read: (view: CityView, nowMs: number) => readonly Site[];
}

export const charging: Family<ChargingStation> = {
  kind: 'charging',
  path: '/v1/charging/stations',
  collection: 'stations',
  noun: 'charging station',
  schema: chargingStation,
  filters: {
    status: {
      schema: z.enum(chargePointStatuses).describe('Only stations with at least one such charge point.'),
      keeps: ({ points }, status) => points.some((point) => point.status === status),
    },
  },
  read: (view, nowMs) => view.chargingStations(nowMs),
};

export const parking: Family<ParkingSite> = {
  kind: 'parking',
  path: '/v1/parking/sites',
  collection: 'sites',
  noun: 'parking site',
  schema: parkingSite,
  filters: {
    free: {
      schema: z.enum(['true', 'false']).describe('Only sites with (`true`) or without (`false`) a free bay.'),
      keeps: ({ free }, wanted) => free > 0 === (wanted === 'true'),
    },
  },
  read: (view, nowMs) => view.parkingSites(nowMs),
};

export const environment: Family<EnvironmentStation> = {
  kind: 'environment',
  path: '/v1/environment/stations',
  collection: 'stations',
  noun: 'environment station',
  schema: environmentStation,
  filters: {
    type: {
      schema: z.enum(stationTypes).describe('Only stations of this type, e.g. `tree`.'),
      keeps: ({ type }, wanted) => type === wanted,
    },
  },
  read: (view, nowMs) => view.environmentStations(nowMs),
};
