import { type QuantityKey, quantities, type Reading, type Value } from '#core';
import { dropCells } from './frame-cells.ts';
import { type Received, windowItemsMax, windowMs } from './frames.ts';

/** One value of a window. */
export interface Entry {
  readonly time: number;
  readonly value: Value;
  /** 1 if it is to be taken at face value, 0 if it carries a flag: of two at the same time the first kind wins. */
  readonly rank: 0 | 1;
  /** Stands for the radio frame that brought it; 0 for what the network server itself tells. */
  readonly from: number;
  /** Whether that frame is a copy: it is kept, and does not count. */
  readonly duplicate: boolean;
}

/** The entry of a reading. */
export function entryOf({ time, value, flags }: Reading, frame: Received | undefined): Entry {
  const rank = flags === undefined || flags.length === 0 ? 1 : 0;
  return { time, value, rank, from: frame?.from ?? 0, duplicate: frame?.duplicate ?? false };
}

/** A total order, so that the newest of a set is the same however the set was put together. */
function compare(a: Entry, b: Entry): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.from - b.from;
}

/** time, value, from × 16 + kind of value × 4 + marks */
const width = 3;
const [ranked, duplicate, kindUnit, marks] = [1, 2, 4, 16];
const kinds = { number: 0, boolean: 1, text: 2 } as const;
/** Beyond so many texts those that have left the window are forgotten. */
const textsMax = 4 * windowItemsMax;
/** This share of the entries may have left and still take room: moving up one at a time would cost more. */
const goneShare = 1 / 4;
/**
 * So many measured numbers are kept of one series. Of what is counted or measured only the newest is an answer, so the
 * window needs no more than late ones and copies can be out of order by; since when a bay is taken asks for all 64.
 */
const windowNumbersMax = 8;

function kindOf(value: Value): number {
  if (typeof value === 'number') return kinds.number;
  return typeof value === 'boolean' ? kinds.boolean : kinds.text;
}

/** How many readings of a quantity are kept at most, beside the last one before them. */
export function itemsMaxOf(quantity: QuantityKey): number {
  return quantities[quantity].type === 'number' ? windowNumbersMax : windowItemsMax;
}

/**
 * The readings of one device, channel and quantity: so many within 2 h of the newest, and the last one before.
 * Any order and repetition gives the same window: what falls out can never come back by adding others. They lie as
 * numbers side by side, 24 bytes each; a boolean is 0 or 1, a text its place in a list of texts.
 */
export class ReadingWindow {
  readonly #itemsMax: number;
  readonly #cells: number[];
  /** Entries at the beginning that have left: taken out some at a time, because all others have to move up. */
  #gone = 0;
  #texts: string[] | undefined;

  /** @param itemsMax see {@link itemsMaxOf}; the others, for a window as it was: {@link cells} and {@link texts} of it */
  constructor(itemsMax: number, cells: number[] = [], texts?: string[]) {
    this.#itemsMax = itemsMax;
    this.#cells = cells;
    this.#texts = texts;
  }

  get #size(): number {
    return this.#cells.length / width - this.#gone;
  }

  /** Takes an entry in; gives whether it is there now and was not before. */
  add(entry: Entry): boolean {
    let at = this.#size;
    for (; at > 0 && this.#timeAt(at - 1) >= entry.time; at--) {
      const order = compare(this.#at(at - 1), entry);
      if (order === 0) return false;
      if (order < 0) break;
    }
    this.#insert(at, entry);
    return at >= this.#trim();
  }

  /** {@link add} for the {@link entryOf} a reading, which is mostly newer than all before it and then need not be made. */
  take(reading: Reading, frame: Received | undefined): boolean {
    const { time, value, flags } = reading;
    const last = this.#size - 1;
    if (last >= 0 && this.#timeAt(last) >= time) return this.add(entryOf(reading, frame));
    const rank = flags === undefined || flags.length === 0 ? ranked : 0;
    const from = frame === undefined ? 0 : frame.from * marks + (frame.duplicate ? duplicate : 0);
    this.#cells.push(time, this.#numberOf(value), from + kindOf(value) * kindUnit + rank);
    if (last >= this.#itemsMax || (last > 0 && this.#timeAt(1) < time - windowMs)) this.#trim();
    return true;
  }

  #insert(at: number, { time, value, rank, from, duplicate: isDuplicate }: Entry): void {
    const mark = from * marks + kindOf(value) * kindUnit + (isDuplicate ? duplicate : 0) + rank;
    this.#cells.splice((this.#gone + at) * width, 0, time, this.#numberOf(value), mark);
  }

  #numberOf(value: Value): number {
    return typeof value === 'string' ? this.#placeOf(value) : Number(value);
  }

  #placeOf(text: string): number {
    this.#texts ??= [];
    if (this.#texts.length >= textsMax) this.#forgetTexts();
    const place = this.#texts.indexOf(text);
    return place >= 0 ? place : this.#texts.push(text) - 1;
  }

  #forgetTexts(): void {
    const [before, texts] = [this.#texts ?? [], new Set<string>()];
    for (let at = 0; at < this.#size; at++) {
      if (this.#kindAt(at) !== kinds.text) continue;
      const text = before[this.#cells[(this.#gone + at) * width + 1] ?? 0] ?? '';
      texts.add(text);
      this.#cells[(this.#gone + at) * width + 1] = [...texts].indexOf(text);
    }
    this.#texts = [...texts];
  }

  #timeAt(at: number): number {
    return this.#cells[(this.#gone + at) * width] ?? 0;
  }

  #marksAt(at: number): number {
    // The lowest bits, also of a number beyond 32 of them; `%` takes ten times as long.
    return (this.#cells[(this.#gone + at) * width + 2] ?? 0) & (marks - 1);
  }

  #kindAt(at: number): number {
    return Math.floor(this.#marksAt(at) / kindUnit);
  }

  #isDuplicateAt(at: number): boolean {
    return (this.#marksAt(at) & duplicate) !== 0;
  }

  #valueAt(at: number): Value {
    const number = this.#cells[(this.#gone + at) * width + 1] ?? 0;
    const kind = this.#kindAt(at);
    if (kind === kinds.number) return number;
    return kind === kinds.boolean ? number === 1 : (this.#texts?.[number] ?? '');
  }

  #at(at: number): Entry {
    return {
      time: this.#timeAt(at),
      value: this.#valueAt(at),
      rank: (this.#marksAt(at) & ranked) === 0 ? 0 : 1,
      from: Math.floor((this.#cells[(this.#gone + at) * width + 2] ?? 0) / marks),
      duplicate: this.#isDuplicateAt(at),
    };
  }

  /** Says of what a frame brought whether that frame is a copy now. */
  mark(from: number, isDuplicate: boolean): void {
    for (let at = 0; at < this.#size; at++) {
      const cell = this.#cells[(this.#gone + at) * width + 2] ?? 0;
      if (Math.floor(cell / marks) !== from || this.#isDuplicateAt(at) === isDuplicate) continue;
      this.#cells[(this.#gone + at) * width + 2] = cell + (isDuplicate ? duplicate : -duplicate);
    }
  }

  /** The newest entry that is no copy and whose time `accepts` takes. */
  newest(accepts: (timeMs: number) => boolean): Entry | undefined {
    for (let at = this.#size - 1; at >= 0; at--) {
      if (!this.#isDuplicateAt(at) && accepts(this.#timeAt(at))) return this.#at(at);
    }
    return undefined;
  }

  /** Since when (ms UTC) all entries that are no copies and whose time `accepts` takes have this value; Infinity for none. */
  sinceMs(value: Value, accepts: (timeMs: number) => boolean): number {
    let sinceMs = Infinity;
    for (let at = this.#size - 1; at >= 0; at--) {
      const time = this.#timeAt(at);
      if (this.#isDuplicateAt(at) || !accepts(time)) continue;
      if (this.#valueAt(at) !== value) break;
      sinceMs = time;
    }
    return sinceMs;
  }

  /** The entries, the oldest first. */
  get entries(): Entry[] {
    return Array.from({ length: this.#size }, (_, at) => this.#at(at));
  }

  /** The entries as numbers, for a snapshot, together with {@link texts}. */
  get cells(): readonly number[] {
    this.#moveUp();
    return this.#cells;
  }

  get texts(): readonly string[] | undefined {
    return this.#texts;
  }

  #moveUp(): void {
    dropCells(this.#cells, 0, this.#gone * width);
    this.#gone = 0;
  }

  /** Gives how many of the oldest left. The second oldest leaving the window makes it the last one before. */
  #trim(): number {
    const sinceMs = this.#timeAt(this.#size - 1) - windowMs;
    let gone = 0;
    for (let left = this.#size; left > 1; left--, gone++) {
      if (left <= this.#itemsMax + 1 && this.#timeAt(gone + 1) >= sinceMs) break;
    }
    this.#gone += gone;
    if (this.#gone >= this.#itemsMax * goneShare) this.#moveUp();
    return gone;
  }
}
