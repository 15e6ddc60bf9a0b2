import type { RawMessage } from '#core';
import type { Stored } from './writer.ts';

/**
 * What was appended and not consumed yet, as far as it fits: of a backlog the newest. Nothing depends on it being
 * complete, since everything is consumed in order too.
 */
export class Newest {
  readonly #bytesMax: number;
  #groups: (readonly Stored[])[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(records: readonly Stored[]): void {
    this.#groups.push(records);
    this.#bytes += bytesOf(records);
    while (this.#bytes > this.#bytesMax) this.#bytes -= bytesOf(this.#groups.shift() ?? []);
  }

  /** Lets go of what has been consumed: all up to that position, by whole groups. */
  consumed(position: number): void {
    while ((this.#groups[0]?.at(-1)?.position ?? Number.POSITIVE_INFINITY) <= position) {
      this.#bytes -= bytesOf(this.#groups.shift() ?? []);
    }
  }

  /** All of it beyond that position, oldest first; it is forgotten here. */
  take(position: number): RawMessage[] {
    const groups = this.#groups;
    this.#groups = [];
    this.#bytes = 0;
    return groups.flatMap((records) =>
      records.filter((record) => record.position > position).map(({ message }) => message),
    );
  }
}

function bytesOf(records: readonly Stored[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes, 0);
}
