/**
 * How channels one after the other are read and written.
 *
 * @import { Channel, ChannelLayout } from '../table.ts'
 * @import { PlacedField } from './fields.js'
 * @import { Attempt, LayoutCodec } from './layouts.js'
 * @import { Bytes, Scope, Values } from './values.js'
 */
import { cutOff, endOf, placedField, writeFields } from './fields.js';
import { byteAt, bytesOfHex, forget, hexByte, isObject, pathsIn, rawInteger, warn } from './values.js';

/**
 * @typedef {object} ChannelCodec
 * @property {string} id
 * @property {PlacedField[]} fields
 * @property {number} size of the value in bytes
 * @property {boolean} toEnd whether the value reaches to the end of the payload
 * @property {boolean} personal whether it tells of a person
 * @property {Channel['record']} record
 * @property {Channel['repeats']} repeats
 * @property {PlacedField[]} sometimes the fields that are not always said
 * @property {{ at: number, is: number, raw: ReturnType<typeof rawInteger> } | undefined} when
 * @property {ChannelCodec | undefined} sibling the next channel with this id
 */

/** @type {(channel: Channel) => ChannelCodec} */
function channelCodec({ id, when: told, fields: specs, sizeBytes = 0, record, repeats }) {
  const fields = specs.map(placedField);
  const when = told && { at: told.at ?? 0, is: told.is, raw: rawInteger(told) };
  return {
    id,
    fields,
    size: Math.max(sizeBytes, endOf(fields), when === undefined ? 0 : when.at + when.raw.size),
    toEnd: specs.some((field) => 'rest' in field),
    personal: specs.some((field) => field.personal),
    record,
    repeats,
    sometimes: fields.filter(({ holds }) => holds !== undefined),
    when,
    sibling: undefined,
  };
}

/** @type {(field: PlacedField, channels: readonly string[], bytes: Bytes, at: number, scope: Scope) => void} */
function readOneMore(field, channels, bytes, at, scope) {
  const before = scope.data[field.key] ?? [];
  const list = Array.isArray(before) ? before : [before];
  /** @type {Scope} */
  const one = { ...scope, data: {}, measured: [] };
  field.read(bytes, at + field.at, one);
  const channel = channels[list.length];
  if (channel !== undefined) scope.measured.push(...one.measured.map((entry) => ({ ...entry, channel })));
  const value = one.data[field.key];
  scope.data[field.key] = list.length === 0 ? value : [...list, value];
}

/** @type {(channel: ChannelCodec, bytes: Bytes, at: number, scope: Scope) => void} */
function readChannel({ fields, record, repeats, sometimes }, bytes, at, scope) {
  if (repeats !== undefined) {
    for (const field of fields) readOneMore(field, repeats, bytes, at, scope);
    return;
  }
  if (record === undefined) {
    for (let i = 0; i < sometimes.length; i++) forget(scope, /** @type {PlacedField} */ (sometimes[i]));
    for (let i = 0; i < fields.length; i++) {
      const field = /** @type {PlacedField} */ (fields[i]);
      field.read(bytes, at + field.at, scope);
    }
    return;
  }
  /** @type {Scope} */
  const past = { ...scope, data: {}, measured: [] };
  for (const field of fields) field.read(bytes, at + field.at, past);
  const list = scope.data[record.list];
  if (Array.isArray(list)) list.push(past.data);
  else scope.data[record.list] = [past.data];
  const timeS = past.data[record.timeKey];
  if (typeof timeS === 'number') scope.records.push({ timeS, measured: past.measured });
}

/** @type {(channel: ChannelCodec, data: Values) => { bytes: number[], paths: string[] } | undefined} */
function writeChannel(channel, data) {
  const key = channel.repeats && channel.fields[0]?.key;
  const values = key === undefined ? undefined : data[key];
  if (key === undefined || !Array.isArray(values)) return writeOnce(channel, data);
  const written = values.map((value) => writeOnce(channel, { [key]: value }));
  if (values.length < 2 || written.includes(undefined)) return undefined;
  return { bytes: written.flatMap((one) => one?.bytes ?? []), paths: [key] };
}

/** @type {(channel: ChannelCodec, data: Values) => { bytes: number[], paths: string[] } | undefined} */
function writeOnce({ id, fields, size, when }, data) {
  /** @type {number[]} */
  const begun = [];
  when?.raw.write(begun, when.at, when.is);
  const written = writeFields(fields, data, begun);
  if (written === undefined) return undefined;
  const { out, paths } = written;
  if (when !== undefined && when.raw.read(out, when.at) !== when.is) return undefined;
  while (out.length < size) out.push(0);
  return { bytes: [...bytesOfHex(id), ...out], paths };
}

/**
 * The widest channels first, so that those whose values are all said by a wider one are not sent too.
 * @type {(channels: ChannelCodec[], data: Values) => Attempt}
 */
function writeChannels(channels, data) {
  const left = new Set(pathsIn(data));
  /** @type {Map<ChannelCodec, number[]>} */
  const frames = new Map();
  const single = channels.filter(({ record }) => record === undefined);
  for (const channel of [...single].sort((a, b) => b.fields.length - a.fields.length)) {
    const written = writeChannel(channel, data);
    if (written === undefined || !written.paths.some((path) => left.has(path))) continue;
    for (const path of written.paths) left.delete(path);
    frames.set(channel, written.bytes);
  }
  const bytes = single.flatMap((channel) => frames.get(channel) ?? []);
  const past = channels.filter(({ record }) => record !== undefined);
  for (const list of new Set(past.map(({ record }) => record?.list ?? ''))) {
    const records = data[list];
    if (!Array.isArray(records)) continue;
    const written = records.map((record) => writeRecord(past, list, record));
    if (written.every((one) => one.length > 0)) left.delete(list);
    bytes.push(...written.flat());
  }
  return { bytes, left: [...left] };
}

/** @type {(past: ChannelCodec[], list: string, record: unknown) => number[]} empty where no channel can say it */
function writeRecord(past, list, record) {
  if (!isObject(record)) return [];
  for (const channel of past) {
    const written = channel.record?.list === list ? writeChannel(channel, record) : undefined;
    if (written?.paths.length === Object.keys(record).length) return written.bytes;
  }
  return [];
}

/** @type {(bytes: Bytes, at: number, size: number) => string} */
const keyText = (bytes, at, size) =>
  Array.from({ length: size }, (_, i) => hexByte(byteAt(bytes, at + i))).join(' ');

/**
 * Finds the channel whose key lies at an offset.
 * @param {ChannelCodec[]} channels
 * @param {number} keySize in bytes
 * @param {string | undefined} anyIdAs
 * @returns {(bytes: Bytes, at: number) => ChannelCodec | undefined}
 */
function channelFinder(channels, keySize, anyIdAs) {
  /** @type {Map<number, ChannelCodec>} */
  const byKey = new Map();
  for (const channel of [...channels].reverse()) {
    const key = parseInt(channel.id, 16);
    channel.sibling = byKey.get(key);
    byKey.set(key, channel);
  }
  if (keySize === 1) return (bytes, at) => byKey.get(byteAt(bytes, at));
  if (anyIdAs === undefined) {
    return (bytes, at) => byKey.get((byteAt(bytes, at) << 8) | byteAt(bytes, at + 1));
  }
  const anyId = parseInt(anyIdAs, 16) << 8;
  return (bytes, at) => {
    const type = byteAt(bytes, at + 1);
    return byKey.get((byteAt(bytes, at) << 8) | type) ?? byKey.get(anyId | type);
  };
}

/** @type {(channel: ChannelCodec) => string} of a channel that may turn out to be a sibling of it, the id */
const nameOf = ({ id, fields, when }) => {
  const keys = when === undefined ? fields.map(({ key }) => key) : [];
  return [...new Set(keys)].join(', ') || `channel ${id}`;
};

/**
 * Of the channels with one id the one a value is of.
 * @type {(first: ChannelCodec, bytes: Bytes, at: number) => ChannelCodec | undefined}
 */
function toldApart(first, bytes, at) {
  /** @type {ChannelCodec | undefined} */
  let channel = first;
  while (
    channel?.when !== undefined &&
    channel.when.raw.read(bytes, at + channel.when.at) !== channel.when.is
  ) {
    channel = channel.sibling;
  }
  return channel;
}

/** @type {(layout: ChannelLayout) => LayoutCodec} */
export function channelLayout({ constants = {}, channels: specs, replies = [], anyIdAs }) {
  const channels = specs.map(channelCodec);
  const keySize = (channels[0]?.id.length ?? 0) / 2;
  const find = channelFinder(channels, keySize, anyIdAs);
  const replyIds = new Set(replies.map((id) => parseInt(id, 16)));
  /** @type {LayoutCodec['decode']} */
  const decodeChannels = (bytes, scope) => {
    let at = 0;
    while (at < bytes.length) {
      const left = bytes.length - at - keySize;
      if (left < 0) return cutOff(at, 'a channel', keySize, left + keySize);
      const channel = find(bytes, at);
      if (channel === undefined) {
        const name = keyText(bytes, at, keySize);
        if (!replyIds.has(byteAt(bytes, at)))
          return `byte ${at}: channel ${name} is not known, nor its length; reading ended`;
        warn(scope.notes, `byte ${at}: ${name} is the reply to a command; reading ended`);
        return undefined;
      }
      if (left < channel.size) {
        if (channel.personal) scope.notes.personal = true;
        return cutOff(at + keySize, nameOf(channel), channel.size, left);
      }
      const meant = toldApart(channel, bytes, at + keySize);
      if (meant !== undefined) readChannel(meant, bytes, at + keySize, scope);
      else
        warn(scope.notes, `byte ${at}: channel ${keyText(bytes, at, keySize)} of a kind that is not known`);
      at = channel.toEnd ? bytes.length : at + keySize + channel.size;
    }
    return undefined;
  };
  return {
    personalFrom: Math.min(...channels.map(({ personal, size }) => (personal ? keySize + size : Infinity))),
    decode(bytes, scope) {
      const problem = decodeChannels(bytes, scope);
      if (Object.keys(scope.data).length > 0) Object.assign(scope.data, constants);
      return problem;
    },
    encode(data) {
      const { bytes, left } = writeChannels(channels, data);
      return { bytes, left: left.filter((path) => !(path in constants) || data[path] !== constants[path]) };
    },
  };
}
