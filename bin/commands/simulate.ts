import type { Command } from 'commander';
import { loadInventory } from '#city-state';
import { createLogger } from '#core';
import { serve } from '../serve.ts';
import { SimulatedTown } from '../simulated-town.ts';

interface SimulateOptions {
  readonly mqtt?: string;
  readonly city: string;
  readonly seed: string;
  readonly backfillHours: string;
  readonly speed: string;
}

/** Adds `stadtpegel simulate`. */
export function addSimulate(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('simulate')
    .description('publish the uplinks of simulated sensors to a broker, as ChirpStack would')
    .option('--mqtt <url>', 'broker to publish to (STADTPEGEL_MQTT_URL)')
    .option('--city <folder>', 'inventory whose devices are simulated', 'cities/demo')
    .option('--seed <number>', 'the same seed, the same town', '1')
    .option('--backfill-hours <hours>', 'tell so much of the past first', '24')
    .option('--speed <factor>', 'how fast time passes in the town', '1')
    .addHelpText('after', '\nExample:\n  stadtpegel simulate --mqtt mqtt://127.0.0.1:1883 --speed 60')
    .action((options: SimulateOptions) => simulate(options, env));
}

async function simulate(options: SimulateOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const mqttUrl = options.mqtt ?? env.STADTPEGEL_MQTT_URL;
  if (!mqttUrl) throw new Error('which broker? --mqtt mqtt://HOST:PORT, or STADTPEGEL_MQTT_URL');
  const log = createLogger('info');
  const inventory = await loadInventory(options.city);
  const town = new SimulatedTown({
    mqttUrl,
    inventory,
    seed: numberOf('--seed', options.seed),
    backfillMs: numberOf('--backfill-hours', options.backfillHours) * 3_600_000,
    speed: numberOf('--speed', options.speed),
    log,
    whenHeard: async () => undefined,
  });
  await serve([town], log);
  process.stdout.write(`Simulating ${inventory.city.name} on ${mqttUrl}; Ctrl-C ends it\n`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new Error(`${option} takes a number from 0 on, not ${text}`);
  return value;
}
