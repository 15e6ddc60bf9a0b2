/**
 * How numbers that depend on other numbers of the payload are read and written.
 *
 * @import { ImageField, LargestSumField, ProportionField } from '../table.ts'
 * @import { FieldCodec } from './fields.js'
 * @import { Bytes } from './values.js'
 */
import { byteAt, homeIn, keep, rawInteger } from './values.js';

/** @type {(field: ProportionField) => FieldCodec} */
export function proportionField(field) {
  const { key, at: ownAt = 0, divisor = 1, factor = 1, offset = 0, proportionTo } = field;
  const raw = rawInteger(field);
  const other = rawInteger(proportionTo);
  const toOther = (proportionTo.at ?? 0) - ownAt;
  /** @type {(bytes: Bytes, at: number, value: number) => number} without a negative zero */
  const numberOf = (bytes, at, value) =>
    ((value * factor + offset) * other.read(bytes, at + toOther)) / divisor + 0;
  return {
    size: raw.size,
    read: (bytes, at, scope) => keep(scope, field, numberOf(bytes, at, raw.read(bytes, at))),
    write(out, at, home) {
      const wanted = home[key];
      if (typeof wanted !== 'number') return undefined;
      const whole = other.read(out, at + toOther);
      // Of nothing every part is nothing.
      if (whole === 0) return wanted === 0 && raw.write(out, at, 0) ? key : undefined;
      const value = Math.round(((wanted * divisor) / whole - offset) / factor);
      return raw.write(out, at, value) ? key : undefined;
    },
  };
}

/** @type {(field: LargestSumField) => FieldCodec} */
export function largestSumField(field) {
  const { key, at: ownAt = 0 } = field;
  const sums = field.largestSum.map((terms) =>
    terms.map((term) => ({ raw: rawInteger(term), to: (term.at ?? 0) - ownAt, weight: term.weight })),
  );
  /** @type {(bytes: Bytes, at: number) => number} */
  const numberAt = (bytes, at) => {
    let largest = -Infinity;
    for (const terms of sums) {
      let sum = 0;
      for (const { raw, to, weight } of terms) sum += weight * raw.read(bytes, at + to);
      largest = Math.max(largest, sum);
    }
    return largest;
  };
  return {
    size: Math.max(...sums.flatMap((terms) => terms.map(({ raw, to }) => to + raw.size))),
    read: (bytes, at, scope) => keep(scope, field, numberAt(bytes, at)),
    write: (out, at, home) => (home[key] === numberAt(out, at) ? key : undefined),
  };
}

/** @type {(field: ImageField) => FieldCodec} */
export function imageField(field) {
  const { key, image } = field;
  const { count, divisor } = image;
  return {
    size: 1 + count,
    read(bytes, at, scope) {
      const reference = byteAt(bytes, at) * divisor;
      homeIn(scope, field)[key] = Array.from(
        { length: count },
        (_, i) => (reference + byteAt(bytes, at + 1 + i)) / divisor,
      );
    },
    write(out, at, home) {
      const values = home[key];
      if (!Array.isArray(values) || values.length !== count) return undefined;
      const reference = Math.min(255, Math.floor(Math.min(...values.map(Number))));
      const bytes = [reference, ...values.map((value) => Math.round((value - reference) * divisor))];
      if (!bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return undefined;
      bytes.forEach((byte, i) => {
        out[at + i] = byte;
      });
      return key;
    },
  };
}
