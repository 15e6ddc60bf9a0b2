import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf } from '#core';

/** A file of the operator's with mistakes: all of them, with place and remedy. Values are never told: they may be keys. */
export class FileMistakes extends Error {
  constructor(file: string, mistakes: readonly string[]) {
    super(
      [`${mistakes.length} mistake(s) in ${file}:`, ...mistakes.map((mistake) => `  ${mistake}`)].join('\n'),
    );
    this.name = 'FileMistakes';
  }
}

/** Lets a key stand without a value, which is read as empty text where every value is text. */
export const orNothing = <T>(schema: z.ZodType<T>) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** The text of a file; undefined where there is none. */
export async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new FileMistakes(file, [`it cannot be read: ${messageOf(cause)}`]);
  });
}

/**
 * YAML in which every value is text: keys and EUIs without quotes would else be read as numbers, and lose digits.
 * @throws {FileMistakes}
 */
export function parseTexts<T>(file: string, text: string, schema: z.ZodType<T>): T {
  // Without the text itself: an error of the parser would show the line, and so a key.
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false });
  if (document.errors.length > 0) throw new FileMistakes(file, document.errors.map(syntaxMistake(text)));
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  throw new FileMistakes(
    file,
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`),
  );
}

const syntaxMistake =
  (text: string) =>
  ({ code, pos }: { code: string; pos: readonly [number, number] }): string =>
    `line ${text.slice(0, pos[0]).split('\n').length}: no valid YAML (${code})`;
