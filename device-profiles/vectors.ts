import { readFileSync } from 'node:fs';
import { messageOf } from '#core';
import type { DeviceProfile } from './profile.ts';
import type { Data } from './table.ts';

/** A line of `vectors/vendor-model.jsonl`: bytes, and what they say (`fact`) or what command they carry (`input`). */
export interface Vector {
  readonly id: string;
  /** `known` is a published example, `generated` one of ours. */
  readonly kind: 'known' | 'generated';
  readonly direction: 'uplink' | 'downlink';
  readonly fPort: number;
  readonly bytesHex: string;
  readonly fact?: Data;
  readonly input?: Data;
  /** A word the warning must hold. */
  readonly warning?: string;
  /** The decode must report an error. */
  readonly error?: string | number;
  /** In words, for broken frames; all of them ask for a warning or an error. */
  readonly rule?: string;
  readonly tags: readonly string[];
}

/** Vendors who know no errors put their text into the data; ours are errors. */
function withError(vector: Vector): Vector {
  const { fact, ...rest } = vector;
  const error = fact?.error;
  return typeof error === 'string' ? { ...rest, error } : vector;
}

/**
 * The golden vectors of a model.
 * @throws {Error} naming file and line of what is not JSON
 */
export function vectorsOf(profile: DeviceProfile): Vector[] {
  const name = `vectors/${profile.id.replace('/', '-')}.jsonl`;
  const lines = readFileSync(new URL(name, import.meta.url), 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [withError(JSON.parse(line) as Vector)];
    } catch (cause) {
      throw new Error(`${name}:${i + 1}: ${messageOf(cause)}`, { cause });
    }
  });
}

/** The bytes of a hex text. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Whether two decoded values are the same, numbers within 10⁻⁶ of their size. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [inA, inB] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    inA.length === inB.size &&
    inA.every(([key, value]) => inB.has(key) && isSame(value, inB.get(key)))
  );
}
