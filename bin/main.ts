import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { ConfigError, messageOf, StadtpegelError } from '#core';
import { addApi } from './commands/api.ts';
import { addBridge } from './commands/bridge.ts';
import { addDecode } from './commands/decode.ts';
import { addInit } from './commands/init.ts';
import { addInventory } from './commands/inventory.ts';
import { addLetters } from './commands/letters.ts';
import { addProfiles } from './commands/profiles.ts';
import { addProvision } from './commands/provision.ts';
import { addReplay } from './commands/replay.ts';
import { addRun } from './commands/run.ts';
import { addSimulate } from './commands/simulate.ts';
import { addSpool } from './commands/spool.ts';

/** EX_CONFIG of sysexits.h: the operator has to change something before another start can help. */
const exitConfig = 78;

/** The command line. Ends the process with 0, 1 (failed) or 78 (configuration). */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const program = new Command('stadtpegel')
    .description(
      'Smart-city sensor platform on LoRaWAN: ChirpStack uplinks in, reliable city state and a REST API out.',
    )
    .version(versionOf(readFileSync(new URL('../package.json', import.meta.url), 'utf8')))
    .showHelpAfterError('(stadtpegel --help shows how)');
  addRun(program, env);
  addBridge(program, env);
  addApi(program, env);
  addSimulate(program, env);
  addDecode(program);
  addInventory(program);
  addProfiles(program, env);
  addProvision(program, env);
  addLetters(program, env);
  addReplay(program, env);
  addSpool(program, env);
  addInit(program);
  try {
    await program.parseAsync(argv);
  } catch (cause) {
    process.stderr.write(`stadtpegel: ${messageOf(cause)}\n`);
    if (cause instanceof ConfigError)
      process.stderr.write('docs/configuration.md describes every setting.\n');
    process.exit(isConfiguration(cause) ? exitConfig : 1);
  }
}

function isConfiguration(cause: unknown): boolean {
  return cause instanceof StadtpegelError && ['config_invalid', 'inventory_invalid'].includes(cause.code);
}

function versionOf(packageJson: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(packageJson)).version;
}
