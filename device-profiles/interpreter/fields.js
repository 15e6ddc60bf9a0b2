/**
 * How numbers and choices are read and written, and how any field finds its place.
 *
 * @import { ChoiceField, Field, LevelField, ListField, NumberField, StepField } from '../table.ts'
 * @import { Bytes, Scope, Values } from './values.js'
 */
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
 * @property {number} at
 * @property {number} size in bytes
 * @property {boolean} optional
 * @property {boolean} needed to encode what it is a part of
 * @property {boolean} personal
 * @property {(bytes: Bytes, at: number, scope: Scope) => void} read
 * @property {(out: number[], at: number, data: Values) => string | undefined} write the path of what was written
 */

/** @type {(field: NumberField) => FieldCodec} */
function numberField(field) {
  const raw = rawInteger(field);
  const { key, divisor = 1, factor = 1, offset = 0, exactly = false, quantityDivisor, sentinels } = field;
  /** @type {(scope: Scope, value: number) => void} */
  const keepNumber =
    quantityDivisor === undefined
      ? (scope, value) => keep(scope, field, (value * factor + offset) / divisor)
      : (scope, value) => keep(scope, field, (value * factor + offset) / divisor, value / quantityDivisor);
  /** @type {(value: unknown) => number} */
  const rawOf = (value) => {
    if (typeof value !== 'number') return Number.NaN;
    const wanted = (value * divisor - offset) / factor;
    const rounded = Math.round(wanted);
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
  const { key, at: ownAt = 0, when = field } = field;
  const raw = rawInteger(field);
  const levels = [...field.levels].reverse();
  const other = rawInteger(when);
  const toOther = (when.at ?? 0) - ownAt;
  const { min = -Infinity, max = Infinity } = field.when ?? {};
  /** @type {(bytes: Bytes, at: number) => LevelField['levels'][number] | undefined} */
  const levelAt = (bytes, at) => {
    const condition = other.read(bytes, at + toOther);
    if (condition < min || condition > max) return undefined;
    const value = raw.read(bytes, at);
    return levels.find(([fromRaw]) => fromRaw <= value);
  };
  return {
    size: Math.max(raw.size, toOther + other.size),
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
  if (!('raw' in field)) return textualField(field);
  if ('list' in field) return listField(field);
  if ('pieces' in field) return stepField(field);
  if ('levels' in field) return levelField(field);
  return 'values' in field ? choiceField(field) : numberField(field);
}

/** @type {(field: Field) => PlacedField} */
export function placedField(field) {
  const { size, read, write } = fieldCodec(field);
  const { key, at = 0, optional = false, personal = false } = field;
  /** @type {FieldCodec['read']} */
  const withhold = (_bytes, _at, { notes }) => {
    notes.personal = true;
  };
  return {
    key,
    at,
    optional,
    needed: !optional && !('levels' in field),
    personal,
    size,
    read: personal ? withhold : read,
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

/** @type {(fields: readonly PlacedField[], data: Values) => { out: number[], paths: string[] } | undefined} */
export function writeFields(fields, data) {
  /** @type {number[]} */
  const out = [];
  const paths = [];
  for (const field of fields) {
    const path = field.write(out, field.at, data);
    if (path !== undefined) paths.push(path);
    else if (field.needed) return undefined;
  }
  return { out: Array.from(out, (byte) => byte ?? 0), paths };
}
