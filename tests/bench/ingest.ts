/** `npm run bench -- ingest`: the whole way of uplinks on a real broker and a real store, beside what it is made of. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, type IngestContender, type Task, upTo, writingToNobody } from './contenders.ts';
import { tell } from './document.ts';
import { measureLatency } from './latency.ts';
import { compareLoads, loads } from './loads.ts';
import { selfTimeTable } from './profile.ts';
import { inTurn, type Result, ratioOf, tableOf } from './rounds.ts';
import { type Stage, stages } from './stage-names.ts';

const latencyPerS = 1000;
const parts = [...Object.keys(contenders), 'stages', ...Object.keys(loads), 'latency'];
const whole = { uplinks: 100_000, rounds: 3, latencyS: 60, stages };
/** To see that everything runs; the figures mean nothing. The last stage has all that the others have. */
const quick = { uplinks: 1000, rounds: 1, latencyS: 1, stages: stages.slice(-1) };

/** How to ask for it. */
export const usage = `npm run bench -- ingest [options]
  --n ${whole.uplinks}      uplinks of each round
  --rounds ${whole.rounds}      how often each is measured, in turn
  --quick         only to see that it runs
  --only a,b      of: ${parts.join(', ')}
  --profile DIR   writes CPU profiles of the platform to DIR and names the functions it is busy with
  --write DATE    puts the tables into docs/benchmarks.md, as of that date
`;

interface Asked extends Pick<typeof whole, 'rounds' | 'latencyS'> {
  readonly n: number;
  readonly stages: readonly Stage[];
  readonly only: readonly string[];
  readonly profile: string | undefined;
  readonly write: string | undefined;
}

/** @throws {Error} with how to use it */
function askedFor(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: parts.join(',') },
      profile: { type: 'string' },
      write: { type: 'string' },
    },
  });
  const { profile, write } = values;
  const usual = values.quick ? quick : whole;
  const asked = {
    n: Number(values.n ?? usual.uplinks),
    rounds: Number(values.rounds ?? usual.rounds),
    latencyS: usual.latencyS,
    stages: usual.stages,
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
const staged = (wanted: readonly Stage[]): IngestContender[] => [
  ...wanted.map((stage) => upTo(stage)),
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

/** Measures what is asked for, prints it, and writes it down where that is asked for too. */
export async function benchIngest(args: readonly string[]): Promise<void> {
  const asked = askedFor(args);
  const { n, rounds: count, only, profile, write, latencyS } = asked;
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  const env =
    profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${path.resolve(profile)}` };
  const task = { uplinks: n, env };
  const how = `${n.toLocaleString('en')} uplinks a round, ${count} rounds; each cell: least / **middle** / most`;
  const isAsked = (some: object): boolean => Object.keys(some).some((name) => only.includes(name));
  if (isAsked(contenders)) tell('ingest', await rounds(asked, task), how, write);
  if (only.includes('stages'))
    tell('stages', tableOf(await inTurn(staged(asked.stages), count, task)), how, write);
  if (isAsked(loads)) tell('loads', await compareLoads(only, count, task), how, write);
  if (only.includes('latency')) {
    const text = await measureLatency(latencyPerS, latencyS, env);
    tell('latency', text, `${latencyPerS} uplinks/s for ${latencyS} s`, write);
  }
  if (profile !== undefined) process.stdout.write(`\n${selfTimeTable(profile)}\n`);
}
