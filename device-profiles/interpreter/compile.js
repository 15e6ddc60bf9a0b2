/**
 * Decodes and encodes payloads by table (see table.ts for the words of one). Plain ES2020 that imports nothing but its
 * own files and uses nothing of a platform, because this very source is also embedded in the codecs exported for
 * ChirpStack's QuickJS. The table is turned into closures once; a frame then costs a map look-up per channel and a call
 * per field.
 *
 * @import { ChannelCommand, Codec, Command, Data, DecodedFrame, EncodedFrame, Field, FrameTable } from '../table.ts'
 * @import { LayoutCodec } from './layouts.js'
 * @import { Bytes, Notes, Scope, Values } from './values.js'
 */
import { channelLayout } from './channels.js';
import { endOf, floatBytes, placedField, writeFields } from './fields.js';
import { layoutCodec } from './layouts.js';
import { bytesOfHex, isObject, rawInteger } from './values.js';

/** @type {(layout: LayoutCodec, bytes: Bytes) => DecodedFrame} */
function decodeLayout(layout, bytes) {
  /** @type {Notes} */
  const notes = { warnings: [], personal: false };
  /** @type {Scope} */
  const scope = { data: {}, measured: [], records: [], notes };
  const problem = layout.decode(bytes, scope);
  const errors = [];
  if (problem !== undefined) {
    // What was not understood may well be the personal part.
    if (bytes.length >= layout.personalFrom) notes.personal = true;
    if (Object.keys(scope.data).length === 0) errors.push(problem);
    else notes.warnings.push(problem);
  }
  const { measured, records } = scope;
  const { warnings, personal } = notes;
  return { data: /** @type {Data} */ (scope.data), measured, records, warnings, errors, personal };
}

/** @type {(specs: readonly Field[], name: string, value: unknown) => { bytes: number[] } | { error: string }} */
function fieldBytes(specs, name, value) {
  const fields = specs.map(placedField);
  const asked = isObject(value) ? value : {};
  const { out = [], paths = [] } = writeFields(fields, asked) ?? {};
  if (paths.length === 0 || paths.length < Object.keys(asked).length) {
    const keys = fields.map(({ key, needed }) => (needed ? key : `${key} (optional)`)).join(', ');
    return { error: `${name}: must be an object of ${keys}, with values that fit` };
  }
  while (out.length < endOf(fields)) out.push(0);
  return { bytes: out };
}

/** @typedef {{ bytes: number[], fPort?: number } | { error: string }} Made a command's bytes, and where they go if not where others do */

/** @type {(command: ChannelCommand, name: string, value: unknown) => Made} */
function channelBytes({ fPorts: [min, max], channels }, name, value) {
  const { fPort, ...values } = isObject(value) ? value : {};
  const { bytes, left } = channelLayout({ kind: 'channels', channels }).encode(values);
  const isPort = typeof fPort === 'number' && Number.isInteger(fPort) && fPort >= min && fPort <= max;
  if (isPort && bytes.length > 0 && left.length === 0) return { bytes, fPort };
  const keys = channels.flatMap(({ fields }) => fields.map(({ key }) => key)).join(', ');
  return {
    error: `${name}: must be an object of fPort (${min} to ${max}) and some of ${keys}, with values that fit`,
  };
}

/** @type {(command: Command, name: string, value: unknown) => Made} */
function commandBytes(command, name, value) {
  if ('bytes' in command) {
    return value === 'yes' ? { bytes: bytesOfHex(command.bytes) } : { error: `${name}: must be "yes"` };
  }
  if ('choices' in command) {
    const chosen = Object.entries(command.choices).find(([word]) => word === value);
    if (chosen !== undefined) return { bytes: bytesOfHex(chosen[1]) };
    return { error: `${name}: must be one of ${Object.keys(command.choices).join(', ')}` };
  }
  if ('channels' in command) return channelBytes(command, name, value);
  if ('fields' in command) {
    const made = fieldBytes(command.fields, name, value);
    return 'error' in made ? made : { bytes: [...bytesOfHex(command.prefix), ...made.bytes] };
  }
  const { prefix, raw, min, max, suffix = '' } = command;
  const isFloat = raw === 'f32le';
  if (typeof value !== 'number' || !(isFloat || Number.isInteger(value)) || !(value >= min && value <= max)) {
    return { error: `${name}: must be a ${isFloat ? '' : 'whole '}number from ${min} to ${max}` };
  }
  const bytes = bytesOfHex(prefix);
  if (isFloat) bytes.push(...floatBytes(value));
  else rawInteger({ raw }).write(bytes, bytes.length, value);
  return { bytes: [...bytes, ...bytesOfHex(suffix)] };
}

/**
 * `{ command: 'set period', parameter: 60 }` as `{ 'set period': 60 }`; without a parameter it is a "yes".
 * @type {(input: Values) => Values}
 */
function byCommandName({ command, parameter = 'yes', ...others }) {
  return command === undefined ? others : { ...others, [String(command)]: parameter };
}

/**
 * CRC-16/MODBUS (polynomial 0xA001 reflected, from 0xFFFF), high byte first.
 * @type {(bytes: readonly number[]) => number[]}
 */
function crc16Modbus(bytes) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0xa001;
  }
  return [crc >> 8, crc & 0xff];
}

/** @type {(commands: FrameTable['commands'], input: Values) => EncodedFrame} */
function encodeCommands(commands, input) {
  if (commands === undefined) return { fPort: 0, bytes: [], errors: ['this device takes no commands'] };
  const { fPort, byName, oneAtATime = false, checksum, allAtOnce } = commands;
  if (allAtOnce !== undefined) {
    const made = fieldBytes(allAtOnce, 'the settings', input);
    return 'error' in made
      ? { fPort, bytes: [], errors: [made.error] }
      : { fPort, bytes: made.bytes, errors: [] };
  }
  const asked = oneAtATime ? byCommandName(input) : input;
  const names = Object.keys(byName);
  const errors = Object.keys(asked)
    .filter((name) => !names.includes(name))
    .map((name) => `${name}: no such command; there are ${names.join(', ')}`);
  if (oneAtATime && Object.keys(asked).length > 1) errors.push('one command at a time');
  const bytes = [];
  let port = fPort;
  for (const [name, command] of Object.entries(byName)) {
    if (!(name in asked)) continue;
    const made = commandBytes(command, name, asked[name]);
    if ('error' in made) errors.push(made.error);
    else bytes.push(...made.bytes);
    if (!('fPort' in made) || made.fPort === undefined) continue;
    port = made.fPort;
    if (Object.keys(asked).length > 1) errors.push(`${name}: goes to an fPort of its own, and so alone`);
  }
  if (errors.length === 0 && bytes.length === 0) errors.push(`no command; there are ${names.join(', ')}`);
  if (checksum === 'crc16-modbus') bytes.push(...crc16Modbus(bytes));
  return { fPort: errors.length === 0 ? port : fPort, bytes: errors.length === 0 ? bytes : [], errors };
}

/**
 * Makes a table ready to run.
 * @param {FrameTable} table
 * @returns {Codec}
 */
export function compile(table) {
  const layouts = new Map(
    Object.entries(table.ports).map(([port, layout]) => [Number(port), layoutCodec(layout)]),
  );
  const ownPorts = [...layouts.keys()];
  for (const [port, same] of Object.entries(table.samePorts ?? {})) {
    const layout = layouts.get(same);
    if (layout !== undefined) layouts.set(Number(port), layout);
  }
  const anyPort = table.anyPortAs === undefined ? undefined : layouts.get(table.anyPortAs);
  const nothing = { data: {}, measured: [], records: [], warnings: [], errors: [], personal: false };
  return {
    decodeFrame(bytes, fPort) {
      if (bytes.length === 0) return { ...nothing, warnings: ['the payload is empty'] };
      const layout = layouts.get(fPort) ?? anyPort;
      if (layout !== undefined) return decodeLayout(layout, bytes);
      return { ...nothing, errors: [`fPort ${fPort} is not known of this device`] };
    },
    encodeFrame(data, fPort) {
      let left = Object.keys(data);
      for (const port of fPort === undefined ? ownPorts : [fPort]) {
        const attempt = (layouts.get(port) ?? anyPort)?.encode(data);
        if (attempt?.left.length === 0 && attempt.bytes.length > 0) {
          return { fPort: port, bytes: attempt.bytes, errors: [] };
        }
        if (attempt !== undefined && attempt.left.length < left.length) left = attempt.left;
      }
      return { fPort: fPort ?? 0, bytes: [], errors: [`no frame of this device says ${left.join(', ')}`] };
    },
    encodeCommand: (input) => encodeCommands(table.commands, input),
  };
}
