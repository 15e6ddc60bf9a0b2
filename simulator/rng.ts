/**
 * Random numbers that can be had again: the same seed gives the same city.
 * Algorithm: sfc32, "Small Fast Counting", by Chris Doty-Humphrey, as in PractRand (https://pracrand.sourceforge.net),
 * public domain; state 128 bits, period at least 2^32.
 */
export class Rng {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed an integer; of larger ones than 2^53 - 1 different ones can be the same */
  constructor(seed: number) {
    this.#b = seed >>> 0;
    this.#c = Math.floor(seed / 2 ** 32) >>> 0;
    // The author's mixing rounds, so that neighbouring seeds have nothing in common.
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  /** 0 … 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) >>> 0;
    return result;
  }

  /** An integer from `min` to `max`, both included; their distance less than 2^32. */
  int(min: number, max: number): number {
    return min + Math.floor((this.uint32() / 2 ** 32) * (max - min + 1));
  }

  /** One of several, each as likely. @throws {RangeError} where there is nothing to choose from */
  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError('nothing to pick from');
    return from[this.int(0, from.length - 1)] as T;
  }

  /** A version 4 UUID (RFC 9562 §5.4). */
  uuid(): string {
    const hex = (value: number): string => value.toString(16).padStart(8, '0');
    const first = hex(this.uint32());
    const second = hex(((this.uint32() & 0xffff_0fff) | 0x4000) >>> 0);
    const third = hex(((this.uint32() & 0x3fff_ffff) | 0x8000_0000) >>> 0);
    const fourth = hex(this.uint32());
    return `${first}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${fourth}`;
  }
}
