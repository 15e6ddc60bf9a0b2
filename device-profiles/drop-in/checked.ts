import { Script } from 'node:vm';
import type { z } from 'zod';
import { messageOf } from '#core';
import { sandboxLimits } from '../sandbox/limits.ts';
import type { Finding } from './finding.ts';
import { lineOf, parseToml, TomlMistake } from './toml.ts';

/** What is wrong with a file, whoever needs it. */
export type Problem = Omit<Finding, 'kind' | 'about'>;

/** A file's content once it was found good, or all that is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

const tomlRemedy = 'correct the line; the public device-profile repository shows the form';

/** A TOML text held to a schema; what the schema does not know is left out. */
export function checkToml<S extends z.ZodType>(file: string, text: string, schema: S): Checked<z.infer<S>> {
  try {
    const table = parseToml(text);
    const parsed = schema.safeParse(table);
    if (parsed.success) return { value: parsed.data };
    return {
      problems: parsed.error.issues.map(({ path, message }) => {
        const line = lineOf(text, path);
        return {
          file,
          ...(line !== undefined && { line }),
          reason: `${path.join('.') || 'the file'}: ${message}`,
          remedy: tomlRemedy,
        };
      }),
    };
  } catch (cause) {
    if (!(cause instanceof TomlMistake)) throw cause;
    const { line, message } = cause;
    return {
      problems: [{ file, ...(line !== undefined && { line }), reason: message, remedy: tomlRemedy }],
    };
  }
}

/** A declaration or an assignment of the function, on a line that is not a comment; looks at each line once. */
const decodeUplink =
  /^(?![^\S\n]*(?:\/\/|\*)).*?(?:\bfunction\s+decodeUplink\b|(?<![.\w$])decodeUplink\s*=(?!=))/m;

function compileProblem(file: string, source: string): Problem | undefined {
  try {
    // Compiled, never run: strangers run in the sandbox only.
    new Script(source, { filename: file });
    return undefined;
  } catch (cause) {
    const stack = cause instanceof Error ? (cause.stack ?? '') : '';
    const line = stack.startsWith(`${file}:`) ? Number.parseInt(stack.slice(file.length + 1), 10) : undefined;
    return {
      file,
      ...(line !== undefined && { line }),
      reason: `not JavaScript: ${messageOf(cause)}`,
      remedy: 'correct the line; a codec is a plain script without import and export',
    };
  }
}

/** A codec's source, if it is a script that defines `decodeUplink` (LoRa Alliance TS013-1.0.0). */
export function checkCodec(file: string, source: string): Checked<string> {
  const { sourceCharsMax } = sandboxLimits;
  if (source.length > sourceCharsMax) {
    const reason = `${source.length} characters, at most ${sourceCharsMax} are run`;
    return { problems: [{ file, reason, remedy: 'take out what the codec does not need' }] };
  }
  const wrong = compileProblem(file, source);
  if (wrong !== undefined) return { problems: [wrong] };
  if (decodeUplink.test(source)) return { value: source };
  const remedy = /\bfunction\s+Decode\b/.test(source)
    ? 'it has the older Decode(fPort, bytes): add function decodeUplink(input) { return { data: Decode(input.fPort, input.bytes) }; }'
    : 'define function decodeUplink(input), which gives { data }';
  return { problems: [{ file, line: 1, reason: 'no function decodeUplink', remedy }] };
}
