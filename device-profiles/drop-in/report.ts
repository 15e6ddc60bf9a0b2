import type { Json } from '#core';
import type { DecoderSandbox, StrangerCodec, StrangerFrame } from '../sandbox/index.ts';
import type { CodecTests, StrangerVector } from './codec-tests.ts';
import type { StrangerDevice } from './device.ts';
import { textOfFinding } from './finding.ts';
import type { DropIns } from './load.ts';

/** Where strangers' codecs run. */
export type Decoding = Pick<DecoderSandbox, 'setCodecs' | 'decode' | 'probeState'>;

/** What became of a codec's vectors. */
export interface CodecReport {
  /** `vendor/file.js`. */
  readonly codec: string;
  /** `none`: the vendor gives no tests that can be read. */
  readonly outcome: 'passed' | 'failed' | 'none';
  readonly passed: number;
  readonly failed: number;
  /** One call changes what a later one gives, so that each needs a realm of its own. */
  readonly stateful: boolean;
  /** Why the outcome is not simply `passed`. */
  readonly reason?: string;
}

/** Differences told of one codec; the rest is counted. */
const failuresToldMax = 3;
const valueCharsMax = 120;
/** Where a vector does not say when it was received. */
const usualReceivedAtMs = Date.UTC(2024, 0, 1);

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}

/** The first place where a decoded value is not the expected one, numbers within 10⁻⁶ of their size. */
function differenceOf(expected: Json | undefined, given: Json | undefined, at = 'data'): string | undefined {
  if (typeof expected === 'number' && typeof given === 'number') {
    const near = Math.abs(expected - given) <= 1e-6 * Math.max(Math.abs(expected), Math.abs(given));
    return near ? undefined : `${at} is ${given}, expected ${expected}`;
  }
  const bothObjects = [expected, given].every((value) => typeof value === 'object' && value !== null);
  if (!bothObjects || Array.isArray(expected) !== Array.isArray(given))
    return expected === given ? undefined : `${at} is ${shown(given)}, expected ${shown(expected)}`;
  const [left, right] = [new Map(Object.entries(expected ?? {})), new Map(Object.entries(given ?? {}))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const difference = differenceOf(left.get(key), right.get(key), `${at}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function frameOf({ input }: StrangerVector): Omit<StrangerFrame, 'codecId'> {
  const { bytes, fPort, recvTime } = input;
  const given = recvTime === undefined ? Number.NaN : Date.parse(recvTime);
  return {
    fPort,
    bytes: Uint8Array.from(bytes),
    receivedAtMs: Number.isNaN(given) ? usualReceivedAtMs : given,
  };
}

async function failureOf(
  sandbox: Decoding,
  codecId: string,
  vector: StrangerVector,
): Promise<string | undefined> {
  const { data, errors } = await sandbox.decode({ codecId, ...frameOf(vector) });
  const { expected } = vector;
  if (expected.errors.length > 0) return errors.length > 0 ? undefined : 'no error where one is expected';
  if (errors.length > 0) return errors.join('; ');
  return expected.data === undefined ? undefined : differenceOf(expected.data, data);
}

async function reportOf(sandbox: Decoding, codec: StrangerCodec, tests: CodecTests): Promise<CodecReport> {
  const { vectors, reason } = tests;
  const results = await Promise.all(
    vectors.map(async (vector) => {
      const failure = await failureOf(sandbox, codec.id, vector);
      return failure === undefined ? [] : [`${vector.name}: ${failure}`];
    }),
  );
  const failures = results.flat();
  const state = vectors.length === 0 ? 'stateless' : await sandbox.probeState(codec, vectors.map(frameOf));
  const more = failures.length > failuresToldMax ? [`${failures.length - failuresToldMax} more`] : [];
  const told = [...failures.slice(0, failuresToldMax), ...more, ...(reason === undefined ? [] : [reason])];
  return {
    codec: codec.id,
    outcome: vectors.length === 0 ? 'none' : failures.length > 0 ? 'failed' : 'passed',
    passed: vectors.length - failures.length,
    failed: failures.length,
    stateful: state === 'stateful',
    ...(told.length > 0 && { reason: told.join('; ') }),
  };
}

/** Runs the vectors of every codec, one codec after the other; the codecs must be set in the sandbox. */
export async function runVectors(sandbox: Decoding, dropIns: DropIns): Promise<CodecReport[]> {
  const reports: CodecReport[] = [];
  for (const codec of dropIns.codecs)
    reports.push(await reportOf(sandbox, codec, dropIns.tests.get(codec.id) ?? { vectors: [] }));
  return reports;
}

/** Whether everything was taken and did what its vendor says. */
export function isClean(dropIns: DropIns, reports: readonly CodecReport[]): boolean {
  return (
    dropIns.findings.every(({ kind }) => kind === 'note') &&
    reports.every(({ outcome }) => outcome !== 'failed')
  );
}

function deviceLine({ id, name, eu868, codecId }: StrangerDevice): string {
  const radio =
    eu868 === undefined ? 'not for EU868' : `EU868 ${eu868.macVersion} class ${eu868.deviceClass}`;
  return `device  ${id}  ${name}  ${radio}  ${codecId ?? 'no codec'}`;
}

function codecLine({ codec, outcome, passed, failed, stateful, reason }: CodecReport): string {
  const count = outcome === 'none' ? '' : ` ${passed} of ${passed + failed}`;
  const state = stateful ? ', keeps state between calls' : '';
  return `codec   ${codec}  ${outcome}${count}${state}${reason === undefined ? '' : `: ${reason}`}`;
}

/** Devices, codecs and findings as lines to read. */
export function textOfReport({ devices, findings }: DropIns, reports: readonly CodecReport[]): string {
  const refused = new Set(
    findings.flatMap(({ kind, about, file }) => (kind === 'refused' ? [about ?? file] : [])),
  );
  const lines = [
    ...devices.map(deviceLine),
    ...reports.map(codecLine),
    ...findings.map(textOfFinding),
    `${devices.length} devices, ${reports.length} codecs, ${refused.size} refused`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The same for programs. */
export function jsonOfReport({ devices, findings }: DropIns, reports: readonly CodecReport[]): string {
  return `${JSON.stringify({ devices, codecs: reports, findings }, null, 2)}\n`;
}
