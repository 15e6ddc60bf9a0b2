import type { World } from './world.ts';

/** How much of it there is. */
export interface Scale {
  readonly uplinks: number;
  readonly perSecond: number;
  /** How often it happens. */
  readonly times: number;
  /** How long it lasts each time, where that is up to us. */
  readonly forMs: number;
}

/** One thing that goes wrong while uplinks come in. */
export interface Scenario {
  readonly name: string;
  /** For the table. */
  readonly title: string;
  readonly store: 'influxdb' | 'embedded';
  readonly full: Scale;
  /** For every run of the tests. */
  readonly scaled: Scale;
  /** Settings of the platform; `scratch` is a folder for whatever. */
  readonly env?: (scratch: string) => NodeJS.ProcessEnv;
  /** The store is reached by a relay. */
  readonly isStoreRelayed?: true;
  /** The data folder lies on a disk of so many bytes. */
  readonly diskBytes?: number;
  /** What is lost is the broker's, counted and reported. */
  readonly mayLose?: true;
  /** Happens while the load is published; resolves when it is over and nothing more has to be done by anybody. */
  fault(world: World): Promise<void>;
}
