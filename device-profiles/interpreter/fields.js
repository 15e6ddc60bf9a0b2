/**
 * How numbers and choices are read and written, and how any field finds its place.
 *
 * @import { Caution, ChoiceField, Condition, Field, FloatField, LevelField, ListField, NumberField, StepField } from '../table.ts'
 * @import { Bytes, Scope, Values } from './values.js'
 */
import { imageField, largestSumField, proportionField } from './derived.js';
import { textualField } from './texts.js';
import { byteAt, forget, homeIn, homeOf, keep, pathOf, rawInteger, warn } from './values.js';

/**
 * @typedef {object} FieldCodec
 * @property {number} size in bytes
 * @property {(bytes: Bytes, at: number, scope: Scope) => void} read
 * @property {(out: number[], at: number, home: Values) => string | undefined} write from the object that holds the
 *   field's value; the key of what was written, undefined where the field cannot be said
 *
 * @typedef {object} PlacedField a field that knows its place in the layout and in the data
 * @property {string} key
 * @property {string} path of its value in the data
 * @property {number} at
 * @property {number} size in bytes
 * @property {boolean} optional
 * @property {boolean} needed to encode what it is a part of
 * @property {((bytes: Bytes, at: number) => boolean) | undefined} holds whether the field is said there, if not always
 * @property {boolean} personal
 * @property {(bytes: Bytes, at: number, scope: Scope) => void} read
 * @property {(out: number[], at: number, data: Values) => string | undefined} write the path of what was written
 */

/** @type {(field: NumberField) => FieldCodec} */
function numberField(field) {
  const raw = rawInteger(field);
  const { key, divisor = 1, factor = 1, offset = 0, exactly = false, sentinels } = field;
  const { quantityDivisor, quantityOffset = 0, floor = false } = field;
  /** @type {(scope: Scope, value: number) => void} */
  const keepNumber =
    quantityDivisor === undefined
      ? (scope, value) => keep(scope, field, (value * factor + offset) / divisor)
      : (scope, value) => {
          const number = (value * factor + offset) / divisor;
          keep(scope, field, floor ? Math.floor(number) : number, (value + quantityOffset) / quantityDivisor);
        };
  /** @type {(value: unknown) => number} */
  const rawOf = (value) => {
    if (typeof value !== 'number') return Number.NaN;
    const wanted = (value * divisor - offset) / factor;
    // What was rounded down may come from just inside the range.
    const rounded =
      floor && wanted > raw.min - divisor ? Math.max(Math.round(wanted), raw.min) : Math.round(wanted);
    return exactly && Math.abs(wanted - rounded) > 1e-9 ? Number.NaN : rounded;
  };
  if (sentinels === undefined) {
    return {
      size: raw.size,
      read: (bytes, at, scope) => keepNumber(scope, raw.read(bytes, at)),
      write: (out, at, home) => (raw.write(out, at, rawOf(home[key])) ? key : undefined),
    };
  }
  const status = { key: sentinels.key, into: field.into };
  const texts = new Map(
    Object.entries(sentinels.texts).map(([value, text]) => [raw.signed(Number(value)), text]),
  );
  return {
    size: raw.size,
    read(bytes, at, scope) {
      const value = raw.read(bytes, at);
      const text = texts.get(value);
      if (text === undefined) {
        forget(scope, status);
        return keepNumber(scope, value);
      }
      forget(scope, field);
      keep(scope, status, text);
      warn(scope.notes, `${pathOf(field, key)}: ${text}`);
    },
    write(out, at, home) {
      for (const [value, text] of texts) {
        if (home[status.key] === text && raw.write(out, at, value)) return status.key;
      }
      const value = rawOf(home[key]);
      return !texts.has(value) && raw.write(out, at, value) ? key : undefined;
    },
  };
}

const floatView = new DataView(new ArrayBuffer(4));

/** @type {(value: number) => number[]} as a float of 32 bits, low byte first */
export function floatBytes(value) {
  floatView.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => floatView.getUint8(i));
}

/** @type {(field: FloatField) => FieldCodec} */
function floatField(field) {
  return {
    size: 4,
    read(bytes, at, scope) {
      for (let i = 0; i < 4; i++) floatView.setUint8(i, byteAt(bytes, at + i));
      // Adding zero makes −0 a plain 0: JSON knows no other.
      const value = floatView.getFloat32(0, true) + 0;
      if (Number.isFinite(value)) return keep(scope, field, value);
      forget(scope, field);
      warn(scope.notes, `${pathOf(field, field.key)}: ${value} is no measurement`);
    },
    write(out, at, home) {
      const value = home[field.key];
      if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) return undefined;
      floatBytes(value).forEach((byte, i) => {
        out[at + i] = byte;
      });
      return field.key;
    },
  };
}

/** @type {(field: StepField) => FieldCodec} */
function stepField(field) {
  const raw = rawInteger(field);
  const pieces = [...field.pieces].reverse();
  return {
    size: raw.size,
    read(bytes, at, scope) {
      const value = raw.read(bytes, at);
      const piece = pieces.find(({ fromRaw }) => fromRaw <= value);
      if (piece !== undefined) keep(scope, field, piece.from + piece.step * (value - piece.fromRaw));
    },
    write(out, at, home) {
      const value = home[field.key];
      if (typeof value !== 'number') return undefined;
      const index = pieces.findIndex(({ from }) => from <= value);
      const piece = pieces[index];
      if (piece === undefined) return undefined;
      const top = (pieces[index - 1]?.fromRaw ?? raw.max + 1) - 1;
      const steps = Math.floor((value - piece.from) / piece.step);
      return raw.write(out, at, Math.min(piece.fromRaw + steps, top)) ? field.key : undefined;
    },
  };
}

/** @type {(field: ChoiceField) => FieldCodec} */
function choiceField(field) {
  const raw = rawInteger(field);
  const choices = new Map(Object.entries(field.values).map(([value, meaning]) => [Number(value), meaning]));
  return {
    size: raw.size,
    read(bytes, at, scope) {
      const value = raw.read(bytes, at);
      const meaning = choices.get(value);
      if (meaning !== undefined) return keep(scope, field, meaning);
      forget(scope, field);
      warn(scope.notes, `${pathOf(field, field.key)}: the meaning of ${value} is not known`);
    },
    write(out, at, home) {
      const wanted = home[field.key];
      for (const [value, meaning] of choices) {
        if (meaning === wanted && raw.write(out, at, value)) return field.key;
      }
      return undefined;
    },
  };
}

/** @type {(field: LevelField) => FieldCodec} */
function levelField(field) {
  const { key } = field;
  const raw = rawInteger(field);
  const levels = [...field.levels].reverse();
  /** @type {(bytes: Bytes, at: number) => LevelField['levels'][number] | undefined} */
  const levelAt = (bytes, at) => {
    const value = raw.read(bytes, at);
    return levels.find(([fromRaw]) => fromRaw <= value);
  };
  return {
    size: raw.size,
    read(bytes, at, scope) {
      const level = levelAt(bytes, at);
      if (level !== undefined) homeIn(scope, field)[key] = level[1];
    },
    write: (out, at, home) => (key in home && levelAt(out, at)?.[1] === home[key] ? key : undefined),
  };
}

/** @type {(field: ListField) => FieldCodec} */
function listField(field) {
  const raw = rawInteger(field);
  const { count, strideBytes } = field.list;
  return {
    size: count * strideBytes,
    read(bytes, at, scope) {
      const values = [];
      for (let i = 0; i < count; i++) {
        const value = raw.read(bytes, at + i * strideBytes);
        if (value !== 0) values.push(value);
      }
      homeIn(scope, field)[field.key] = values;
    },
    write(out, at, home) {
      const values = home[field.key];
      if (!Array.isArray(values) || values.length > count) return undefined;
      const fit = values.every((value, i) => value !== 0 && raw.write(out, at + i * strideBytes, value));
      for (let i = 0; i < count * strideBytes; i++) out[at + i] = byteAt(out, at + i);
      return fit ? field.key : undefined;
    },
  };
}

/** @type {(field: Field) => FieldCodec} */
function fieldCodec(field) {
  if ('float32' in field) return floatField(field);
  if ('largestSum' in field) return largestSumField(field);
  if ('image' in field) return imageField(field);
  if (!('raw' in field)) return textualField(field);
  if ('proportionTo' in field) return proportionField(field);
  if ('list' in field) return listField(field);
  if ('pieces' in field) return stepField(field);
  if ('levels' in field) return levelField(field);
  return 'values' in field ? choiceField(field) : numberField(field);
}

/**
 * Whether a condition holds, asked at a field's own place; `reach` is how far from there it has to see.
 * @type {(when: Condition, ownAt: number) => { holds: (bytes: Bytes, at: number) => boolean, reach: number }}
 */
function conditionSeenFrom(when, ownAt) {
  const other = rawInteger(when);
  const toOther = (when.at ?? 0) - ownAt;
  const { min = -Infinity, max = Infinity } = when;
  return {
    holds(bytes, at) {
      const value = other.read(bytes, at + toOther);
      return value >= min && value <= max;
    },
    reach: toOther + other.size,
  };
}

/** @type {(field: Field, cautions: readonly Caution[]) => FieldCodec} */
function cautiousField(field, cautions) {
  const codec = fieldCodec(field);
  const { key, at = 0 } = field;
  const watches = cautions.map((caution) => ({ ...caution, ...conditionSeenFrom(caution, at) }));
  return {
    ...codec,
    read(bytes, from, scope) {
      codec.read(bytes, from, scope);
      for (const { holds, reach, text, noReading } of watches) {
        const isKnown = from + reach <= bytes.length;
        if (isKnown && !holds(bytes, from)) continue;
        if (isKnown && text !== undefined) warn(scope.notes, `${pathOf(field, key)}: ${text}`);
        if (noReading) scope.measured = scope.measured.filter((measured) => measured.key !== key);
      }
    },
  };
}

/** @type {(field: Field) => PlacedField} */
export function placedField(field) {
  const { size, read, write } =
    'cautions' in field ? cautiousField(field, field.cautions) : fieldCodec(field);
  const { key, at = 0, optional = false, personal = false, when } = field;
  const { holds, reach } = when === undefined ? { holds: undefined, reach: 0 } : conditionSeenFrom(when, at);
  /** @type {FieldCodec['read']} */
  const withhold = (_bytes, _at, { notes }) => {
    notes.personal = true;
  };
  const readAlways = personal ? withhold : read;
  return {
    key,
    path: pathOf(field, key),
    at,
    optional,
    needed: !optional && !('levels' in field) && !('largestSum' in field),
    holds,
    personal,
    size: Math.max(size, reach),
    read:
      holds === undefined
        ? readAlways
        : (bytes, from, scope) => {
            if (holds(bytes, from)) readAlways(bytes, from, scope);
          },
    write(out, start, data) {
      const written = write(out, start, homeOf(data, field));
      return written === undefined ? undefined : pathOf(field, written);
    },
  };
}

/** @type {(fields: readonly { at: number, size: number }[]) => number} */
export const endOf = (fields) => Math.max(0, ...fields.map(({ at, size }) => at + size));

/** @type {(at: number, what: string, need: number, left: number) => string} */
export const cutOff = (at, what, need, left) => `byte ${at}: ${what} needs ${need} byte(s), ${left} left`;

/**
 * Reads fields as far as the payload reaches, calling back before the first that is complete; tells what is missing.
 * @param {readonly PlacedField[]} fields
 * @param {Bytes} bytes
 * @param {number} start
 * @param {Scope} scope
 * @param {(() => void)} [begin]
 */
export function readFields(fields, bytes, start, scope, begin) {
  let complete = 0;
  for (const { key, at, size, optional, read } of fields) {
    const from = start + at;
    if (optional && bytes.length <= from) return undefined;
    if (bytes.length < from + size) {
      return cutOff(Math.min(from, bytes.length), key, size, Math.max(bytes.length - from, 0));
    }
    if (complete++ === 0) begin?.();
    read(bytes, from, scope);
  }
  return undefined;
}

/**
 * Writes fields, each into bits that are still zero.
 * @param {readonly PlacedField[]} fields
 * @param {Values} data
 * @param {number[]} [out]
 */
export function writeFields(fields, data, out = []) {
  const paths = [];
  for (const field of fields) {
    if (field.holds?.(out, field.at) === false) continue;
    const path = field.write(out, field.at, data);
    if (path !== undefined) paths.push(path);
    else if (field.needed) return undefined;
  }
  return { out: Array.from(out, (byte) => byte ?? 0), paths };
}
