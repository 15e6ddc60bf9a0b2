/** A set of whole numbers kept as sorted, disjoint, non-touching ranges: small however many numbers it holds. */
export class Ranges {
  /** `[first, last]`, both inclusive. */
  #ranges: [first: number, last: number][];

  constructor(ranges: readonly (readonly [number, number])[] = []) {
    this.#ranges = [];
    for (const [first, last] of ranges) this.add(first, last);
  }

  /** Adds every number from `first` to `last`. Usually touches the end only, so it looks from there. */
  add(first: number, last: number): void {
    const ranges = this.#ranges;
    let end = ranges.length;
    while (end > 0 && (ranges[end - 1]?.[0] ?? 0) > last + 1) end--;
    let start = end;
    let low = first;
    let high = last;
    for (let range = ranges[start - 1]; range && range[1] >= first - 1; range = ranges[start - 1]) {
      low = Math.min(low, range[0]);
      high = Math.max(high, range[1]);
      start--;
    }
    ranges.splice(start, end - start, [low, high]);
  }

  /** Adds numbers given in rising order, run by run. */
  addAll(numbers: readonly number[]): void {
    let first = numbers[0];
    let last = first;
    if (first === undefined || last === undefined) return;
    for (const number of numbers.slice(1)) {
      if (number !== last + 1) {
        this.add(first, last);
        first = number;
      }
      last = number;
    }
    this.add(first, last);
  }

  has(number: number): boolean {
    return this.#ranges.some(([first, last]) => number >= first && number <= last);
  }

  /** The smallest number ≥ `from` that is not in the set. */
  firstMissing(from: number): number {
    const range = this.#ranges.find(([first, last]) => from >= first && from <= last);
    return range ? range[1] + 1 : from;
  }

  /** Forgets every number below `below`. */
  dropBelow(below: number): void {
    this.#ranges = this.#ranges
      .filter(([, last]) => last >= below)
      .map(([first, last]) => [Math.max(first, below), last]);
  }

  /** The largest number, -1 where there is none. */
  get last(): number {
    return this.#ranges.at(-1)?.[1] ?? -1;
  }

  /** How many numbers it holds. */
  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  toJSON(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }
}
