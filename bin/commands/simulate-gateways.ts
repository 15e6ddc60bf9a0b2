import { Option } from 'commander';
import { loadInventory } from '#city-state';
import { createLogger, StadtpegelError } from '#core';
import { readGateways, readSecrets } from '#gateway-bridge';
import {
  createGateways,
  createTown,
  type Encoding,
  gatewaysOfTown,
  keysOf,
  placesOf,
  type TownPlaces,
  type TransportGateway,
} from '#simulator';
import { serve } from '../serve.ts';

/** What can be asked of gateways beside the transport that makes a simulation one of them. */
export interface GatewayOptions {
  readonly transport: (typeof transports)[number];
  readonly secrets?: string;
  readonly gateways?: string;
  readonly city: string;
  readonly seed: number;
  readonly speed: number;
  readonly encoding: Encoding;
}

const transports = ['application', 'gateway'] as const;
/** Options that say nothing without the transport. */
const gatewayOnly = ['secrets', 'gateways'] as const;

/** The options of gateways, `--transport` first. */
export function gatewayOptions(): Option[] {
  return [
    new Option(
      '--transport <transport>',
      'application: uplinks as ChirpStack publishes them; gateway: encrypted radio frames for a ChirpStack to read',
    )
      .choices(transports)
      .default('application'),
    new Option('--secrets <file>', 'root keys of the devices; `stadtpegel provision secrets` makes them')
      // The past cannot be sent by radio, and faults are of messages.
      .conflicts(['rate', 'scenario', 'backfillHours']),
    new Option(
      '--gateways <file>',
      'where gateways stand, the file of `stadtpegel provision`; else three roofs of the town',
    ),
  ];
}

/** The radio stays in real time: beyond this devices have more to say than they may. */
const speedMax = 60;

/** What is wrong with the options together, as a line for the command line; undefined where nothing is. */
export function gatewayMistake(options: GatewayOptions): string | undefined {
  if (options.transport === 'gateway') {
    if (options.secrets === undefined) return 'error: --transport gateway takes the keys: --secrets FILE';
    return options.speed > speedMax
      ? `error: --transport gateway takes a --speed up to ${speedMax}: the radio itself is never faster`
      : undefined;
  }
  const useless = gatewayOnly.find((name) => options[name] !== undefined);
  return useless && `error: --${useless} is of gateways: it takes --transport gateway`;
}

/**
 * The devices of an inventory join a network server by radio and send what they have to say, in real time, until a signal.
 * @throws {StadtpegelError} where files have mistakes, or no device of the inventory has a key
 */
export async function simulateGateways(options: GatewayOptions, mqttUrl: string): Promise<void> {
  const { city, seed, speed, encoding, secrets = '', gateways } = options;
  const log = createLogger('info');
  const inventory = await loadInventory(city);
  const places = placesOf(inventory);
  const { keyed, without } = await withKeys(places, secrets);
  if (without > 0) log.warn({ without }, `${without} devices have no key in ${secrets} and stay silent`);
  const town = createTown({ places, seed });
  const stations =
    gateways === undefined ? gatewaysOfTown(places, encoding) : await gatewaysIn(gateways, encoding);
  const transport = await createGateways({
    ...{ mqttUrl, log, seed, speed, devices: keyed, gateways: stations },
    emissions: (fromMs, toMs) => town.uplinks(fromMs, toMs),
    onDownlink: ({ devEui, fPort, bytes }) =>
      log.info({ devEui, fPort, hex: bytes.toString('hex') }, 'downlink'),
  });
  await serve([transport], log);
  const { host } = new URL(mqttUrl);
  const ids = stations.map(({ id }) => id).join(', ');
  process.stdout.write(
    `Simulating ${keyed.length} devices of ${inventory.city.name} by radio on ${host}, in ${encoding}; Ctrl-C ends it\n` +
      `The network server must know these gateways: ${ids}\n`,
  );
}

async function withKeys({ devices }: TownPlaces, file: string) {
  const secrets = await readSecrets(file);
  const keyed = devices.flatMap(({ devEui, location }) => {
    const secret = secrets.devices.get(devEui);
    return secret === undefined ? [] : [{ keys: keysOf(devEui, secret), location }];
  });
  if (keyed.length > 0) return { keyed, without: devices.length - keyed.length };
  throw new StadtpegelError(
    'config_invalid',
    `${file} has no key of any device of the city; stadtpegel provision secrets makes them`,
  );
}

async function gatewaysIn(file: string, encoding: Encoding): Promise<TransportGateway[]> {
  const gateways = await readGateways(file);
  if (gateways.length === 0)
    throw new StadtpegelError('config_invalid', `${file} has no gateway: nobody would hear`);
  // As on the roofs of a town, one has a satellite receiver.
  return gateways.map(({ gatewayId: id, location }, index) => ({
    id,
    location,
    hasClock: index === 0,
    encoding,
  }));
}
