/**
 * How each kind of layout is read and written.
 *
 * @import { Channel, ChannelLayout, FixedLayout, Layout } from '../table.ts'
 * @import { PlacedField } from './fields.js'
 * @import { Bytes, Scope, Values } from './values.js'
 */
import { placedField } from './fields.js';
import { byteAt, bytesOfHex, hexByte, isObject, warn } from './values.js';

/**
 * @typedef {{ bytes: number[], left: string[] }} Attempt a frame, and the paths of the data it does not say
 *
 * @typedef {object} LayoutCodec
 * @property {(bytes: Bytes, scope: Scope) => string | undefined} decode why it ended before the end of the payload
 * @property {(data: Values) => Attempt} encode
 * @property {boolean} personal
 */

/** @type {(fields: PlacedField[]) => number} */
const endOf = (fields) => Math.max(...fields.map(({ at, size }) => at + size));

/** @type {(at: number, what: string, need: number, left: number) => string} */
const cutOff = (at, what, need, left) => `byte ${at}: ${what} needs ${need} byte(s), ${left} left`;

/** @type {(fields: PlacedField[], data: Values) => { out: number[], paths: string[] } | undefined} */
function writeFields(fields, data) {
  /** @type {number[]} */
  const out = [];
  const paths = [];
  for (const field of fields) {
    const path = field.write(out, field.at, data);
    if (path !== undefined) paths.push(path);
    else if (!field.optional) return undefined;
  }
  return { out: Array.from(out, (byte) => byte ?? 0), paths };
}

/** @type {(data: Values) => string[]} the paths of all values in the data */
const pathsIn = (data) =>
  Object.entries(data).flatMap(([key, value]) =>
    isObject(value) ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key],
  );

/** @type {(layout: FixedLayout) => LayoutCodec} */
function fixedLayout({ constants = {}, fields: specs }) {
  const fields = specs.map(placedField);
  const end = specs.some((field) => 'rest' in field) ? Infinity : endOf(fields);
  return {
    personal: fields.some(({ personal }) => personal),
    decode(bytes, scope) {
      let complete = 0;
      for (const { key, at, size, optional, read } of fields) {
        if (optional && bytes.length <= at) break;
        if (bytes.length < at + size) {
          const left = Math.max(bytes.length - at, 0);
          return cutOff(Math.min(at, bytes.length), key, size, left);
        }
        if (complete++ === 0) Object.assign(scope.data, constants);
        read(bytes, at, scope);
      }
      return bytes.length > end
        ? `byte ${end}: ${bytes.length - end} byte(s) more than are known`
        : undefined;
    },
    encode(data) {
      const paths = pathsIn(data);
      const contradicts = Object.keys(constants).some((key) => key in data && data[key] !== constants[key]);
      const written = contradicts ? undefined : writeFields(fields, data);
      if (written === undefined) return { bytes: [], left: paths };
      const said = new Set([...written.paths, ...Object.keys(constants)]);
      return { bytes: written.out, left: paths.filter((path) => !said.has(path)) };
    },
  };
}

/** @typedef {{ id: string, fields: PlacedField[], size: number, record: Channel['record'] }} ChannelCodec */

/** @type {(channel: ChannelCodec, bytes: Bytes, at: number, scope: Scope) => void} */
function readChannel({ fields, record }, bytes, at, scope) {
  if (record === undefined) {
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
    const written = writeFields(channel.fields, data);
    if (written === undefined || !written.paths.some((path) => left.has(path))) continue;
    for (const path of written.paths) left.delete(path);
    frames.set(channel, [...bytesOfHex(channel.id), ...written.out]);
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
    const written = channel.record?.list === list ? writeFields(channel.fields, record) : undefined;
    if (written?.paths.length === Object.keys(record).length) {
      return [...bytesOfHex(channel.id), ...written.out];
    }
  }
  return [];
}

/** @type {(layout: ChannelLayout) => LayoutCodec} */
function channelLayout({ channels: specs, replies = [] }) {
  const channels = specs.map(({ id, fields: list, record }) => {
    const fields = list.map(placedField);
    return { id, fields, size: endOf(fields), record };
  });
  const byKey = new Map(channels.map((channel) => [parseInt(channel.id, 16), channel]));
  const replyIds = new Set(replies.map((id) => parseInt(id, 16)));
  /** @type {LayoutCodec['decode']} */
  const decode = (bytes, scope) => {
    let at = 0;
    while (at < bytes.length) {
      const left = bytes.length - at - 2;
      if (left < 0) return cutOff(at, 'a channel', 2, 1);
      const id = byteAt(bytes, at);
      const channel = byKey.get((id << 8) | byteAt(bytes, at + 1));
      if (channel === undefined) {
        const name = `${hexByte(id)} ${hexByte(byteAt(bytes, at + 1))}`;
        if (!replyIds.has(id))
          return `byte ${at}: channel ${name} is not known, nor its length; reading ended`;
        warn(scope.notes, `byte ${at}: ${name} is the reply to a command; reading ended`);
        return undefined;
      }
      if (left < channel.size) {
        const keys = channel.fields.map(({ key }) => key).join(', ');
        return cutOff(at + 2, keys, channel.size, left);
      }
      readChannel(channel, bytes, at + 2, scope);
      at += 2 + channel.size;
    }
    return undefined;
  };
  const personal = channels.some(({ fields }) => fields.some((field) => field.personal));
  return { decode, encode: (data) => writeChannels(channels, data), personal };
}

/** @type {(layout: Layout) => LayoutCodec} */
export const layoutCodec = (layout) =>
  layout.kind === 'fixed' ? fixedLayout(layout) : channelLayout(layout);
