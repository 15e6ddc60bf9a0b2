import closeWithGrace from 'close-with-grace';
import { buildOperatorApp, buildPublicApp, HttpListener, type Readiness } from '#city-api';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { type Component, createLogger, createMetrics, readConfig, startAll, stopAll } from '#core';
import { Bridge, createTranslate } from '#gateway-bridge';
import { createIngest } from '#ingest';
import { configSchemas } from './config.ts';

const stopMsMax = 15_000;

/**
 * Bridge, ingest, city state and API in one process, until a signal ends it.
 * @throws {ConfigError} listing every mistake of the configuration
 */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(configSchemas, env);
  const log = createLogger(config.process.logLevel);
  const registry = createMetrics();
  const inventory = await loadInventory(config.city.cityDir);
  const directory = createDirectory(inventory);
  const state = new CityState({ inventory, now: Date.now });
  const translate = createTranslate(directory);
  const ingest = createIngest({
    config: config.ingest,
    translate,
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
  const bridge = new Bridge({ config: config.bridge, spool: ingest.spool, registry, log });
  const components: Component[] = [...ingest.components, state, bridge];
  const readiness = (): Readiness => readinessOf(components);
  const shared = { readiness, now: Date.now, log, registry };
  const { apiHost, apiPort, operatorHost, operatorPort } = config.api;
  const city = { name: inventory.city.name, timeZone: inventory.city.timeZone };
  const publicApp = await buildPublicApp({
    ...shared,
    view: state,
    store: ingest.store,
    city,
    config: config.api,
  });
  const publicListener = new HttpListener('api', publicApp, { host: apiHost, port: apiPort });
  const operatorListener = new HttpListener('operator', await buildOperatorApp(shared), {
    host: operatorHost,
    port: operatorPort,
  });
  components.push(publicListener, operatorListener);

  await startAll(components);
  closeWithGrace({ delay: stopMsMax, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'an unexpected error ends the process');
    await stopAll(components);
  });
  process.stdout.write(
    `Stadtpegel: ${city.name}\n  API      ${publicListener.url}/\n  operator ${operatorListener.url}/metrics\n`,
  );
}

/** Ready: no part is down. Live state is answered all the same while broker or store are away. */
function readinessOf(components: readonly Component[]): Readiness {
  const entries = components.map((component) => [component.name, component.health()] as const);
  return {
    ready: entries.every(([, { status }]) => status !== 'down'),
    components: Object.fromEntries(entries),
  };
}
