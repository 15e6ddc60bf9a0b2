import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { filterOf, type Question, rowsOf, withBlocks } from './readme.ts';

const question: Question = { path: '/v1/things', list: 'things', members: ['name', 'count', 'parts'] };
const answer = {
  things: [
    { name: 'Größe "A"', count: 1.5, parts: ['x', null], more: true },
    { name: 'B', count: 0, parts: [] },
  ],
};

const jq = 'jq';

function hasJq(): boolean {
  try {
    execFileSync(jq, ['--version']);
    return true;
  } catch {
    return false;
  }
}

describe('an answer in the README', () => {
  it('is one line for each object', () => {
    expect(rowsOf(answer, question)).toBe('["Größe \\"A\\"",1.5,["x",null]]\n["B",0,[]]\n');
  });

  it('is what jq makes of it, byte for byte', (context) => {
    if (!hasJq()) context.skip('jq is not installed');
    const printed = execFileSync(jq, ['-c', filterOf(question)], { input: JSON.stringify(answer) });
    expect(rowsOf(answer, question)).toBe(printed.toString());
  });

  it('is refused where the API has changed', () => {
    expect(() => rowsOf({}, question)).toThrow('/v1/things has no things');
    expect(() => rowsOf({ things: [{ name: 'C' }] }, question)).toThrow('no count in things');
  });
});

describe('blocks', () => {
  const made = { a: async () => 'new $& a\n', b: async () => 'new b\n' };
  const block = (name: string, text: string): string => `<!-- generated: ${name} -->\n${text}<!-- end -->`;

  it('are made anew, and nothing else', async () => {
    const text = (a: string, b: string): string => `one\n${block('a', a)} two\n${block('b', b)}\nthree`;
    expect(await withBlocks(text('old\nlines\n', ''), made)).toBe(text('new $& a\n', 'new b\n'));
  });

  it('that nobody makes, or that have no place, are mistakes', async () => {
    await expect(withBlocks(block('a', ''), made)).rejects.toThrow('generated: b');
    const three = [block('a', ''), block('b', ''), block('c', '')].join('\n');
    await expect(withBlocks(three, made)).rejects.toThrow('nothing makes <!-- generated: c -->');
  });
});
