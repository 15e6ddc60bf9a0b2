import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { askOperator, operatorOption, queryOf } from '../operator-client.ts';
import { printAll, printEither } from '../print.ts';

/** What the operator listener answers, as far as it is shown; JSON output shows all of it. */
const letter = z.looseObject({
  id: z.number(),
  state: z.string(),
  code: z.string(),
  reason: z.string(),
  receivedAt: z.string(),
  broker: z.string(),
  topic: z.string(),
  payloadBytes: z.number(),
  withheld: z.boolean(),
  attempts: z.number(),
  redrivenAt: z.string().nullable(),
});
type Letter = z.infer<typeof letter>;

const letterInFull = letter.extend({
  payload: z.looseObject({ hex: z.string(), text: z.string().nullable(), json: z.unknown().optional() }),
});
const page = z.object({ letters: z.array(letter), next: z.number().nullable() });
const redriven = z.object({ outcome: z.string(), letter });
const redrivenPage = z.object({ redriven: z.number(), withheld: z.number(), next: z.number().nullable() });

interface Options {
  readonly operator: string;
  readonly json?: true;
}

interface FilterOptions extends Options {
  readonly code?: string;
  readonly state?: string;
  readonly topic?: string;
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
}

interface ListOptions extends FilterOptions {
  readonly limit: number;
}

interface RedriveOptions extends FilterOptions {
  readonly all?: true;
}

const pageLetters = 1000;
/** Of a payload so many characters are shown; JSON output has all. */
const shownChars = 4000;

/** Adds `stadtpegel letters list|show|redrive|export`. */
export function addLetters(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('letters')
    .description('dead letters of a running process: messages nothing could be made of');
  addList(command, env);
  addShow(command, env);
  addRedrive(command, env);
  addExport(command, env);
}

function subcommand(command: Command, name: string, what: string, env: NodeJS.ProcessEnv): Command {
  return command.command(name).description(what).addOption(operatorOption(env));
}

function withFilter(command: Command): Command {
  return command
    .option('--code <code>', 'only of this code, e.g. json_invalid')
    .option('--topic <text>', 'only where the topic holds this')
    .option('--device <eui>', 'only of this device')
    .option('--from <time>', 'only received then or later, ISO 8601 with zone')
    .option('--to <time>', 'only received before then');
}

const stateOption = new Option('--state <state>', 'only in this state').choices([
  'waiting',
  'redriving',
  'stored',
]);

function addList(command: Command, env: NodeJS.ProcessEnv): void {
  withFilter(subcommand(command, 'list', 'the newest first', env))
    .addOption(stateOption)
    .option('--limit <number>', 'at most so many', positive, 50)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  stadtpegel letters list
  stadtpegel letters list --code point_rejected --state waiting --from 2026-05-04T00:00:00Z
  stadtpegel letters list --device 24e124707c123456 --json`,
    )
    .action(list);
}

function addShow(command: Command, env: NodeJS.ProcessEnv): void {
  subcommand(command, 'show', 'one letter, its bytes as text or hex', env)
    .argument('<id>', 'id of the letter', positive)
    .option('--json', 'for programs, with all bytes')
    .addHelpText('after', '\nExample:\n  stadtpegel letters show 17')
    .action(show);
}

function addRedrive(command: Command, env: NodeJS.ProcessEnv): void {
  withFilter(subcommand(command, 'redrive', 'send letters through again, as they were received', env))
    .argument('[ids...]', 'ids of the letters; without them those the options name', positives)
    .option('--all', 'every waiting letter')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
What becomes of a letter shows in its state: stored, or waiting again with one more attempt. Repeating it is harmless.

Examples:
  stadtpegel letters redrive 17 18
  stadtpegel letters redrive --code point_rejected
  stadtpegel letters redrive --all`,
    )
    .action(redrive);
}

function addExport(command: Command, env: NodeJS.ProcessEnv): void {
  withFilter(subcommand(command, 'export', 'letters as JSON Lines, the oldest first', env))
    .addOption(stateOption)
    .addHelpText('after', '\nExample:\n  stadtpegel letters export --state waiting > letters.jsonl')
    .action(async (options: FilterOptions) => {
      const { body } = await askOperator(options.operator, `/letters/export${queryOf(filterOf(options))}`);
      if (body) await printAll(body);
    });
}

function filterOf({ code, state, topic, device, from, to }: FilterOptions) {
  return { code, state, topic, device, from, to };
}

async function list(options: ListOptions): Promise<void> {
  const { operator, json, limit } = options;
  const letters: Letter[] = [];
  let before: number | undefined;
  do {
    const count = Math.min(limit - letters.length, pageLetters);
    const query = queryOf({ ...filterOf(options), before, limit: count });
    const answer = page.parse(await (await askOperator(operator, `/letters${query}`)).json());
    letters.push(...answer.letters);
    before = answer.next ?? undefined;
  } while (before !== undefined && letters.length < limit);
  const more = before === undefined ? '' : `more: --limit ${2 * limit}\n`;
  printEither(json, letters, letters.length === 0 ? 'no letters\n' : letters.map(lineOf).join('') + more);
}

function lineOf({ id, receivedAt, state, attempts, code, topic, reason }: Letter): string {
  const tried = attempts === 0 ? state : `${state} (${attempts} redriven)`;
  return `${id}  ${receivedAt}  ${tried}  ${code}  ${topic}\n    ${reason}\n`;
}

async function show(id: number, { operator, json }: Options): Promise<void> {
  const found = letterInFull.parse(await (await askOperator(operator, `/letters/${id}`)).json());
  const { state, attempts, redrivenAt, receivedAt, broker, topic, code, reason, payloadBytes } = found;
  const rows = [
    ['state', attempts === 0 ? state : `${state}, redriven ${attempts} times, last ${redrivenAt}`],
    ['received', `${receivedAt} from ${broker}`],
    ['topic', topic],
    ['code', code],
    ['reason', reason],
    ['payload', `${payloadBytes} bytes${emptiness(found)}`],
  ];
  const text = rows.map(([name = '', value]) => `${name.padEnd(10)}${value}\n`).join('');
  printEither(json, found, text + payloadText(found.payload));
}

function emptiness({ withheld, state }: Letter): string {
  if (withheld) return ': they hold what is personal and were not kept';
  return state === 'stored' ? ': they left with its message, which was stored' : '';
}

function payloadText({ hex, text, json }: z.infer<typeof letterInFull>['payload']): string {
  if (hex === '') return '';
  const whole = json !== undefined ? JSON.stringify(json, null, 2) : (text ?? hex);
  return whole.length <= shownChars
    ? `\n${whole}\n`
    : `\n${whole.slice(0, shownChars)}…\n(--json shows all)\n`;
}

async function redrive(ids: readonly number[] = [], options: RedriveOptions): Promise<void> {
  const filter = filterOf(options);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (ids.length > 0 && (isFiltered || options.all))
    throw new Error('give either ids or options that choose');
  if (ids.length > 0) await redriveThese(ids, options);
  else if (isFiltered || options.all) await redriveMany(filter, options);
  else throw new Error('which letters? Give ids, options that choose (--code, --device, …), or --all');
}

async function redriveThese(ids: readonly number[], { operator, json }: Options): Promise<void> {
  const answers: z.infer<typeof redriven>[] = [];
  for (const id of ids) {
    const response = await askOperator(operator, `/letters/${id}/redrive`, 'POST');
    answers.push(redriven.parse(await response.json()));
  }
  const text = answers.map(({ outcome, letter: { id, topic } }) => `${id}  ${outcome}  ${topic}\n`);
  printEither(json, answers, text.join(''));
}

async function redriveMany(filter: ReturnType<typeof filterOf>, { operator, json }: Options): Promise<void> {
  const sum = { redriven: 0, withheld: 0 };
  let after: number | undefined;
  do {
    const query = queryOf({ ...filter, after, limit: pageLetters });
    const response = await askOperator(operator, `/letters/redrive${query}`, 'POST');
    const answer = redrivenPage.parse(await response.json());
    sum.redriven += answer.redriven;
    sum.withheld += answer.withheld;
    after = answer.next ?? undefined;
  } while (after !== undefined);
  const left = sum.withheld === 0 ? '' : `, ${sum.withheld} left: their bytes were never kept`;
  printEither(json, sum, `${sum.redriven} letters redriven${left}\n`);
}

/** @throws {InvalidArgumentError} */
function positive(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError('It takes a whole number from 1 on.');
}

function positives(text: string, before: readonly number[] = []): number[] {
  return [...before, positive(text)];
}
