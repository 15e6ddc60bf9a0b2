/**
 * How each kind of field is read and written.
 *
 * @import { ChoiceField, Field, ListField, NumberField } from '../table.ts'
 * @import { Bytes, Scope, Values } from './values.js'
 */
import {
  byteAt,
  bytesOfHex,
  forget,
  hexByte,
  homeIn,
  homeOf,
  keep,
  pathOf,
  rawInteger,
  warn,
} from './values.js';

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
 * @property {boolean} personal
 * @property {(bytes: Bytes, at: number, scope: Scope) => void} read
 * @property {(out: number[], at: number, data: Values) => string | undefined} write the path of what was written
 */

/** @type {(field: NumberField) => FieldCodec} */
function numberField(field) {
  const raw = rawInteger(field);
  const { key, divisor = 1, sentinels } = field;
  if (sentinels === undefined) {
    return {
      size: raw.size,
      read: (bytes, at, scope) => keep(scope, field, raw.read(bytes, at) / divisor),
      write(out, at, home) {
        const value = home[key];
        const fits = typeof value === 'number' && raw.write(out, at, Math.round(value * divisor));
        return fits ? key : undefined;
      },
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
        return keep(scope, field, value / divisor);
      }
      forget(scope, field);
      keep(scope, status, text);
      warn(scope.notes, `${pathOf(field, key)}: ${text}`);
    },
    write(out, at, home) {
      for (const [value, text] of texts) {
        if (home[status.key] === text && raw.write(out, at, value)) return status.key;
      }
      const value = home[key];
      if (typeof value !== 'number') return undefined;
      const rounded = Math.round(value * divisor);
      const fits = !texts.has(rounded) && raw.write(out, at, rounded);
      return fits ? key : undefined;
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

/** @type {Readonly<Record<string, { show: (byte: number) => string, parse: (text: string) => number }>>} */
const byteFormats = {
  dec: { show: (byte) => String(byte), parse: (text) => parseInt(text, 10) },
  hex: { show: (byte) => byte.toString(16), parse: (text) => parseInt(text, 16) },
  hi: { show: (byte) => String(byte >> 4), parse: (text) => parseInt(text, 10) << 4 },
  lo: { show: (byte) => String(byte & 15), parse: (text) => parseInt(text, 10) },
};

/** @type {(field: Field & { text: string }) => FieldCodec} */
function textField(field) {
  const pieces = field.text.split(/\{(\d+):(hex|dec|hi|lo)\}/);
  /** @type {{ before: string, at: number, format: string }[]} */
  const parts = [];
  for (let i = 0; i + 2 < pieces.length; i += 3) {
    parts.push({ before: pieces[i] ?? '', at: Number(pieces[i + 1]), format: pieces[i + 2] ?? '' });
  }
  const after = pieces[pieces.length - 1] ?? '';
  const pattern = new RegExp(field.text.replace(/\./g, '\\.').replace(/\{\d+:\w+\}/g, '([0-9a-f]+)'));
  /** @type {(bytes: Bytes, at: number) => string} */
  const show = (bytes, at) =>
    parts.map((part) => part.before + byteFormats[part.format]?.show(byteAt(bytes, at + part.at))).join('') +
    after;
  return {
    size: Math.max(...parts.map((part) => part.at)) + 1,
    read: (bytes, at, scope) => keep(scope, field, show(bytes, at)),
    write(out, at, home) {
      const text = home[field.key];
      const found = typeof text === 'string' ? pattern.exec(text) : null;
      if (found === null) return undefined;
      parts.forEach((part, i) => {
        const byte = byteFormats[part.format]?.parse(found[i + 1] ?? '') ?? 0;
        out[at + part.at] = byteAt(out, at + part.at) | (byte & 0xff);
      });
      return show(out, at) === text ? field.key : undefined;
    },
  };
}

/** @type {(field: Field & { hexBytes: number }) => FieldCodec} */
function hexField(field) {
  const size = field.hexBytes;
  return {
    size,
    read: (bytes, at, scope) =>
      keep(scope, field, Array.from({ length: size }, (_, i) => hexByte(byteAt(bytes, at + i))).join('')),
    write(out, at, home) {
      const text = home[field.key];
      if (typeof text !== 'string' || text.length !== 2 * size || !/^[0-9a-f]*$/.test(text)) return undefined;
      bytesOfHex(text).forEach((byte, i) => {
        out[at + i] = byte;
      });
      return field.key;
    },
  };
}

/** @type {(field: Field & { always: string }) => FieldCodec} */
function markField(field) {
  return {
    size: 1,
    read: (_bytes, _at, scope) => keep(scope, field, field.always),
    write(out, at, home) {
      if (home[field.key] !== field.always) return undefined;
      out[at] = 0xff;
      return field.key;
    },
  };
}

/** @type {(field: Field & { rest: true }) => FieldCodec} */
function restField(field) {
  /** @type {(value: unknown) => boolean} */
  const isByte = (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
  return {
    size: 0,
    read(bytes, at, scope) {
      homeIn(scope, field)[field.key] = Array.prototype.slice.call(bytes, at);
    },
    write(out, at, home) {
      const values = home[field.key];
      if (!Array.isArray(values) || !values.every(isByte)) return undefined;
      values.forEach((byte, i) => {
        out[at + i] = byte;
      });
      return field.key;
    },
  };
}

/** @type {(field: Field) => FieldCodec} */
function fieldCodec(field) {
  if ('list' in field) return listField(field);
  if ('values' in field) return choiceField(field);
  if ('text' in field) return textField(field);
  if ('hexBytes' in field) return hexField(field);
  if ('always' in field) return markField(field);
  return 'rest' in field ? restField(field) : numberField(field);
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
    personal,
    size,
    read: personal ? withhold : read,
    write(out, start, data) {
      const written = write(out, start, homeOf(data, field));
      return written === undefined ? undefined : pathOf(field, written);
    },
  };
}
