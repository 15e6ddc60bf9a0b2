/** `npm run crash`: everything an operator meets, with real processes and counts. */
import { parseArgs } from 'node:util';
import { type Outcome, runScenario, type Skipped } from './run.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { circumstances, lineOf, tableOf, writeDown } from './table.ts';

const usage = `npm run crash [-- options]
  --only a,b     of: ${scenarios.map(({ name }) => name).join(', ')}
  --n 50000      uplinks of each scenario
  --scaled       as small as the tests run it
  --seed S       random moments and values of an earlier run
  --write DATE   puts the table into docs/crash-matrix.md, as of that date
  --list         says what there is, and does nothing
`;

interface Asked {
  readonly chosen: readonly Scenario[];
  readonly uplinks: number | undefined;
  readonly isScaled: boolean;
  readonly seed: number;
  readonly write: string | undefined;
  readonly list: boolean;
}

/** @throws {Error} with what is wrong */
function askedFor(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      n: { type: 'string' },
      scaled: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      write: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const names = values.only?.split(',');
  const wrong = (names ?? []).filter((name) => !scenarios.some((one) => one.name === name));
  if (wrong.length > 0) throw new Error(`there is no ${wrong.join(', ')}`);
  const uplinks = values.n === undefined ? undefined : Number(values.n);
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || !Number.isInteger(uplinks ?? 1) || (uplinks ?? 1) < 1)
    throw new Error('--n and --seed are whole numbers');
  const chosen = scenarios.filter(({ name }) => names?.includes(name) ?? true);
  return { chosen, uplinks, isScaled: values.scaled, seed, write: values.write, list: values.list };
}

async function crash({ chosen, uplinks, isScaled, seed, write }: Asked): Promise<boolean> {
  const startedMs = performance.now();
  const outcomes: (Outcome | Skipped)[] = [];
  for (const [index, scenario] of chosen.entries()) {
    process.stderr.write(`${index + 1} of ${chosen.length}: ${scenario.title}\n`);
    const scale = isScaled ? scenario.scaled : scenario.full;
    const outcome = await runScenario(
      scenario,
      { ...scale, ...(uplinks !== undefined && { uplinks }) },
      seed,
    );
    process.stderr.write(`  ${lineOf(outcome)}\n`);
    outcomes.push(outcome);
  }
  const tookMin = Math.round((performance.now() - startedMs) / 60_000);
  process.stdout.write(`\n${tableOf(outcomes)}\n`);
  if (write !== undefined)
    writeDown(`As of ${write}: ${circumstances()}; ${tookMin} minutes.\n\n${tableOf(outcomes)}`);
  return outcomes.every((one) => 'skipped' in one || one.problems.length === 0);
}

try {
  const args = process.argv.slice(2);
  const asked = args.includes('--help') ? undefined : askedFor(args);
  if (asked === undefined) process.stdout.write(usage);
  else if (asked.list)
    process.stdout.write(`${scenarios.map(({ name, title }) => `${name}: ${title}\n`).join('')}`);
  else if (!(await crash(asked))) process.exitCode = 1;
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`);
  process.exitCode = 2;
}
