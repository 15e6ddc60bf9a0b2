import JSON5 from 'json5';
import type { z } from 'zod';
import { messageOf } from '#core';
import type { Finding } from './finding.ts';
import { decodeTestsSchema } from './schemas.ts';

/** A payload a vendor says the meaning of. */
export type StrangerVector = z.infer<typeof decodeTestsSchema>[number];

/** The largest list of the public repository has a few dozen. */
const testsMax = 1000;
/** Mistakes told one by one; all are counted. */
const findingsMax = 5;

/** The vectors of a codec; `reason` says why there are none, or fewer than the file has. */
export interface CodecTests {
  readonly vectors: readonly StrangerVector[];
  readonly reason?: string;
}

const remedy =
  'write it as the public repository does: [{ name, input: { fPort, bytes }, expected: { data } }]';

/** Most files are plain JSON; with JSON5 alone a folder of 168 devices (12 MB) took three times as long altogether. */
function parseTests(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON5.parse(text);
  }
}

/**
 * The vectors of a `test_decode_*.json`. Upstream pastes these files into JavaScript, so there are hexadecimal numbers,
 * comments, unquoted keys and trailing commas in them: JSON5 reads all of that. One that cannot be read is left out.
 */
export function readCodecTests(file: string, text: string): { tests: CodecTests; findings: Finding[] } {
  const left = (reason: string, line?: number): Finding => ({
    kind: 'note',
    file,
    ...(line !== undefined && { line }),
    reason,
    remedy,
  });
  let list: unknown;
  try {
    list = parseTests(text);
  } catch (cause) {
    const line =
      cause instanceof Error && 'lineNumber' in cause && typeof cause.lineNumber === 'number'
        ? cause.lineNumber
        : undefined;
    const reason = `the tests cannot be read: ${messageOf(cause)}`;
    return { tests: { vectors: [], reason }, findings: [left(reason, line)] };
  }
  if (!Array.isArray(list)) {
    const reason = 'the tests cannot be read: not a list';
    return { tests: { vectors: [], reason }, findings: [left(reason)] };
  }
  try {
    return readList(list, left);
  } catch (cause) {
    // Nested so deep that the stack does not hold it.
    if (!(cause instanceof RangeError)) throw cause;
    const reason = `the tests cannot be read: ${cause.message}`;
    return { tests: { vectors: [], reason }, findings: [left(reason)] };
  }
}

function readList(list: readonly unknown[], left: (reason: string) => Finding) {
  const findings: Finding[] = [];
  let unread = 0;
  const vectors = list.slice(0, testsMax).flatMap((one, index) => {
    const parsed = decodeTestsSchema.element.safeParse(one);
    if (parsed.success) return [{ ...parsed.data, name: parsed.data.name || `test ${index + 1}` }];
    const [issue] = parsed.error.issues;
    unread += 1;
    if (unread <= findingsMax)
      findings.push(left(`test ${index + 1} is left out: ${issue?.path.join('.')}: ${issue?.message}`));
    return [];
  });
  if (list.length === 0)
    return { tests: { vectors, reason: 'the vendor’s list of tests is empty' }, findings };
  if (list.length > testsMax) {
    const reason = `only the first ${testsMax} of ${list.length} tests are run`;
    return { tests: { vectors, reason }, findings: [...findings, left(reason)] };
  }
  if (unread === 0) return { tests: { vectors }, findings };
  return {
    tests: { vectors, reason: `${unread} of ${list.length} tests cannot be read` },
    findings,
  };
}
