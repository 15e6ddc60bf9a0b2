import { Texts } from './texts.ts';
import { numberAt } from './values.ts';

/** Thrown, always the same one, where a text is none, or is unusual; whoever asked then reads it in the usual way. */
export const unsure = new Error('not read by the scanner');

const quote = 0x22;
const plus = 0x2b;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const letterE = 0x65;
const letterF = 0x66;
const letterT = 0x74;
const openObject = 0x7b;
/** From what opens to what closes, for `[` and `{` alike. */
const toClosing = 2;

/** Of each byte whether a plain text ends before it: at its quote, or because it is none. */
const ends = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === quote || byte === backslash || byte < 0x20 ? 1 : 0,
);
const words = {
  true: new Uint8Array(Buffer.from('true')),
  false: new Uint8Array(Buffer.from('false')),
  null: new Uint8Array(Buffer.from('null')),
};
/** Levels a value may be nested, so that a bit each fits into 32. */
const withinMax = 2 ** 30;
/** An uplink of ten gateways has 7 kB. What is longer than this is left to others. */
const textBytesMax = 32_768;

/** Names that are looked for, by their length. */
type Names = readonly (readonly { readonly name: string; readonly bytes: Uint8Array }[])[];

/** @param names of ASCII characters */
export function namesOf(names: readonly string[]): Names {
  const longest = Math.max(...names.map(({ length }) => length));
  return Array.from({ length: longest + 1 }, (_, length) =>
    names
      .filter((name) => name.length === length)
      .map((name) => ({ name, bytes: new Uint8Array(Buffer.from(name)) })),
  );
}

/**
 * Walks over JSON text in one go, making values of what is wanted and nothing of the rest: no tree, no text of what
 * nobody reads. Whatever is not plain (an escape, `null` where a value is wanted, a text that is not JSON) throws
 * `unsure`.
 *
 * An object is walked with `for (let more = open(); more; more = next()) name(names)` and then one value each time, a
 * list in the same way with `openList` and `nextItem`. One scanner serves for one text after the other.
 */
export class Scanner {
  /** The text, and a zero behind it. */
  readonly bytes: Buffer = Buffer.alloc(textBytesMax + 1);
  readonly #texts = new Texts();
  #length = 0;
  /** Where the next value begins, or what stands behind the last. */
  #at = 0;
  #start = 0;

  /** Goes to the beginning of a text. */
  begin(text: Uint8Array): void {
    if (text.length > textBytesMax) throw unsure;
    this.bytes.set(text);
    this.bytes[text.length] = 0;
    this.#length = text.length;
    this.#at = spaceEnd(this.bytes, 0);
  }

  /** There must be nothing more. */
  end(): void {
    if (spaceEnd(this.bytes, this.#at) !== this.#length) throw unsure;
  }

  /** Where the value began that was walked over last; of a text its quote. */
  get start(): number {
    return this.#start;
  }

  /** Where the value ended that was walked over last, its quote included. */
  get at(): number {
    return this.#at;
  }

  /** Enters an object; gives whether there is anything in it. */
  open(): boolean {
    return this.#enter(openObject);
  }

  /** After a value: whether another follows in the object. */
  next(): boolean {
    return this.#goOn(openObject);
  }

  openList(): boolean {
    return this.#enter(openList);
  }

  nextItem(): boolean {
    return this.#goOn(openList);
  }

  /** The name before a value if it is one of those looked for, else ''. */
  name(names: Names): string {
    const { bytes } = this;
    const start = this.#at + 1;
    const end = textEnd(bytes, start - 1);
    this.#at = valueStart(bytes, end);
    const candidates = names[end - 1 - start];
    if (candidates === undefined) return '';
    for (let index = 0; index < candidates.length; index++) {
      const candidate = candidates[index];
      if (candidate !== undefined && isAt(bytes, start, candidate.bytes)) return candidate.name;
    }
    return '';
  }

  /** The name before a value, whatever it is. */
  anyName(): string {
    const name = this.sameText();
    this.#at = valueStart(this.bytes, this.#at);
    return name;
  }

  /** Walks over a text. */
  span(): void {
    this.#start = this.#at;
    this.#at = textEnd(this.bytes, this.#start);
  }

  text(): string {
    this.span();
    return this.bytes.toString('utf8', this.#start + 1, this.#at - 1);
  }

  /** A text that comes again and again. */
  sameText(): string {
    this.span();
    return this.#texts.at(this.bytes, this.#start + 1, this.#at - 1);
  }

  /** A number, the same that `JSON.parse` makes of it. */
  number(): number {
    this.#start = this.#at;
    this.#at = numberEnd(this.bytes, this.#start);
    const value = numberAt(this.bytes, this.#start, this.#at);
    if (!Number.isFinite(value)) throw unsure;
    return value;
  }

  boolean(): boolean {
    this.#start = this.#at;
    const first = this.bytes[this.#start];
    if (first !== letterT && first !== letterF) throw unsure;
    this.#at = wordEnd(this.bytes, this.#start);
    return first === letterT;
  }

  /** Walks over a value of any kind. */
  skip(): void {
    this.#start = this.#at;
    this.#at = valueEnd(this.bytes, this.#start);
  }

  #enter(opening: number): boolean {
    if (this.bytes[this.#at] !== opening) throw unsure;
    this.#at = spaceEnd(this.bytes, this.#at + 1);
    if (this.bytes[this.#at] !== opening + toClosing) return true;
    this.#at++;
    return false;
  }

  #goOn(opening: number): boolean {
    const at = spaceEnd(this.bytes, this.#at);
    if (this.bytes[at] === comma) {
      this.#at = spaceEnd(this.bytes, at + 1);
      return true;
    }
    if (this.bytes[at] !== opening + toClosing) throw unsure;
    this.#at = at + 1;
    return false;
  }
}

/** The digit that a byte is; more than 9 where it is none. */
function digitOf(byte: number | undefined): number {
  return (byte ?? 0) ^ zero;
}

/** Where spaces end, if there are any. */
function spaceEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20) return at;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** Behind the closing quote of a text whose opening one is at `start`. */
function textEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quote) throw unsure;
  let at = start + 1;
  while (ends[bytes[at] ?? 0] === 0) at++;
  if (bytes[at] !== quote) throw unsure;
  return at + 1;
}

/** Where the value begins whose name ended at `end`. */
function valueStart(bytes: Uint8Array, end: number): number {
  const at = bytes[end] === colon ? end : spaceEnd(bytes, end);
  if (bytes[at] !== colon) throw unsure;
  return spaceEnd(bytes, at + 1);
}

/** Where the number ends that begins at `start`. */
function numberEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === minus ? start + 1 : start;
  let at = digitsEnd(bytes, first);
  if (at > first + 1 && bytes[first] === zero) throw unsure;
  if (bytes[at] === point) at = digitsEnd(bytes, at + 1);
  if (((bytes[at] ?? 0) | 0x20) !== letterE) return at;
  const sign = bytes[at + 1];
  return digitsEnd(bytes, sign === minus || sign === plus ? at + 2 : at + 1);
}

/** At least one. */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (digitOf(bytes[at]) <= 9) at++;
  if (at === start) throw unsure;
  return at;
}

/** Where `true`, `false` or `null` ends. */
function wordEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  const word = first === letterT ? words.true : first === letterF ? words.false : words.null;
  if (!isAt(bytes, start, word)) throw unsure;
  return start + word.length;
}

/** Whether just that is written there. */
function isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++)
    if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Where the value ends, of any kind, that begins at `start`. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  // What the place is within, a bit each, the innermost last: 1 an object, 0 a list. A 1 stands before them all.
  let within = 1;
  for (;;) {
    const first = bytes[at] ?? 0;
    if (first === openObject || first === openList) {
      if (within >= withinMax) throw unsure;
      within = (within << 1) | (first === openObject ? 1 : 0);
      at = spaceEnd(bytes, at + 1);
      if (bytes[at] !== closing(within)) {
        if (first === openObject) at = valueStart(bytes, textEnd(bytes, at));
        continue;
      }
    } else at = scalarEnd(bytes, at, first);
    // Out of all that ends here, up to the next value.
    while (within > 1) {
      at = spaceEnd(bytes, at);
      if (bytes[at] === comma) {
        at = spaceEnd(bytes, at + 1);
        if ((within & 1) === 1) at = valueStart(bytes, textEnd(bytes, at));
        break;
      }
      if (bytes[at] !== closing(within)) throw unsure;
      within >>>= 1;
      at++;
    }
    if (within === 1) return at;
  }
}

function closing(within: number): number {
  return ((within & 1) === 1 ? openObject : openList) + toClosing;
}

function scalarEnd(bytes: Uint8Array, start: number, first: number): number {
  if (first === quote) return textEnd(bytes, start);
  return first === minus || digitOf(first) <= 9 ? numberEnd(bytes, start) : wordEnd(bytes, start);
}
