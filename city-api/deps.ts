import type { CityView } from '#city-state';
import type { Health, Logger, OperatorPort, Registry, ReplayPort, TimeSeriesStore } from '#core';
import type { CityApiConfig } from './config.ts';

/** Whether this process may be sent requests, and how each of its parts is. */
export interface Readiness {
  readonly ready: boolean;
  readonly components: Readonly<Record<string, Health>>;
}

/** What both listeners need. */
export interface CommonDeps {
  readonly readiness: () => Readiness;
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly log: Logger;
  readonly registry: Registry;
}

/** What the operator listener needs; `operator` where this process ingests. */
export interface OperatorDeps extends CommonDeps {
  readonly operator?: OperatorPort;
  readonly replay?: ReplayPort;
  /** IANA name: times without an offset are the city's. UTC unless given. */
  readonly timeZone?: string;
}

/** What the public API needs: the city as it is, its past, and its own limits. */
export interface PublicDeps extends CommonDeps {
  readonly view: CityView;
  readonly store: Pick<TimeSeriesStore, 'series'>;
  readonly city: { readonly name: string; readonly timeZone: string };
  readonly config: Pick<CityApiConfig, 'apiRequestsPerMinute' | 'apiTrustedProxies' | 'streamsMax'>;
}
