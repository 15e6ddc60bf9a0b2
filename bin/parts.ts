import path from 'node:path';
import { buildOperatorApp, buildPublicApp, HttpListener, type Readiness } from '#city-api';
import {
  ApartWatch,
  CityState,
  createDirectory,
  type Inventory,
  loadInventory,
  observeHearing,
} from '#city-state';
import {
  type Component,
  createLogger,
  createMetrics,
  type DeviceDirectory,
  type Logger,
  type OperatorPort,
  type Registry,
  type ReplayPort,
  readConfig,
  type TimeSeriesStore,
} from '#core';
import { DecoderSandbox, DropInProfiles } from '#device-profiles';
import { Bridge, createRedecoder, createTranslate, MqttFeed, type Strangers } from '#gateway-bridge';
import { createIngest } from '#ingest';
import { configSchemas } from './config.ts';

/** The settings of every room where roles run apart: there the store has to be one that several processes can use. */
const schemasApart = { ...configSchemas, ingest: configSchemas.ingest.required({ influxUrl: true }) };

/** The settings of every room. */
export type Config = ReturnType<typeof configOf>;

/** @throws {ConfigError} listing every mistake */
export function configOf(env: NodeJS.ProcessEnv) {
  return readConfig(configSchemas, env);
}

/** @throws {ConfigError} listing every mistake, a missing InfluxDB among them */
export function configApart(env: NodeJS.ProcessEnv): Config {
  return readConfig(schemasApart, env);
}

/** What every role stands on. */
export interface Ground {
  readonly config: Config;
  readonly log: Logger;
  readonly registry: Registry;
  readonly inventory: Inventory;
  readonly directory: DeviceDirectory;
  readonly state: CityState;
}

/** Reads the inventory and makes what every role needs; starts nothing. */
export async function layGround(config: Config): Promise<Ground> {
  const inventory = await loadInventory(config.city.cityDir);
  const registry = createMetrics();
  const state = new CityState({ inventory, now: Date.now });
  observeHearing(registry, state, Date.now);
  return {
    config,
    log: createLogger(config.process.logLevel),
    registry,
    inventory,
    directory: createDirectory(inventory),
    state,
  };
}

/** The way from the broker to store and state. */
export interface IngestLine {
  /** In the order they start. */
  readonly components: readonly Component[];
  readonly store: TimeSeriesStore;
  readonly bridge: Bridge;
  readonly operator: OperatorPort;
  readonly replay: ReplayPort | undefined;
}

/** Vendors' own device models and the process their codecs run in, where a folder with such models is set. */
function layStrangers({
  config,
  log,
  registry,
}: Ground): (Strangers & { components: Component[] }) | undefined {
  const folder = config.profiles.deviceProfilesDir;
  if (folder === undefined) return undefined;
  const sandbox = new DecoderSandbox({ registry, log });
  const profiles = new DropInProfiles({ folder, sandbox, log });
  return { sandbox, profiles, components: [sandbox, profiles] };
}

/** Broker → spool → store and state; the state itself is among the components. */
export function layIngest(ground: Ground, mqttUrl: string): IngestLine {
  const { config, log, registry, directory, state } = ground;
  const strangers = layStrangers(ground);
  const ingest = createIngest({
    config: config.ingest,
    translate: createTranslate(directory, strangers),
    redecoder: createRedecoder(directory, strangers),
    directory,
    state,
    registry,
    log,
    // Thrown where nobody catches it, it ends the process with 1 after a clean stop.
    onFatal: (cause) =>
      process.nextTick(() => {
        throw cause;
      }),
  });
  const bridge = new Bridge({ config: { ...config.bridge, mqttUrl }, spool: ingest.spool, registry, log });
  const apart = new ApartWatch({
    file: path.join(config.ingest.dataDir, 'apart.json'),
    state,
    now: Date.now,
    registry,
    log,
  });
  const components = [...(strangers?.components ?? []), ...ingest.components, state, apart, bridge];
  return { components, store: ingest.store, bridge, operator: ingest.operator, replay: ingest.replay };
}

/** The live state's way over the broker, from the one bridge (`writes`) to all that answer. */
export function liveStateFeed({ config, log }: Ground, writes: boolean): MqttFeed {
  const prefix = `stadtpegel/live/${config.bridge.mqttClientId}`;
  return new MqttFeed({ broker: config.bridge, prefix, writes, log });
}

/** The API for everyone. `components` are those whose health it shows; read when asked, so it may still grow. */
export function publicListener(
  { config, log, registry, inventory, state }: Ground,
  store: Pick<TimeSeriesStore, 'series'>,
  components: readonly Component[],
): HttpListener {
  const { name, timeZone } = inventory.city;
  const app = buildPublicApp({
    readiness: () => readinessOf(components),
    now: Date.now,
    log,
    registry,
    view: state,
    store,
    city: { name, timeZone },
    config: config.api,
  });
  return new HttpListener('api', app, { host: config.api.apiHost, port: config.api.apiPort });
}

/** Metrics and health for those who run it, and `/v1/operator` where this process ingests. */
export function operatorListener(
  { config, log, registry, inventory }: Ground,
  components: readonly Component[],
  line?: Pick<IngestLine, 'operator' | 'replay'>,
): HttpListener {
  const app = buildOperatorApp({
    readiness: () => readinessOf(components),
    now: Date.now,
    log,
    registry,
    timeZone: inventory.city.timeZone,
    ...(line && { operator: line.operator }),
    ...(line?.replay && { replay: line.replay }),
  });
  return new HttpListener('operator', app, { host: config.api.operatorHost, port: config.api.operatorPort });
}

/** Ready: no part is down. Live state is answered all the same while broker or store are away. */
function readinessOf(components: readonly Component[]): Readiness {
  const entries = components.map((component) => [component.name, component.health()] as const);
  return {
    ready: entries.every(([, { status }]) => status !== 'down'),
    components: Object.fromEntries(entries),
  };
}
