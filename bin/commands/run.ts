import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HttpListener } from '#city-api';
import type { Component } from '#core';
import type { Encoding } from '#simulator';
import { EmbeddedBroker } from '../embedded-broker.ts';
import { configOf, type Ground, layGround, layIngest, operatorListener, publicListener } from '../parts.ts';
import { announcement, serve } from '../serve.ts';
import { SimulatedTown } from '../simulated-town.ts';
import { StatusLine } from '../status-line.ts';
import { encodingOption } from './simulate.ts';

interface RunOptions {
  readonly httpPort?: string;
  readonly mqttPort?: string;
  readonly data?: string;
  readonly city?: string;
  readonly encoding: Encoding;
}

const usualMqttPort = 1883;

/** Adds `stadtpegel run`. */
export function addRun(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('run', { isDefault: true })
    .description(
      'everything in one process; without a broker and an InfluxDB of yours it brings its own, and a demo town',
    )
    .option('--http-port <port>', 'port of the API (8080); 0 takes any free one')
    .option('--mqtt-port <port>', 'port of the broker it brings (1883); 0 takes any free one')
    .option('--data <folder>', 'where data is kept (data)')
    .option('--city <folder>', 'inventory of the city (cities/demo)')
    .addOption(encodingOption())
    .addHelpText(
      'after',
      `
Settings are environment variables, all described in docs/configuration.md; these options come before them.
  STADTPEGEL_MQTT_URL    your broker instead of the embedded one; then nothing is simulated
  STADTPEGEL_INFLUX_URL  your InfluxDB 1.x instead of the embedded store

Examples:
  npm start                                    a living town on http://127.0.0.1:8080
  npm start -- --http-port 0 --data /tmp/town  on any free port, data elsewhere
  STADTPEGEL_MQTT_URL=mqtt://127.0.0.1:1883 STADTPEGEL_INFLUX_URL=http://127.0.0.1:8086 npm start`,
    )
    .action((options: RunOptions) => run(options, env));
}

/** The environment as the options change it: they are checked where all settings are. */
function withOptions(options: RunOptions, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(options.httpPort !== undefined && { STADTPEGEL_API_PORT: options.httpPort }),
    ...(options.mqttPort !== undefined && { STADTPEGEL_EMBEDDED_MQTT_PORT: options.mqttPort }),
    ...(options.data !== undefined && { STADTPEGEL_DATA_DIR: options.data }),
    ...(options.city !== undefined && { STADTPEGEL_CITY_DIR: options.city }),
  };
}

async function run(options: RunOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const asked = withOptions(options, env);
  // Without a broker of yours there is one inside. Its address is known only when it runs, so a stand-in is checked.
  const embedded = !asked.STADTPEGEL_MQTT_URL;
  const ground = await layGround(
    configOf(embedded ? { ...asked, STADTPEGEL_MQTT_URL: 'mqtt://127.0.0.1' } : asked),
  );
  const wishedPort = ground.config.process.embeddedMqttPort;
  const broker = embedded
    ? new EmbeddedBroker(wishedPort ?? usualMqttPort, wishedPort !== undefined, ground.log)
    : undefined;
  await broker?.start();
  const mqttUrl = broker?.url ?? ground.config.bridge.mqttUrl;
  const components: Component[] = broker ? [broker] : [];
  const line = layIngest(ground, mqttUrl);
  const api = publicListener(ground, line.store, components);
  const operator = operatorListener(ground, components, line);
  components.push(...line.components, api, operator);
  const addresses = announcement(() => addressesOf(ground, { api, operator, broker }));
  const started = [...components, addresses];
  if (broker) {
    const town = townOf(ground, mqttUrl, line.bridge, options.encoding);
    started.push(town);
    components.push(town);
  }
  await serve([...started, new StatusLine(ground.registry, process.stdout)], ground.log);
}

/** Printed before the town begins to tell its past: that takes a while, and nobody has to wait for it. */
function addressesOf(
  { inventory }: Ground,
  {
    api,
    operator,
    broker,
  }: Readonly<Record<'api' | 'operator', HttpListener>> & { broker?: EmbeddedBroker | undefined },
): string {
  const embedded = broker ? `  broker   ${broker.url} (embedded; the sensors are simulated)\n` : '';
  return `Stadtpegel: ${inventory.city.name}\n  API      ${api.url}/\n  operator ${operator.url}/metrics\n${embedded}`;
}

function townOf(
  { config, inventory, log }: Ground,
  mqttUrl: string,
  bridge: Component,
  encoding: Encoding,
): SimulatedTown {
  return new SimulatedTown({
    mqttUrl,
    inventory,
    seed: config.process.simulationSeed,
    backfillMs: config.process.simulationBackfillHours * 3_600_000,
    speed: 1,
    encoding,
    log,
    whenHeard: async () => {
      while (bridge.health().status !== 'ok') await sleep(20);
    },
  });
}
