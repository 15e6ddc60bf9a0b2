import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import type { Outcome, Skipped } from './run.ts';

const document = new URL('../../docs/crash-matrix.md', import.meta.url);

const count = (value: number): string => value.toLocaleString('en');

/** What came of it in one line. */
export function lineOf(outcome: Outcome | Skipped): string {
  const { name } = outcome.scenario;
  if ('skipped' in outcome) return `${name}: skipped, ${outcome.skipped}`;
  const { acknowledged, once, lost, thereAfterS, problems } = outcome;
  const figures = `${count(acknowledged)} acknowledged, ${count(once)} stored once, ${count(lost)} lost by the broker, there after ${thereAfterS.toFixed(1)} s`;
  return `${name}: ${problems.length === 0 ? 'passed' : `FAILED (${problems.join('; ')})`}: ${figures}`;
}

/** A Markdown table of all of it. */
export function tableOf(outcomes: readonly (Outcome | Skipped)[]): string {
  return [
    '| what happens | published | lost by the broker | received | again | acknowledged by us | stored once | missing | too many | dead letters | all there after, s | what an operator sees | seed |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|',
    ...outcomes.map(rowOf),
  ].join('\n');
}

function rowOf(outcome: Outcome | Skipped): string {
  const { title, name } = outcome.scenario;
  const head = `${title} (\`${name}\`)`;
  if ('skipped' in outcome) return `| ${head} | skipped: ${outcome.skipped} |${' |'.repeat(11)}`;
  const { published, lost, received, again, acknowledged, once, missing, tooMany, deadLetters } = outcome;
  const figures = [published, lost, received, again, acknowledged, once, missing, tooMany, deadLetters];
  const verdict = outcome.problems.length === 0 ? [] : [`**failed**: ${outcome.problems.join('; ')}`];
  const cells = [
    head,
    ...figures.map(count),
    outcome.thereAfterS.toFixed(1),
    [...verdict, ...outcome.signs].join('; '),
    outcome.seed,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Where it ran. */
export function circumstances(): string {
  const [cpu] = os.cpus();
  return (
    `${os.availableParallelism()} cores (${cpu?.model ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
    `Linux ${os.release()}, Node ${process.versions.node}`
  );
}

/** Puts the table between the marks of docs/crash-matrix.md. */
export function writeDown(text: string): void {
  const before = readFileSync(document, 'utf8');
  const block = /(<!-- measured: crash -->\n)[\s\S]*?(<!-- end -->)/;
  if (!block.test(before)) throw new Error('docs/crash-matrix.md has no place for the table');
  writeFileSync(
    document,
    before.replace(block, (_, begin: string, end: string) => `${begin}${text}\n${end}`),
  );
}
