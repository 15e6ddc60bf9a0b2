/**
 * What the consumer has done, kept across restarts in two small files beside the segments.
 *
 * `confirmed.json` is written now and then: if it is old after a crash, a few messages come again, which is harmless.
 * `in-hand` is overwritten before and after each hand-out without fsync: it has to survive the end of the process that
 * a message causes, not a power loss, which no message causes.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Ranges } from './ranges.ts';

const confirmedSchema = z.object({
  /** Every number below is confirmed. */
  below: z.int().nonnegative(),
  ranges: z.array(z.tuple([z.int(), z.int()])),
  /** Messages that were in hand when the process ended, and how often. */
  suspects: z.array(z.tuple([z.int(), z.int()])).max(100_000),
});

const inHandBytes = 16;

/** What was confirmed, as the file beside the segments says; undefined where it is absent or cannot be read. */
export async function readConfirmed(
  folder: string,
): Promise<{ below: number; ranges: Ranges; suspects: readonly (readonly [number, number])[] } | undefined> {
  try {
    const text = await readFile(confirmedFile(folder), 'utf8');
    const { below, ranges, suspects } = confirmedSchema.parse(JSON.parse(text));
    return { below, ranges: new Ranges(ranges), suspects };
  } catch {
    return undefined;
  }
}

const confirmedFile = (folder: string): string => path.join(folder, 'confirmed.json');

export class Progress {
  readonly #folder: string;
  #inHandFd = -1;
  #confirmed = new Ranges();
  #below = 0;
  #dirty = false;
  readonly #suspects = new Map<number, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every message below this number is confirmed. */
  get below(): number {
    return this.#below;
  }

  /** Smallest number no progress was ever noted for: a lost end of the log must not have its numbers given out again. */
  get nextUnused(): number {
    return Math.max(
      this.#below,
      this.#confirmed.last + 1,
      ...[...this.#suspects.keys()].map((seq) => seq + 1),
    );
  }

  /** Reads what the last process left; a message that was in hand when it ended becomes a suspect. */
  async open(): Promise<void> {
    await this.#readConfirmed();
    const inHandFile = path.join(this.#folder, 'in-hand');
    const left = readFileSync(inHandFile, { flag: 'a+' });
    this.#inHandFd = openSync(inHandFile, 'r+');
    if (left.length === inHandBytes) {
      const first = Number(left.readBigUInt64LE(0));
      const last = Number(left.readBigUInt64LE(8));
      for (let seq = Math.max(first, this.#below); seq > 0 && seq <= last; seq++) {
        this.#suspects.set(seq, (this.#suspects.get(seq) ?? 0) + 1);
      }
      this.#dirty = true;
      await this.save();
    }
    this.markInHand(0, 0);
  }

  async #readConfirmed(): Promise<void> {
    const saved = await readConfirmed(this.#folder);
    // Absent on the first start. Unreadable is the same: all that is still in the log is handed out again.
    this.#below = saved?.below ?? 0;
    this.#confirmed = saved?.ranges ?? new Ranges();
    for (const [seq, count] of saved?.suspects ?? []) this.#suspects.set(seq, count);
  }

  /** Notes that these are being handled now; `(0, 0)`: none is. */
  markInHand(first: number, last: number): void {
    const mark = Buffer.allocUnsafe(inHandBytes);
    mark.writeBigUInt64LE(BigInt(first), 0);
    mark.writeBigUInt64LE(BigInt(last), 8);
    writeSync(this.#inHandFd, mark, 0, inHandBytes, 0);
  }

  /** How often the process ended while this message was in hand. */
  crashesOf(seq: number): number {
    return this.#suspects.get(seq) ?? 0;
  }

  isConfirmed(seq: number): boolean {
    return seq < this.#below || this.#confirmed.has(seq);
  }

  /** Confirms numbers given in rising order. */
  confirm(numbers: readonly number[]): void {
    this.#confirmed.addAll(numbers);
    this.#advance();
    for (const seq of this.#suspects.size > 0 ? numbers : []) this.#suspects.delete(seq);
  }

  /** Numbers that will never be handed out, because no record bears them. */
  skip(first: number, last: number): void {
    if (last < first) return;
    this.#confirmed.add(first, last);
    this.#advance();
  }

  #advance(): void {
    const below = this.#confirmed.firstMissing(this.#below);
    if (below > this.#below) {
      this.#below = below;
      this.#confirmed.dropBelow(below);
    }
    this.#dirty = true;
  }

  /** Confirmed numbers at or above `below`. */
  get confirmedAhead(): number {
    return this.#confirmed.size;
  }

  async save(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const text = JSON.stringify({
      below: this.#below,
      ranges: this.#confirmed,
      suspects: [...this.#suspects].filter(([seq]) => seq >= this.#below),
    });
    const file = confirmedFile(this.#folder);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  close(): void {
    if (this.#inHandFd >= 0) closeSync(this.#inHandFd);
    this.#inHandFd = -1;
  }
}
