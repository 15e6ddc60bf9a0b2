import type { RepositoryFile } from './files.ts';
import type { Finding } from './finding.ts';
import { doorsOf, rooms } from './map.ts';

/** What a room's README answers, in this order. */
export const readmeSections = [
  '## What comes in',
  '## What goes out',
  '## What it promises',
  '## How to add one more',
] as const;

function readmeFindings(room: string, text: string | undefined): Finding[] {
  const path = `${room}/README.md`;
  if (text === undefined)
    return [{ path, line: 1, rule: 'room without README', remedy: `write it: ${readmeSections.join(', ')}` }];
  const outsideCode = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  const sections = outsideCode.split('\n').filter((line) => line.startsWith('## '));
  const asExpected =
    outsideCode.startsWith(`# ${room}\n`) && sections.join('\n') === readmeSections.join('\n');
  if (asExpected) return [];
  const remedy = `"# ${room}", one sentence, then exactly ${readmeSections.join(', ')}`;
  return [{ path, line: 1, rule: 'shape of README', remedy }];
}

/** Rooms without a door or a README of the common shape. */
export function roomFindings(files: ReadonlyMap<string, RepositoryFile>): Finding[] {
  return Object.keys(rooms).flatMap((room) => {
    const findings = readmeFindings(room, files.get(`${room}/README.md`)?.text);
    const path = `${room}/index.ts`;
    if (!files.has(path))
      findings.push({ path, line: 1, rule: 'room without door', remedy: 'export what others use, no more' });
    return findings;
  });
}

/** `package.json` "imports" that are not exactly the doors. */
export function doorFindings(imports: Readonly<Record<string, string>>): Finding[] {
  const expected = doorsOf(Object.keys(rooms));
  const names = new Set([...Object.keys(expected), ...Object.keys(imports)]);
  return [...names]
    .filter((name) => expected[name] !== imports[name])
    .map((name) => ({
      path: 'package.json',
      line: 1,
      rule: 'doors',
      remedy:
        expected[name] === undefined
          ? `take ${name} out of "imports"; the doors are in tests/tidy/map.ts`
          : `"imports" must say "${name}": "${expected[name]}"`,
    }));
}
