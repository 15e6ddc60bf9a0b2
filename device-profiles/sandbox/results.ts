import type { Json } from '#core';

/** What a codec made of a frame. Where there are errors there is no data. */
export interface StrangerResult {
  readonly data: { readonly [key: string]: Json };
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

/** No device nests deeper; what comes after us may well handle nesting by recursion. */
const depthMax = 32;

class TooDeep extends Error {}

/** Ends every refusal that is not the frame's fault: the payload is kept, and can be decoded when that is over. */
export const later = '; decode it again later';

/** A decode that failed. */
export function failure(problem: string): StrangerResult {
  return { data: {}, warnings: [], errors: [problem] };
}

/** Whether it is an object, of what was parsed from JSON. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/**
 * Makes parsed JSON harmless in place: numbers JSON can write and no double can hold (1e999) become null, a key
 * `__proto__` goes.
 */
function tidy(value: unknown, depthLeft: number): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (depthLeft === 0) throw new TooDeep();
  if (Array.isArray(value)) return value.map((item) => tidy(item, depthLeft - 1));
  return isObject(value) ? tidyObject(value, depthLeft) : null;
}

function tidyObject(given: Record<string, unknown>, depthLeft: number): { [key: string]: Json } {
  const tidied: { [key: string]: Json } = {};
  for (const key of Object.keys(given)) {
    if (key !== '__proto__') tidied[key] = tidy(given[key], depthLeft - 1);
  }
  return tidied;
}

/** Reads `[data, warnings, errors]` as it came from the child; undefined where it is something else. */
export function resultOf(wire: unknown): StrangerResult | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [data, warnings, errors]: unknown[] = wire;
  if (!isObject(data) || !isTextList(warnings) || !isTextList(errors)) return undefined;
  try {
    return { data: tidyObject(data, depthMax), warnings, errors };
  } catch (thrown) {
    if (thrown instanceof TooDeep) return failure(`the data is nested deeper than ${depthMax} levels`);
    throw thrown;
  }
}
