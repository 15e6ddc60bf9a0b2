import { readFile } from 'node:fs/promises';
import { type FaultKind, faults } from '#simulator';
import { code, table } from './markdown.ts';
import { withBlocks } from './readme.ts';
import { fromTop } from './top.ts';

const head = [
  'Fault',
  'Number (usual)',
  'What happens',
  'What the platform answers',
  'Where an operator sees it',
];

function row({ name, argument: { unit, usual }, does, answers, signal }: FaultKind): string[] {
  return [code(name), `${unit} (${usual})`, does, answers, signal];
}

/** `docs/simulator.md`: the table of faults, in its marked block; the rest as it is. */
export async function simulatorPage(): Promise<string> {
  const text = await readFile(fromTop('docs/simulator.md'), 'utf8');
  return withBlocks(text, { faults: async () => `\n${table(head, faults.map(row))}\n` });
}
