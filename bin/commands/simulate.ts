import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadInventory } from '#city-state';
import { createLogger, messageOf, readConfig } from '#core';
import { bridgeConfig } from '#gateway-bridge';
import { encodings, faults, type Scenario, scenarioOf } from '#simulator';
import { serve } from '../serve.ts';
import { SimulatedTown } from '../simulated-town.ts';
import {
  type GatewayOptions,
  gatewayMistake,
  gatewayOptions,
  simulateGateways,
} from './simulate-gateways.ts';
import { type LoadOptions, loadMistake, loadOptions, simulateLoad } from './simulate-load.ts';
import { tellTruth, truthOption } from './simulate-truth.ts';

interface SimulateOptions extends LoadOptions, GatewayOptions {
  readonly mqtt?: string;
  readonly city: string;
  readonly backfillHours: number;
  readonly speed: number;
  readonly scenario?: Scenario | typeof listWord;
  readonly events: (typeof eventKinds)[number];
  /** Milliseconds UTC. */
  readonly truth?: number;
}

const eventKinds = ['uplinks', 'all'] as const;

/** In place of a scenario: tells which faults there are. */
const listWord = 'list';
const noBroker = 'error: which broker? --mqtt mqtt://HOST:PORT, or STADTPEGEL_MQTT_URL';
const backfillHoursMax = 24 * 366;
const speedMax = 100_000;
/** Options that say nothing without `--rate`. */
const loadOnly = ['devices', 'duration', 'uplinks', 'connections', 'window', 'poison', 'verify', 'force'];

/** Adds `stadtpegel simulate`. */
export function addSimulate(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('simulate')
    .description('publish the uplinks of simulated sensors to a broker, as ChirpStack would')
    .option('--mqtt <url>', 'broker to publish to (STADTPEGEL_MQTT_URL)', brokerAddress)
    .option('--city <folder>', 'inventory whose devices are simulated', 'cities/demo')
    .option('--seed <number>', 'the same seed, the same town', wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option(
      '--backfill-hours <hours>',
      'tell so much of the past first, as fast as it is accepted',
      number(0, backfillHoursMax),
      24,
    )
    .option(
      '--speed <factor>',
      'how fast time passes in the town; above 1 its uplinks are dated ahead of the clock',
      number(0.001, speedMax),
      1,
    )
    .option(
      '--scenario <faults>',
      'what goes wrong: names with commas between, each as name or name:number; "list" tells all',
      scenarioOrList,
    )
    .addOption(
      new Option('--events <which>', 'uplinks alone, or all: joins and statuses of batteries too')
        .choices(eventKinds)
        .default('uplinks')
        .conflicts(['rate', 'scenario']),
    )
    .addOption(truthOption())
    .addOption(encodingOption());
  for (const option of gatewayOptions()) command.addOption(option);
  for (const option of loadOptions(wholeNumber)) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
A town runs until Ctrl-C, and waits where the broker is away. A load (--rate) measures broker and platform: devices without a
place, prepared uplinks, a JSON summary at the end. It asks for a broker nobody else uses.

Examples:
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883                          a day of the past, then real time
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --backfill-hours 720     a month of the past
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --backfill-hours 0 --speed 60 --encoding protobuf
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --scenario gateway-outage:2,stuck-sensor:3
  stadtpegel simulate --truth 2026-05-08T09:30:00Z                          what is true then, whatever was told
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --transport gateway --secrets keys.yaml
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --rate 20000/s --devices 100000 --duration 60s
  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --rate max --uplinks 100000 --verify`,
    )
    .action((options: SimulateOptions) => start(options, command, env));
}

async function start(options: SimulateOptions, command: Command, env: NodeJS.ProcessEnv): Promise<void> {
  if (options.scenario === listWord) {
    process.stdout.write(faultList());
    return;
  }
  if (options.truth !== undefined) {
    process.stdout.write(await tellTruth(options.city, options.seed, options.truth));
    return;
  }
  const url = options.mqtt ?? brokerOf(env) ?? command.error(noBroker);
  if (options.rate === undefined) {
    const useless = loadOnly.find((name) => command.getOptionValueSource(name) === 'cli');
    if (useless !== undefined) command.error(`error: --${useless} is of a load: it takes --rate`);
    const mistake = gatewayMistake(options);
    if (mistake !== undefined) command.error(mistake);
    if (options.transport === 'gateway') await simulateGateways(options, url);
    else await simulate(options, url, options.scenario);
    return;
  }
  const mistake = loadMistake(options, env);
  if (mistake !== undefined) command.error(mistake);
  process.exitCode = await simulateLoad(options, url, env);
}

/** `--encoding`, for every command that simulates. */
export function encodingOption(): Option {
  return new Option('--encoding <encoding>', 'what simulated events are written in')
    .choices(encodings)
    .default('json');
}

async function simulate(options: SimulateOptions, mqttUrl: string, scenario?: Scenario): Promise<void> {
  const { city, seed, backfillHours, speed, encoding, events } = options;
  const log = createLogger('info');
  const inventory = await loadInventory(city);
  const backfillMs = backfillHours * 3_600_000;
  const whenHeard = async (): Promise<void> => undefined;
  const town = new SimulatedTown({
    ...{ mqttUrl, inventory, seed, backfillMs, speed, encoding, log, whenHeard },
    ...(scenario ? { scenario } : { allEvents: events === 'all' }),
  });
  await serve([town], log);
  const { host } = new URL(mqttUrl);
  process.stdout.write(`Simulating ${inventory.city.name} on ${host}, in ${encoding}; Ctrl-C ends it\n`);
}

/** Every fault in a line: its name with the number it has by default, and what it does. */
function faultList(): string {
  const rows = faults.map(({ name, argument: { usual, unit }, does }) => [`${name}:${usual}`, unit, does]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [names, units] = [width(0), width(1)];
  return rows
    .map(([name = '', unit = '', does]) => `${name.padEnd(names)}  ${unit.padEnd(units)}  ${does}\n`)
    .join('');
}

/** The scenario of a text. @throws {InvalidArgumentError} where there is none of that name */
function scenarioOrList(text: string): Scenario | typeof listWord {
  if (text === listWord) return listWord;
  try {
    return scenarioOf(text);
  } catch (cause) {
    throw new InvalidArgumentError(messageOf(cause));
  }
}

/** The broker of the environment, if there is one. @throws {ConfigError} where it is no address */
function brokerOf({ STADTPEGEL_MQTT_URL }: NodeJS.ProcessEnv): string | undefined {
  if (!STADTPEGEL_MQTT_URL) return undefined;
  return readConfig({ bridge: bridgeConfig.pick({ mqttUrl: true }) }, { STADTPEGEL_MQTT_URL }).bridge.mqttUrl;
}

/** The text again, where it is the address of a broker. @throws {InvalidArgumentError} */
function brokerAddress(text: string): string {
  if (bridgeConfig.shape.mqttUrl.safeParse(text).success) return text;
  throw new InvalidArgumentError('It takes the address of an MQTT broker, as mqtt://HOST:PORT.');
}

/** Reads a number in words of the option. @throws {InvalidArgumentError} where it is none, or too small or large */
function number(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It takes a number from ${min} to ${max}.`);
  };
}

/** As {@link number}, and without a fraction. @throws {InvalidArgumentError} */
function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = number(min, max)(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
  };
}
