/**
 * What the city answers, as plain data ready for JSON. Times are ISO 8601 UTC with milliseconds. Nothing here names a
 * device: public answers carry asset ids only.
 */
import type { QuantityKey, Value } from '#core';

export type Freshness = 'live' | 'stale' | 'offline' | 'unknown';

/** How old an answer is, and until when it can be trusted. All null (and `unknown`) where nothing was ever heard. */
export interface Observed {
  /** When the value was measured. */
  readonly observedAt: string | null;
  /** When it was last known to be still true. */
  readonly confirmedAt: string | null;
  /** Until when it counts as live if nothing more is heard. */
  readonly validUntil: string | null;
  readonly freshness: Freshness;
}

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

/** Who may use a place. */
export const accesses = ['public', 'resident', 'private'] as const;
export type Access = (typeof accesses)[number];

/** What every site of the city has. */
export interface SiteFacts {
  readonly id: string;
  readonly name: string;
  /** Name of the organisation that runs it. */
  readonly operator: string;
  readonly location: Location;
  readonly address: string | null;
  readonly access: Access;
}

export const bayStatuses = ['FREE', 'OCCUPIED', 'UNKNOWN'] as const;
export type BayStatus = (typeof bayStatuses)[number];

export interface ParkingBay extends Observed {
  readonly id: string;
  readonly label: string | null;
  readonly status: BayStatus;
}

export interface ParkingSite extends SiteFacts, Observed {
  readonly capacity: number;
  readonly free: number;
  readonly occupied: number;
  /** Not heard of for too long, or too few bays that are not public to be told together. */
  readonly unknown: number;
  /** Bays anyone may use, one by one; resident and private bays only count in the figures above, from five on. */
  readonly bays: readonly ParkingBay[];
}

/**
 * OCPI 2.2.1 `Status` (module Locations), and OCCUPIED: a vehicle is there, whether it charges is not known
 * (DATEX II `occupied`, OCPI BLOCKED).
 */
export const chargePointStatuses = [
  'AVAILABLE',
  'BLOCKED',
  'CHARGING',
  'INOPERATIVE',
  'OCCUPIED',
  'OUTOFORDER',
  'PLANNED',
  'REMOVED',
  'RESERVED',
  'UNKNOWN',
] as const;
export type ChargePointStatus = (typeof chargePointStatuses)[number];

/** What a charge point's status was concluded from. */
export type StatusBasis = 'bay' | 'meter' | 'charger';

export interface Connector {
  readonly id: string;
  /** OCPI `ConnectorType`, e.g. `IEC_62196_T2`. */
  readonly standard: string;
  /** OCPI `PowerType`: `AC_1_PHASE`, `AC_3_PHASE`, `DC`, … */
  readonly powerType: string;
  readonly maxPowerKw: number;
}

export interface ChargePoint extends Observed {
  readonly id: string;
  readonly label: string | null;
  /** eMI3/ISO 15118 EVSE id (`DE*ABC*E123`) where the operator has one. */
  readonly evseId: string | null;
  readonly status: ChargePointStatus;
  readonly basis: readonly StatusBasis[];
  readonly connectors: readonly Connector[];
}

export interface ChargingStation extends SiteFacts, Observed {
  readonly capacity: number;
  /** Points that are not shown count from five on. */
  readonly available: number;
  readonly points: readonly ChargePoint[];
}

/** The latest value of one quantity at one asset; of rooms the mean over all that are usable. */
export interface Measurement extends Observed {
  /** Null where several assets are told together. */
  readonly asset: string | null;
  readonly quantity: QuantityKey;
  readonly label: { readonly de: string; readonly en: string };
  readonly unit: string;
  readonly value: Value;
  readonly channel: string | null;
}

/** What stands there, as the inventory calls it; `room`: rooms of a building, told together only. */
export const stationTypes = ['environment-station', 'tree', 'room'] as const;
export type StationType = (typeof stationTypes)[number];

export interface EnvironmentStation extends SiteFacts, Observed {
  readonly type: StationType;
  readonly measurements: readonly Measurement[];
}

/** What of a site may be shown of the past: the assets to ask the store for, or why not. */
export type HistoryScope =
  | {
      readonly assets: readonly string[];
      readonly quantities: readonly QuantityKey[];
      readonly bucketMsMin: number;
    }
  | { readonly withheld: string };

export type SiteKind = 'charging' | 'parking' | 'environment';

/** A site whose answer has changed, as the live stream sends it. */
export type SiteChange =
  | { readonly kind: 'charging'; readonly site: ChargingStation }
  | { readonly kind: 'parking'; readonly site: ParkingSite }
  | { readonly kind: 'environment'; readonly site: EnvironmentStation };

/** The city as its readers see it; every answer is computed for the moment `nowMs`. */
export interface CityView {
  chargingStations(nowMs: number): ChargingStation[];
  parkingSites(nowMs: number): ParkingSite[];
  environmentStations(nowMs: number): EnvironmentStation[];
  /** What may be asked of a site's past; undefined where there is no such site of that kind. */
  historyScope(kind: SiteKind, siteId: string): HistoryScope | undefined;
  /** Calls back with the sites whose answers changed, coalesced; returns the function that ends it. */
  onChange(listener: (changes: readonly SiteChange[]) => void): () => void;
}
