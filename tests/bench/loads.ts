/** Other loads than the usual one, for the same platform. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Platform } from '../services/platform.ts';
import { eventually } from '../services/programs.ts';
import { contenders, type IngestContender, platform, type Task } from './contenders.ts';
import type { Generated } from './generator.ts';
import { inTurn, ratioOf, tableOf } from './rounds.ts';

const waitMsMax = 60_000;

/** Every message something was wrong with is in the place for it, once, and nothing else is. @throws where it is not so */
async function findPoison(running: Platform, dataDir: string, { poisoned }: Generated): Promise<void> {
  const { malformed, oversize, undecodable } = poisoned;
  await eventually(async () => {
    const counted = {
      letters: await running.metric('dead_letters_total'),
      malformed: await running.metric('dead_letters_total', '"json_invalid"'),
      undecodable: await running.metric('decode_errors_total'),
    };
    same(counted, { letters: malformed + oversize, malformed, undecodable });
  }, waitMsMax);
  // Letters wait a moment for others before they are written.
  await eventually(() => same(lettersOf(dataDir), { json_invalid: malformed, payload_too_large: oversize }));
}

function same(found: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  const [has, wanted] = [found, expected].map((counts) => JSON.stringify(counts));
  if (has !== wanted) throw new Error(`poison: ${has} are there, ${wanted} should be`);
}

/** How many letters the drawer holds, by code. @throws where the bytes of one are missing */
function lettersOf(dataDir: string): Record<string, number> {
  const ledger = new DatabaseSync(`${dataDir}/ledger.sqlite`, { readOnly: true });
  const rows = ledger
    .prepare('SELECT code, count(*) AS count FROM dead_letter GROUP BY code ORDER BY code')
    .all();
  const files = ledger.prepare('SELECT name, bytes FROM payload_file').all();
  ledger.close();
  for (const { name, bytes } of files) {
    const found = statSync(`${dataDir}/letters/${name}`, { throwIfNoEntry: false });
    if (found?.size !== bytes) throw new Error(`poison: ${name} is not whole`);
  }
  const none = { json_invalid: 0, payload_too_large: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ code, count }) => [String(code), Number(count)])) };
}

/** By the name they are asked for. */
export const loads: Readonly<Record<string, IngestContender>> = {
  poison: platform({
    name: '1 % of it poisoned',
    archive: 'off',
    load: ['--poison', '1%'],
    settled: findPoison,
  }),
  protobuf: platform({ name: 'in protobuf', archive: 'off', load: ['--encoding', 'protobuf'] }),
};

/** The platform under the usual load and those asked for, in turn. */
export async function compareLoads(only: readonly string[], rounds: number, task: Task): Promise<string> {
  const asked = Object.entries(loads).flatMap(([name, load]) => (only.includes(name) ? [load] : []));
  const usual = Object.entries(contenders).flatMap(([name, one]) => (name === 'platform' ? [one] : []));
  const results = await inTurn([...usual, ...asked], rounds, task);
  const [first, ...others] = results;
  const ratios = others.flatMap((other) => (first ? [`- ${ratioOf(other, first)}`] : []));
  return `${tableOf(results)}\n\n${ratios.join('\n')}`;
}
