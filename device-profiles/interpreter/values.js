/**
 * The values of a frame on their way into the data, and integers on their way out of bytes and back.
 *
 * @import { QuantityKey, Value } from '#core'
 * @import { IntegerPlace, Measured, RawKind } from '../table.ts'
 *
 * @typedef {ArrayLike<number>} Bytes
 * @typedef {Record<string, unknown>} Values
 * @typedef {{ timeS: number, measured: Measured[] }} PastRecord
 * @typedef {{ warnings: string[], personal: boolean }} Notes
 * @typedef {{ data: Values, measured: Measured[], records: PastRecord[], notes: Notes }} Scope where values go to
 * @typedef {{ key: string, into?: string | undefined }} Place of a value in the data
 * @typedef {{ quantity?: QuantityKey, channel?: string, means?: Readonly<Record<string, Value>> }} Meaning
 */

/** A payload can hold thousands of faults; nobody reads more than a few. */
const warningsMax = 16;

/** @type {Readonly<Record<RawKind, { size: number, signed: boolean }>>} */
const rawKinds = {
  u8: { size: 1, signed: false },
  i8: { size: 1, signed: true },
  u16le: { size: 2, signed: false },
  i16le: { size: 2, signed: true },
  u32le: { size: 4, signed: false },
  u16be: { size: 2, signed: false },
  i16be: { size: 2, signed: true },
  u24be: { size: 3, signed: false },
  u32be: { size: 4, signed: false },
  i32be: { size: 4, signed: true },
  u32low: { size: 4, signed: false },
};

/** @type {(bytes: Bytes, at: number) => number} */
const fourBigEndian = (bytes, at) =>
  (byteAt(bytes, at) << 24) |
  (byteAt(bytes, at + 1) << 16) |
  (byteAt(bytes, at + 2) << 8) |
  byteAt(bytes, at + 3);

/** @type {(bytes: Bytes, at: number) => number} */
export const byteAt = (bytes, at) => bytes[at] ?? 0;

/** @type {Readonly<Record<RawKind, (bytes: Bytes, at: number) => number>>} */
const rawReaders = {
  u8: byteAt,
  i8: (bytes, at) => (byteAt(bytes, at) << 24) >> 24,
  u16le: (bytes, at) => byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8),
  i16le: (bytes, at) => ((byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 24)) >> 16,
  u32le: (bytes, at) =>
    (byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24)) >>>
    0,
  u16be: (bytes, at) => (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1),
  i16be: (bytes, at) => ((byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16)) >> 16,
  u24be: (bytes, at) => fourBigEndian(bytes, at) >>> 8,
  u32be: (bytes, at) => fourBigEndian(bytes, at) >>> 0,
  i32be: fourBigEndian,
  u32low: (bytes, at) =>
    ((byteAt(bytes, at + 2) << 24) |
      (byteAt(bytes, at + 3) << 16) |
      (byteAt(bytes, at) << 8) |
      byteAt(bytes, at + 1)) >>>
    0,
};

/**
 * @param {unknown} value
 * @returns {value is Values}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @type {(byte: number) => string} */
export const hexByte = (byte) => (byte < 16 ? '0' : '') + byte.toString(16);

/** @type {(hex: string) => number[]} */
export const bytesOfHex = (hex) => (hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16));

/** @type {(notes: Notes, text: string) => void} */
export function warn(notes, text) {
  if (notes.warnings.length < warningsMax) notes.warnings.push(text);
  else if (notes.warnings.length === warningsMax) notes.warnings.push('more warnings were left out');
}

/**
 * Reads and writes an integer of some kind, or some of its bits. `write` tells whether the number fits.
 * @param {Omit<IntegerPlace, 'at'>} place
 */
export function rawInteger({ raw: kind, bits }) {
  const { size, signed } = rawKinds[kind];
  const read = rawReaders[kind];
  const first = bits === undefined ? 0 : bits[0];
  const span = 2 ** (bits === undefined ? 8 * size : bits[1]);
  const min = signed && bits === undefined ? -span / 2 : 0;
  /** @type {(i: number) => number} where the i-th byte lies, the lowest being the 0th */
  const placeOf = kind === 'u32low' ? (i) => i ^ 1 : kind.endsWith('be') ? (i) => size - 1 - i : (i) => i;
  return {
    size,
    min,
    max: min + span - 1,
    /** @type {(unsigned: number) => number} a raw value written without a sign, as `read` gives it */
    signed: (unsigned) => (unsigned >= min + span ? unsigned - span : unsigned),
    read:
      bits === undefined
        ? read
        : /** @type {typeof read} */ ((bytes, at) => (read(bytes, at) >>> first) & (span - 1)),
    /** @type {(out: number[], at: number, raw: number) => boolean} */
    write(out, at, raw) {
      if (!Number.isInteger(raw) || raw < min || raw >= min + span) return false;
      for (let i = 0; i < size; i++) {
        const place = at + placeOf(i);
        out[place] = byteAt(out, place) | (((raw << first) >> (8 * i)) & 0xff);
      }
      return true;
    },
  };
}

/** @type {(scope: Scope, place: Place) => Values} the object a field's value goes into */
export function homeIn({ data }, { into }) {
  if (into === undefined) return data;
  const there = data[into];
  if (isObject(there)) return there;
  /** @type {Values} */
  const made = {};
  data[into] = made;
  return made;
}

/** @type {(data: Values, place: Place) => Values} */
export const homeOf = (data, { into }) => {
  const home = into === undefined ? data : data[into];
  return isObject(home) ? home : {};
};

/** @type {(data: Values) => string[]} the paths of all values in the data */
export const pathsIn = (data) =>
  Object.entries(data).flatMap(([key, value]) =>
    isObject(value) ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key],
  );

/** @type {(place: Place, key: string) => string} */
export const pathOf = ({ into }, key) => (into === undefined ? key : `${into}.${key}`);

/**
 * Keeps a value; of one that comes again in a frame the last counts.
 * @param {Scope} scope
 * @param {Place & Meaning} field
 * @param {Value} value
 * @param {Value} inUnit the value in its quantity's unit
 */
export function keep(scope, field, value, inUnit = value) {
  homeIn(scope, field)[field.key] = value;
  const { quantity, channel, means } = field;
  if (quantity === undefined) return;
  const meant = means === undefined ? inUnit : means[String(value)];
  if (meant === undefined) return;
  const { measured } = scope;
  const entry = { key: field.key, quantity, channel, value: meant };
  for (let i = 0; i < measured.length; i++) {
    if (measured[i]?.key === field.key) {
      measured[i] = entry;
      return;
    }
  }
  measured.push(entry);
}

/** @type {(scope: Scope, place: Place) => void} what came earlier in the frame no longer holds */
export function forget(scope, place) {
  const home = homeOf(scope.data, place);
  if (!(place.key in home)) return;
  delete home[place.key];
  if (place.into !== undefined && Object.keys(home).length === 0) delete scope.data[place.into];
  scope.measured = scope.measured.filter(({ key }) => key !== place.key);
}
