import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { askOperator, operatorOption, queryOf } from '../operator-client.ts';
import { printEither } from '../print.ts';
import { progressLine, type Replay, summary } from '../replay-text.ts';

const count = z.number();
const counts = z.looseObject({
  profile: z.string(),
  uplinks: count,
  withheld: count,
  failed: count,
  failure: z.string().nullable(),
  same: count,
  changed: count,
  new: count,
  gone: count,
  rejected: count,
  examples: z.array(
    z.looseObject({
      device: z.string(),
      time: z.string(),
      channel: z.string().nullable(),
      quantity: z.string(),
      before: z.union([z.number(), z.boolean(), z.string()]).nullable(),
      after: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    }),
  ),
});
/** What the operator listener answers, as far as it is shown; JSON output shows all of it. */
const replay = z.looseObject({
  id: count,
  state: z.string(),
  from: z.string(),
  to: z.string(),
  dryRun: z.boolean(),
  uplinksTotal: count,
  uplinksDone: count,
  uplinksPerS: count.nullable(),
  secondsLeft: count.nullable(),
  waitsFor: z.string().nullable(),
  notes: z.array(z.string()),
  profiles: z.array(counts),
});

interface Options {
  readonly operator: string;
  readonly json?: true;
}

interface BeginOptions extends Options {
  readonly from?: string;
  readonly to?: string;
  readonly device?: string;
  readonly profile?: string;
  readonly dryRun?: true;
}

const terminalEveryMs = 250;
const plainEveryMs = 10_000;

/** Adds `stadtpegel replay`, and `replay status|cancel`. */
export function addReplay(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('replay')
    .description('decode the past anew from the raw payloads in the radio log, in a running process')
    .option('--from <time>', 'from then on: a date or time, of the city’s time zone unless it has an offset')
    .option('--to <time>', 'until then (exclusive)')
    .option('--device <eui>', 'only this device')
    .option('--profile <id>', 'only uplinks this device model decoded then, or decodes now')
    .option('--dry-run', 'read, decode and count; change nothing')
    .addOption(operatorOption(env))
    .option('--json', 'for programs: the result as JSON')
    .addHelpText(
      'after',
      `
For when a decoder was wrong or came later, or the model or place of a device in the inventory was corrected: readings
become what they would be, had it been right from the beginning. What no raw payload tells stays as it is. The process
that ingests does it, in slices, and gives way to live traffic; it goes on after a restart. Ctrl-C only ends the watching.

Examples:
  stadtpegel replay --from 2026-05-01 --to 2026-05-04 --profile acme/w1 --dry-run
  stadtpegel replay --from 2026-05-01 --to 2026-05-04T06:00 --device 24e124707c123456
  stadtpegel replay status
  stadtpegel replay cancel`,
    )
    .action((options: BeginOptions) => begin(options));
  addOne(command, env, 'status', 'how far it is, or what the last one has changed', '/replay', 'GET');
  addOne(command, env, 'cancel', 'end it; what is done stays done', '/replay/cancel', 'POST');
}

function addOne(
  command: Command,
  env: NodeJS.ProcessEnv,
  name: string,
  what: string,
  path: string,
  method: 'GET' | 'POST',
): void {
  command
    .command(name)
    .description(what)
    .addOption(operatorOption(env))
    .option('--json', 'for programs')
    .addHelpText('after', `\nExample:\n  stadtpegel replay ${name}`)
    .action(async (_options: Options, subcommand: Command) => {
      // `replay` has the same options, and takes them first wherever they stand.
      const { operator, json } = subcommand.optsWithGlobals<Options>();
      const answer = await ask(operator, path, method);
      printEither(json, answer, summary(answer));
    });
}

async function ask(operator: string, path: string, method: 'GET' | 'POST' = 'GET'): Promise<Replay> {
  return replay.parse(await (await askOperator(operator, path, method)).json());
}

async function begin(options: BeginOptions): Promise<void> {
  const { operator, json, from, to, device, profile, dryRun } = options;
  if (from === undefined || to === undefined)
    throw new Error('which time? Give --from and --to, e.g. --from 2026-05-01 --to 2026-05-04');
  const query = queryOf({ from, to, device, profile, dryRun: dryRun && 'true' });
  const begun = await ask(operator, `/replay/begin${query}`, 'POST');
  const ended = await watch(begun, operator);
  printEither(json, ended, summary(ended));
}

/** Shows how far it is until it has ended: one line rewritten on a terminal, a line now and then elsewhere. */
async function watch(begun: Replay, operator: string): Promise<Replay> {
  const { stderr } = process;
  const onInterrupt = (): void => {
    stderr.write(
      '\nThe replay goes on: `stadtpegel replay status` shows how far it is, `stadtpegel replay cancel` ends it.\n',
    );
    process.exit(130);
  };
  process.once('SIGINT', onInterrupt);
  const rewrites = stderr.isTTY && process.env.TERM !== 'dumb';
  let now = begun;
  let saidMs = Number.NEGATIVE_INFINITY;
  try {
    while (now.state === 'running' || now.state === 'cancelling') {
      if (rewrites) stderr.write(`\r${progressLine(now, stderr.columns || 80)}\x1b[K`);
      else if (Date.now() - saidMs >= plainEveryMs) {
        stderr.write(`${progressLine(now, Number.POSITIVE_INFINITY)}\n`);
        saidMs = Date.now();
      }
      await sleep(terminalEveryMs);
      now = await ask(operator, '/replay');
    }
  } finally {
    if (rewrites) stderr.write('\r\x1b[K');
    process.removeListener('SIGINT', onInterrupt);
  }
  return now;
}
