/**
 * Random numbers by name instead of by order: what is drawn for day 200 does not depend on whether day 199 was asked
 * for. That is what lets the town be looked at through any window of time.
 */

/** The draw of one thing: for the same numbers always the same value, 0 ≤ value < 1. Numbers are whole. */
export type Draw = (a: number, b?: number) => number;

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): each bit in changes half of the bits out. */
function stirred(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}

/** What a text comes to, FNV-1a 32 (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash;
}

/**
 * The draw with that name.
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function drawOf(seed: number, name: string): Draw {
  const key = stirred(seed | 0) ^ stirred(Math.floor(seed / 2 ** 32) + 0x9e37) ^ hashOf(name);
  return (a, b = 0) => (stirred(stirred(stirred(key ^ a) + 0x9e37_79b9) ^ b) >>> 0) / 2 ** 32;
}

/** A whole number from `min` to `max`, both included, from a value 0 ≤ value < 1. */
export function whole(value: number, min: number, max: number): number {
  return min + Math.floor(value * (max - min + 1));
}

/** One of several. @throws {RangeError} where there is nothing to choose from */
export function chosen<T>(value: number, from: readonly T[]): T {
  if (from.length === 0) throw new RangeError('nothing to choose from');
  return from[Math.floor(value * from.length)] as T;
}

/** A smooth course through random points one apart: −1 … 1 at any `x`. */
export function smooth(draw: Draw, x: number): number {
  const left = Math.floor(x);
  const share = x - left;
  const eased = share * share * (3 - 2 * share);
  return 2 * (draw(left) + (draw(left + 1) - draw(left)) * eased) - 1;
}
