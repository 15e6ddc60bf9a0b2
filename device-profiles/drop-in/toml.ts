import { parse, TomlError, type TomlTable } from 'smol-toml';
import { messageOf } from '#core';

/** A TOML text that could not be read, with the place. */
export class TomlMistake extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'TomlMistake';
    this.line = line;
  }
}

/** @throws {TomlMistake} with the line, where the text is not TOML. */
export function parseToml(text: string): TomlTable {
  try {
    return parse(text);
  } catch (cause) {
    const [reason = 'not TOML'] = messageOf(cause)
      .replace(/^Invalid TOML document: /, '')
      .split('\n');
    throw new TomlMistake(`not TOML: ${reason}`, cause instanceof TomlError ? cause.line : undefined);
  }
}

/**
 * The line, counted from 1, where a value of a TOML text stands, or else the table it would stand in: the parser keeps
 * no places. Understands the form these files have: tables, arrays of tables, and one key a line.
 */
export function lineOf(text: string, path: readonly PropertyKey[]): number | undefined {
  const wanted = `${path.join('.')}.`;
  const counted = new Map<string, number>();
  let table = '';
  let nearest: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, brackets, header = ''] = /^\s*(\[\[?)\s*([\w.-]+)\s*\]/.exec(line) ?? [];
    const [, key] = /^\s*([\w-]+)\s*=/.exec(line) ?? [];
    if (brackets !== undefined) {
      const position = counted.get(header) ?? 0;
      counted.set(header, position + 1);
      table = brackets === '[[' ? `${header}.${position}` : header;
      if (wanted.startsWith(`${table}.`)) nearest = index + 1;
    } else if (key !== undefined && wanted.startsWith(`${table}.${key}.`)) return index + 1;
  }
  return nearest;
}
