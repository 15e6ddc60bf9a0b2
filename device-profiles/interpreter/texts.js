/**
 * How texts, digits and unexplained bytes are read and written.
 *
 * @import { BcdField, HexField, MarkField, RestField, TextField } from '../table.ts'
 * @import { FieldCodec } from './fields.js'
 * @import { Bytes } from './values.js'
 */
import { byteAt, bytesOfHex, forget, hexByte, homeIn, keep, pathOf, warn } from './values.js';

/** @type {Readonly<Record<string, { show: (byte: number) => string, parse: (text: string) => number }>>} */
const byteFormats = {
  dec: { show: (byte) => String(byte), parse: (text) => parseInt(text, 10) },
  hex: { show: (byte) => byte.toString(16), parse: (text) => parseInt(text, 16) },
  hi: { show: (byte) => String(byte >> 4), parse: (text) => parseInt(text, 10) << 4 },
  lo: { show: (byte) => String(byte & 15), parse: (text) => parseInt(text, 10) },
};

/** @type {(field: TextField) => FieldCodec} */
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

/** @type {(out: number[], at: number, bytes: readonly number[]) => void} */
function put(out, at, bytes) {
  bytes.forEach((byte, i) => {
    out[at + i] = byte;
  });
}

/** @type {(bytes: Bytes, at: number, size: number) => string} */
const digitsAt = (bytes, at, size) =>
  Array.from({ length: size }, (_, i) => hexByte(byteAt(bytes, at + i))).join('');

/** @type {(field: HexField) => FieldCodec} */
function hexField(field) {
  const size = field.hexBytes;
  /** @type {(digits: string) => string} */
  const show = (digits) => (field.upperCase ? digits.toUpperCase() : digits);
  return {
    size,
    read: (bytes, at, scope) => keep(scope, field, show(digitsAt(bytes, at, size))),
    write(out, at, home) {
      const text = home[field.key];
      if (typeof text !== 'string' || text.length !== 2 * size || !/^[0-9a-f]*$/i.test(text))
        return undefined;
      if (show(text.toLowerCase()) !== text) return undefined;
      put(out, at, bytesOfHex(text));
      return field.key;
    },
  };
}

/** @type {(field: BcdField) => FieldCodec} */
function bcdField(field) {
  const size = field.bcdBytes;
  return {
    size,
    read(bytes, at, scope) {
      const digits = digitsAt(bytes, at, size);
      if (/^\d+$/.test(digits)) return keep(scope, field, Number(digits));
      forget(scope, field);
      warn(scope.notes, `${pathOf(field, field.key)}: ${digits} is no decimal number`);
    },
    write(out, at, home) {
      const value = home[field.key];
      if (typeof value !== 'number' || !/^\d+$/.test(String(value)) || value >= 10 ** (2 * size))
        return undefined;
      put(out, at, bytesOfHex(String(value).padStart(2 * size, '0')));
      return field.key;
    },
  };
}

/** @type {(field: MarkField) => FieldCodec} */
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

/** @type {(value: unknown, max: number) => boolean} */
const isUpTo = (value, max) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;

/** @type {(field: RestField) => FieldCodec} */
function wordsField(field) {
  return {
    size: 0,
    read(bytes, at, scope) {
      const words = [];
      for (let i = at; i + 1 < bytes.length; i += 2)
        words.push((byteAt(bytes, i) << 8) | byteAt(bytes, i + 1));
      homeIn(scope, field)[field.key] = words;
    },
    write(out, at, home) {
      const words = home[field.key];
      if (!Array.isArray(words) || !words.every((word) => isUpTo(word, 0xffff))) return undefined;
      put(
        out,
        at,
        words.flatMap((word) => [word >> 8, word & 0xff]),
      );
      return field.key;
    },
  };
}

/** @type {(field: RestField) => FieldCodec} */
function restField(field) {
  const isText = field.rest === 'text';
  /** @type {(value: unknown) => unknown} */
  const bytesOf = (value) =>
    isText && typeof value === 'string' ? Array.from(value, (character) => character.charCodeAt(0)) : value;
  return {
    size: 0,
    read(bytes, at, scope) {
      /** @type {number[]} */
      const values = Array.prototype.slice.call(bytes, at);
      homeIn(scope, field)[field.key] = isText
        ? values.map((byte) => String.fromCharCode(byte)).join('')
        : values;
    },
    write(out, at, home) {
      const values = bytesOf(home[field.key]);
      if (!Array.isArray(values) || !values.every((value) => isUpTo(value, 0xff))) return undefined;
      put(out, at, values);
      return field.key;
    },
  };
}

/** @type {(field: TextField | HexField | BcdField | MarkField | RestField) => FieldCodec} */
export function textualField(field) {
  if ('text' in field) return textField(field);
  if ('hexBytes' in field) return hexField(field);
  if ('bcdBytes' in field) return bcdField(field);
  if ('always' in field) return markField(field);
  return field.rest === 'words' ? wordsField(field) : restField(field);
}
