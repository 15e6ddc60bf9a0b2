import { Command } from 'commander';
import { ConfigError, messageOf, StadtpegelError } from '#core';
import { run } from './run.ts';

/** EX_CONFIG of sysexits.h: the operator has to change something before another start can help. */
const exitConfig = 78;

/** The command line. Ends the process with 0, 1 (failed) or 78 (configuration). */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const program = new Command('stadtpegel')
    .description(
      'Smart-city sensor platform on LoRaWAN: ChirpStack uplinks in, reliable city state and a REST API out.',
    )
    .showHelpAfterError();
  program
    .command('run')
    .description(
      'bridge, ingest, city state and API in one process, on the broker and InfluxDB the environment names',
    )
    .addHelpText(
      'after',
      '\nSettings are environment variables, all described in docs/configuration.md. Two are needed:\n' +
        '  STADTPEGEL_MQTT_URL=mqtt://127.0.0.1:1883 STADTPEGEL_INFLUX_URL=http://127.0.0.1:8086 npm start',
    )
    .action(() => run(env));
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
