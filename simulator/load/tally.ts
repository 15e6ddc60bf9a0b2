import { isReadable, type Poison, poisons } from './poison.ts';

/** What a store holds of one device's uplinks of a run. */
export interface Stored {
  readonly count: number;
  /** Of their frame counters. */
  readonly sum: number;
}

/** What came of holding a store against what the broker acknowledged. */
export interface Verdict {
  /** Uplinks of the run the store holds. */
  readonly stored: number;
  /** Acknowledged uplinks it lacks. */
  readonly missing: number;
  /** Uplinks it holds beyond those sent: doubled, or of somebody else. */
  readonly surplus: number;
  /** Devices whose uplinks are as many as they should be, but not the same. */
  readonly otherThanSent: number;
}

/**
 * What the broker has acknowledged, as two numbers for each device. What it has not (the connection broke before) may be
 * stored or not; only that is kept one by one. Messages no uplink can be read from belong in no store.
 */
export class Tally {
  readonly #counts: Uint32Array;
  readonly #sums: Float64Array;
  readonly #open = new Map<number, number[]>();
  readonly #poisoned = new Map<Poison, number>(poisons.map((poison) => [poison, 0]));
  #acknowledged = 0;
  #unacknowledged = 0;

  constructor(devices: number) {
    this.#counts = new Uint32Array(devices);
    this.#sums = new Float64Array(devices);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** How many of the acknowledged ones had something wrong, by what it was. */
  get poisoned(): Readonly<Record<Poison, number>> {
    const count = (poison: Poison): number => this.#poisoned.get(poison) ?? 0;
    return { malformed: count('malformed'), oversize: count('oversize'), undecodable: count('undecodable') };
  }

  /** How many of the acknowledged ones belong in the store. */
  get storable(): number {
    const { malformed, oversize } = this.poisoned;
    return this.#acknowledged - malformed - oversize;
  }

  acknowledge(device: number, fCnt: number, poison?: Poison): void {
    this.#acknowledged++;
    if (poison) this.#poisoned.set(poison, 1 + (this.#poisoned.get(poison) ?? 0));
    if (!isReadable(poison)) return;
    this.#counts[device] = (this.#counts[device] ?? 0) + 1;
    this.#sums[device] = (this.#sums[device] ?? 0) + fCnt;
  }

  /** Its acknowledgement will not come any more. */
  giveUp(device: number, fCnt: number, poison?: Poison): void {
    this.#unacknowledged++;
    if (!isReadable(poison)) return;
    const open = this.#open.get(device);
    if (open) open.push(fCnt);
    else this.#open.set(device, [fCnt]);
  }

  /** Holds what a store has against it: each acknowledged uplink once, each unacknowledged one at most once. */
  verify(storedOf: (device: number) => Stored | undefined): Verdict {
    const verdict = { stored: 0, missing: 0, surplus: 0, otherThanSent: 0 };
    for (const [device, acknowledged] of this.#counts.entries()) {
      const { count, sum } = storedOf(device) ?? { count: 0, sum: 0 };
      const open = (this.#open.get(device) ?? []).toSorted((a, b) => a - b);
      const more = count - acknowledged;
      verdict.stored += count;
      verdict.missing += Math.max(0, -more);
      verdict.surplus += Math.max(0, more - open.length);
      if (more < 0 || more > open.length) continue;
      const rest = sum - (this.#sums[device] ?? 0);
      // Which of the unacknowledged ones are stored is not known: between the smallest and the largest so many.
      const possible = rest >= total(open.slice(0, more)) && rest <= total(open.slice(open.length - more));
      if (!possible) verdict.otherThanSent++;
    }
    return verdict;
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
