/** `npm run bench -- ingest`: the whole way of uplinks on a real broker and a real store, beside what it is made of. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, type IngestContender, type Task, upTo, writingToNobody } from './contenders.ts';
import { latencyTable, measureLatency } from './latency.ts';
import { selfTimeTable } from './profile.ts';
import { inTurn, type Result, ratioOf, tableOf } from './rounds.ts';
import { stages } from './stage-names.ts';

const document = new URL('../../docs/benchmarks.md', import.meta.url);
const latencyLoad = { perS: 1000, seconds: 60 };
const parts = [...Object.keys(contenders), 'stages', 'latency'];

const usage = `npm run bench -- ingest [options]
  --n 100000      uplinks of each round
  --rounds 3      how often each is measured, in turn
  --only a,b      of: ${parts.join(', ')}
  --profile DIR   writes CPU profiles of the platform to DIR and names the functions it is busy with
  --write DATE    puts the tables into docs/benchmarks.md, as of that date
`;

interface Asked {
  readonly n: number;
  readonly rounds: number;
  readonly only: readonly string[];
  readonly profile: string | undefined;
  readonly write: string | undefined;
}

/** @throws {Error} with how to use it */
function askedFor(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: parts.join(',') },
      profile: { type: 'string' },
      write: { type: 'string' },
    },
  });
  const { profile, write } = values;
  const asked = {
    n: Number(values.n),
    rounds: Number(values.rounds),
    only: values.only.split(','),
    profile,
    write,
  };
  const wrong = asked.only.filter((part) => !parts.includes(part));
  if (wrong.length > 0) throw new Error(`there is no ${wrong.join(', ')}\n${usage}`);
  for (const number of [asked.n, asked.rounds])
    if (!Number.isInteger(number) || number < 1)
      throw new Error(`--n and --rounds are whole numbers\n${usage}`);
  return asked;
}

/** The stages of the platform one after the other; each has all that those before it have. */
const staged = (): IngestContender[] => [
  ...stages.map((stage) => upTo(stage)),
  writingToNobody,
  ...Object.entries(contenders).flatMap(([name, one]) => (name === 'platform' ? [one] : [])),
];

async function rounds({ only, rounds: count }: Asked, task: Task): Promise<string> {
  const wanted = Object.entries(contenders).filter(([name]) => only.includes(name));
  const results = await inTurn(
    wanted.map(([, one]) => one),
    count,
    task,
  );
  const of = (name: string): Result | undefined => results[wanted.findIndex(([one]) => one === name)];
  const prototype = of('prototype');
  const compared = [of('platform'), of('archive')].flatMap((one) =>
    one && prototype ? [`- ${ratioOf(one, prototype)}`] : [],
  );
  return [tableOf(results), ...(compared.length > 0 ? [compared.join('\n')] : [])].join('\n\n');
}

/** Where and how it was measured. */
function circumstances({ n, rounds: count }: Asked): string {
  const [cpu] = os.cpus();
  return (
    `${os.availableParallelism()} cores (${cpu?.model ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
    `Linux ${os.release()}, Node ${process.versions.node}; ${n.toLocaleString('en')} uplinks a round, ${count} rounds; ` +
    'each cell: least / **middle** / most.'
  );
}

/** Puts the text between the marks `<!-- measured: NAME -->` and `<!-- end -->` of the document. */
function writeDown(name: string, text: string): void {
  const before = readFileSync(document, 'utf8');
  const block = new RegExp(`(<!-- measured: ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!block.test(before)) throw new Error(`docs/benchmarks.md has no place for ${name}`);
  writeFileSync(
    document,
    before.replace(block, (_, begin: string, end: string) => `${begin}${text}\n${end}`),
  );
}

/** Measures what is asked for, prints it, and writes it down where that is asked for too. */
export async function benchIngest(args: readonly string[]): Promise<void> {
  const asked = askedFor(args);
  const { n, only, profile, write } = asked;
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  const env =
    profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${path.resolve(profile)}` };
  const task = { uplinks: n, env };
  const tell = (name: string, text: string): void => {
    process.stdout.write(`\n${text}\n`);
    if (write !== undefined) writeDown(name, `As of ${write}: ${circumstances(asked)}\n\n${text}`);
  };
  if (Object.keys(contenders).some((name) => only.includes(name))) tell('ingest', await rounds(asked, task));
  if (only.includes('stages')) tell('stages', tableOf(await inTurn(staged(), asked.rounds, task)));
  if (only.includes('latency')) {
    const { perS, seconds } = latencyLoad;
    tell('latency', latencyTable(await measureLatency(perS, seconds, env)));
  }
  if (profile !== undefined) process.stdout.write(`\n${selfTimeTable(profile)}\n`);
}
