import { readFile } from 'node:fs/promises';
import { demoCity } from './demo-city.ts';
import { fromTop } from './top.ts';

/** A question to the API as the README asks it: some members of every object in a list. */
export interface Question {
  readonly path: string;
  /** The member of the answer that holds the list. */
  readonly list: string;
  readonly members: readonly string[];
}

const questions: readonly Question[] = [
  {
    path: '/v1/parking/sites',
    list: 'sites',
    members: ['name', 'capacity', 'free', 'occupied', 'freshness'],
  },
  { path: '/v1/charging/stations/l-bahnhof', list: 'points', members: ['evseId', 'status', 'basis'] },
  {
    path: '/v1/environment/stations/u-marktplatz',
    list: 'measurements',
    members: ['quantity', 'value', 'unit'],
  },
];

/** What makes the rows of an answer, for `jq -c`. */
export function filterOf({ list, members }: Question): string {
  return `.${list}[] | [${members.map((member) => `.${member}`).join(', ')}]`;
}

/**
 * What `jq -c` prints of an answer, a line for each object in the list.
 * @throws {Error} where the answer has no such list, or an object of it not all the members
 */
export function rowsOf(answer: unknown, { path, list, members }: Question): string {
  const rows: unknown = Object(answer)[list];
  if (!Array.isArray(rows)) throw new Error(`${path} has no ${list}`);
  const lines = rows.map((row: Readonly<Record<string, unknown>>) => {
    const missing = members.find((member) => row[member] === undefined);
    if (missing !== undefined) throw new Error(`${path}: no ${missing} in ${list}`);
    return `${JSON.stringify(members.map((member) => row[member]))}\n`;
  });
  return lines.join('');
}

async function answersBlock(): Promise<string> {
  const app = await demoCity();
  const told = questions.map(async (question) => {
    const answer = await app.inject(question.path);
    return `$ curl -s localhost:8080${question.path} | jq -c '${filterOf(question)}'\n${rowsOf(answer.json(), question)}`;
  });
  return `\`\`\`console\n${(await Promise.all(told)).join('')}\`\`\`\n`;
}

/** What stands between `<!-- generated: name -->` and `<!-- end -->`, by name. */
const blocks: Readonly<Record<string, () => Promise<string>>> = { answers: answersBlock };

/**
 * A text with what stands between its marks made anew.
 * @throws {Error} where a mark names no block, or a block has no mark
 */
export async function withBlocks(
  text: string,
  made: Readonly<Record<string, () => Promise<string>>>,
): Promise<string> {
  const marked = /(?<=<!-- generated: (\w+) -->\n)[\s\S]*?(?=<!-- end -->)/g;
  const names = [...text.matchAll(marked)].map(([, name = '']) => name);
  const missing = Object.keys(made).filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`no <!-- generated: ${missing[0]} --> … <!-- end -->`);
  const fresh = new Map<string, string>();
  for (const name of names) {
    const make = made[name];
    if (make === undefined) throw new Error(`nothing makes <!-- generated: ${name} -->`);
    fresh.set(name, await make());
  }
  return text.replace(marked, (_old, name: string) => fresh.get(name) ?? '');
}

/** `README.md`: what the real parts answer, in its marked blocks; the rest as it is. */
export async function readmePage(): Promise<string> {
  return withBlocks(await readFile(fromTop('README.md'), 'utf8'), blocks);
}
