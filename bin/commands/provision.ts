import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Inventory, loadInventory } from '#city-state';
import { ConfigError, type ConfigMistake, messageOf, readConfig } from '#core';
import { gather, StrangerCatalogue, understand } from '#device-profiles';
import {
  connectChirpStack,
  type Desired,
  desiredOf,
  executePlan,
  makeSecrets,
  type ProvisionedCity,
  planProvision,
  provisionConfig,
  readChirpStack,
  readGateways,
  readSecrets,
} from '#gateway-bridge';
import { outcomeText, Progress, planText, stepText } from '../provision-text.ts';

interface Options {
  readonly inventory?: string;
  readonly server?: string;
  readonly apiKeyFile?: string;
  readonly tls?: true;
  readonly secrets?: string;
  readonly gateways?: string;
  readonly tenant?: string;
  readonly application: string;
  readonly dryRun?: true;
  readonly prune?: true;
}

type Complete = Options & { readonly inventory: string };

const inventoryOption = ['--inventory <folder>', 'folder of the city, e.g. cities/demo'] as const;

/** Adds `stadtpegel provision` and `stadtpegel provision secrets`. */
export function addProvision(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('provision')
    .description('bring a ChirpStack to what the inventory says: tenant, profiles, gateways, devices, keys')
    .option(...inventoryOption)
    .option('--server <host:port>', 'API of ChirpStack (STADTPEGEL_CHIRPSTACK_SERVER, 127.0.0.1:8080)')
    .option(
      '--api-key-file <file>',
      'file with its API key (or STADTPEGEL_CHIRPSTACK_API_KEY_FILE, STADTPEGEL_CHIRPSTACK_API_KEY)',
    )
    .option('--tls', 'speak TLS; needed where ChirpStack is not on this machine')
    .option('--secrets <file>', 'root keys of the devices; `stadtpegel provision secrets` makes them')
    .option('--gateways <file>', 'gateways; without it none is touched')
    .option('--tenant <name or id>', 'tenant; else named as the city. A tenant’s own API key needs its id')
    .option('--application <name or id>', 'application of the devices', 'Stadtpegel')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--prune', 'delete devices and gateways it once made that are not in the files any more')
    .addHelpText(
      'after',
      `
It shows first what differs, then does it. Repeating it is harmless, and goes on after an error; ends with 1 where
something failed. What others made is never deleted. File of gateways:
  gateways:
    - { gatewayId: "0016c001f1500812", name: Rathaus, latitude: 51.151, longitude: 8.984, altitudeM: 35 }

Examples:
  stadtpegel provision secrets --inventory cities/demo --secrets keys.yaml
  stadtpegel provision --inventory cities/demo --api-key-file api-key --secrets keys.yaml --dry-run
  stadtpegel provision --inventory cities/demo --server chirpstack.example.org:443 --tls --api-key-file api-key`,
    )
    .action((options: Options) => provision(completed(options, command), env));
  const secrets = command
    .command('secrets')
    .description('make random root keys for the devices that have none; those that are there stay')
    .option(...inventoryOption)
    .option('--secrets <file>', 'file to write them to, for its owner alone')
    .addHelpText(
      'after',
      '\nExample:\n  stadtpegel provision secrets --inventory cities/demo --secrets keys.yaml',
    )
    // The options come to the command above, which has the same.
    .action(() => writeSecrets(completed(secrets.optsWithGlobals<Options>(), secrets), secrets));
}

/** Not required options for commander: it would ask for them before the word `secrets`. */
function completed(options: Options, command: Command): Complete {
  const { inventory } = options;
  if (inventory !== undefined) return { ...options, inventory };
  return command.error("error: required option '--inventory <folder>' not specified");
}

async function writeSecrets({ inventory, secrets }: Complete, command: Command): Promise<void> {
  if (secrets === undefined) command.error("error: required option '--secrets <file>' not specified");
  const { devices } = await loadInventory(inventory);
  const made = await makeSecrets(
    secrets,
    devices.map(({ devEui }) => devEui),
  );
  process.stdout.write(`${secrets}: ${made} keys made, ${devices.length - made} devices had one\n`);
}

async function provision(options: Complete, env: NodeJS.ProcessEnv): Promise<void> {
  const prune = options.prune === true;
  const { apiKey, server } = await accessOf(options, env);
  const desired = await wantedOf(options, env);
  for (const note of desired.notes) warn(note);
  const tls = options.tls === true;
  if (!tls && !isOnThisMachine(server))
    warn(`API key and device keys go to ${server} unencrypted: anyone on the way can read them (--tls)`);
  const chirpstack = await connectChirpStack({ server, apiKey, tls });
  try {
    const actual = await readChirpStack(chirpstack, desired);
    const plan = planProvision(desired, actual, { prune });
    process.stdout.write(`ChirpStack at ${server}\n${planText(plan, prune)}`);
    const todo = plan.steps.filter(({ action }) => action !== 'refuse').length;
    if (todo < plan.steps.length) process.exitCode = 1;
    if (todo === 0) process.stdout.write('nothing to do\n');
    if (todo === 0 || options.dryRun) return;
    const progress = new Progress(todo, process.stdout);
    const outcome = await executePlan(chirpstack, plan, actual, {
      onStep: (step, failure) => progress.step(stepText(step, failure), failure !== undefined),
    });
    progress.end();
    process.stdout.write(outcomeText(outcome));
    if (outcome.failed.length + outcome.untriedCount > 0) process.exitCode = 1;
  } finally {
    chirpstack.close();
  }
}

function warn(text: string): void {
  process.stderr.write(`note: ${text}\n`);
}

async function wantedOf(options: Complete, env: NodeJS.ProcessEnv): Promise<Desired> {
  const inventory = await loadInventory(options.inventory);
  const secrets = options.secrets === undefined ? undefined : await readSecrets(options.secrets);
  for (const warning of secrets?.warnings ?? []) warn(warning);
  const folder = env.STADTPEGEL_DEVICE_PROFILES_DIR;
  const strangers = new StrangerCatalogue({
    devices: folder ? (await understand(await gather(folder), folder)).devices : [],
  });
  return desiredOf({
    city: cityOf(inventory, Date.now()),
    tenant: options.tenant ?? inventory.city.name,
    application: options.application,
    secrets: secrets?.devices ?? new Map(),
    gateways: options.gateways === undefined ? undefined : await readGateways(options.gateways),
    strangers: (id) => strangers.byId(id),
  });
}

/** The devices of a city and where they are at a time, ms UTC. */
function cityOf({ city, sites, devices, assignments }: Inventory, nowMs: number): ProvisionedCity {
  const placeOf = new Map(
    sites.flatMap((site) =>
      site.assets.map((asset) => [
        asset.id,
        {
          asset: asset.id,
          site: site.id,
          siteName: site.name,
          ...('label' in asset && asset.label !== undefined && { label: asset.label }),
        },
      ]),
    ),
  );
  const standing = assignments.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
  const assetsOf = Map.groupBy(standing, ({ device }) => device);
  return {
    id: city.id,
    name: city.name,
    devices: devices.map((device) => ({
      ...device,
      places: (assetsOf.get(device.devEui) ?? []).flatMap(({ asset }) => placeOf.get(asset) ?? []),
    })),
  };
}

function isOnThisMachine(server: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]):/.test(server);
}

/** @throws {ConfigError} where there is no API key, or none that can be one. The key itself is never told. */
async function accessOf(
  options: Options,
  env: NodeJS.ProcessEnv,
): Promise<{ apiKey: string; server: string }> {
  const { STADTPEGEL_CHIRPSTACK_API_KEY, STADTPEGEL_CHIRPSTACK_API_KEY_FILE } = env;
  const given = {
    STADTPEGEL_CHIRPSTACK_API_KEY,
    STADTPEGEL_CHIRPSTACK_API_KEY_FILE: options.apiKeyFile ?? STADTPEGEL_CHIRPSTACK_API_KEY_FILE,
    STADTPEGEL_CHIRPSTACK_SERVER: options.server ?? env.STADTPEGEL_CHIRPSTACK_SERVER,
  };
  const { chirpstackServer, chirpstackApiKey, chirpstackApiKeyFile } = readConfig(
    { provision: provisionConfig },
    given,
  ).provision;
  const file = chirpstackApiKeyFile;
  const apiKey = file === undefined ? (chirpstackApiKey ?? '') : await apiKeyIn(file);
  if (/^[\x21-\x7e]+$/.test(apiKey)) return { apiKey, server: chirpstackServer };
  throw file === undefined
    ? keyMistake(
        undefined,
        'make an API key in ChirpStack and give it in a file (--api-key-file, or STADTPEGEL_CHIRPSTACK_API_KEY_FILE)',
      )
    : keyMistake(file, 'holds no API key: it must be one word, nothing else');
}

function keyMistake(value: string | undefined, problem: string): ConfigError {
  const mistake: ConfigMistake = { variable: 'STADTPEGEL_CHIRPSTACK_API_KEY_FILE', value, problem };
  return new ConfigError([mistake]);
}

async function apiKeyIn(file: string): Promise<string> {
  try {
    if (((await stat(file)).mode & 0o077) !== 0) warn(`${file} can be read by others: chmod 600 ${file}`);
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw keyMistake(file, messageOf(cause));
  }
}
