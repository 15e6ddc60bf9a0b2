/**
 * Cayenne Low Power Payload: channel number, type, value, one after the other. Types of the specification (myDevices,
 * https://docs.mydevices.com/docs/lorawan/cayenne-lpp) and of its extension in use (IPSO numbers less 3200,
 * https://github.com/ElectronicCats/CayenneLPP). Values are big-endian, signed as two's complement.
 */
import { isPlausible, type Json, type ProfileFacts, type QuantityKey } from '#core';
import type { ModelNames } from './catalog.ts';
import type { DecodedReading, DecodeResult } from './decode.ts';

/** Reads `bytes` bytes as an integer and divides it; a division, because it alone gives the exact decimal. */
interface Part {
  readonly bytes: number;
  readonly signed?: true;
  readonly divisor?: number;
}

interface LppType {
  /** As ChirpStack's own Cayenne codec names it, where it knows the type. */
  readonly key: string;
  /** One value, or several by name. */
  readonly parts: Part | Readonly<Record<string, Part>>;
  readonly quantity?: QuantityKey;
  /** The quantity's unit, where it is another: the value × this. */
  readonly quantityFactor?: number;
}

const u8: Part = { bytes: 1 };
const u16: Part = { bytes: 2 };
const u32: Part = { bytes: 4 };
const i16 = (divisor: number): Part => ({ bytes: 2, signed: true, divisor });
const axes = (divisor: number) => ({ x: i16(divisor), y: i16(divisor), z: i16(divisor) });
const degrees: Part = { bytes: 3, signed: true, divisor: 10_000 };

const types: Readonly<Record<number, LppType>> = {
  0: { key: 'digitalInput', parts: u8 },
  1: { key: 'digitalOutput', parts: u8 },
  2: { key: 'analogInput', parts: i16(100) },
  3: { key: 'analogOutput', parts: i16(100) },
  100: { key: 'genericSensor', parts: u32 },
  101: { key: 'illuminanceSensor', parts: u16, quantity: 'light_illuminance' },
  102: { key: 'presenceSensor', parts: u8 },
  103: { key: 'temperatureSensor', parts: i16(10), quantity: 'air_temperature' },
  104: { key: 'humiditySensor', parts: { bytes: 1, divisor: 2 }, quantity: 'relative_humidity' },
  113: { key: 'accelerometer', parts: axes(1000) },
  115: { key: 'barometer', parts: { bytes: 2, divisor: 10 }, quantity: 'air_pressure' },
  116: { key: 'voltage', parts: { bytes: 2, divisor: 100 }, quantity: 'voltage' },
  117: { key: 'current', parts: { bytes: 2, divisor: 1000 }, quantity: 'current' },
  118: { key: 'frequency', parts: u32 },
  120: { key: 'percentage', parts: u8 },
  121: { key: 'altitude', parts: i16(1) },
  125: { key: 'concentration', parts: u16 },
  128: { key: 'power', parts: u16, quantity: 'active_power' },
  130: { key: 'distance', parts: { bytes: 4, divisor: 1000 }, quantity: 'distance', quantityFactor: 1000 },
  131: { key: 'energy', parts: { bytes: 4, divisor: 1000 }, quantity: 'active_energy' },
  132: { key: 'direction', parts: u16 },
  133: { key: 'unixTime', parts: u32 },
  134: { key: 'gyrometer', parts: axes(100) },
  135: { key: 'colour', parts: { red: u8, green: u8, blue: u8 } },
  136: {
    key: 'gpsLocation',
    parts: { latitude: degrees, longitude: degrees, altitude: { bytes: 3, signed: true, divisor: 100 } },
  },
  142: { key: 'switch', parts: u8 },
};

/** What the rest of the house needs to know of it; how often such a device sends, nobody says. */
export const cayenneFacts: ProfileFacts = Object.freeze({
  id: 'cayenne/lpp',
  theme: 'environment',
  rhythm: Object.freeze({}),
});

/**
 * Whether a network server's names say that the payload is Cayenne LPP: the tag `profile` is `cayenne/lpp`, or the tags
 * `vendor` and `model`, or the device-profile name begins with Cayenne LPP. Which codec ChirpStack runs, no event tells.
 */
export function isCayenne({ profileTag, vendorTag, modelTag, deviceProfileName }: ModelNames): boolean {
  if (profileTag) return profileTag.toLowerCase() === cayenneFacts.id;
  const names = [vendorTag && modelTag ? `${vendorTag} ${modelTag}` : '', deviceProfileName ?? ''];
  return names.some((name) => /^cayenne[^\p{L}\p{N}]*lpp(?![\p{L}\p{N}])/iu.test(name));
}

function isOne(parts: LppType['parts']): parts is Part {
  return typeof parts.bytes === 'number';
}

function sizeOf({ parts }: LppType): number {
  const all = isOne(parts) ? [parts] : Object.values(parts);
  return all.reduce((sum, { bytes }) => sum + bytes, 0);
}

function numberAt(view: DataView, at: number, { bytes, signed, divisor = 1 }: Part): number {
  let raw = 0;
  for (let i = 0; i < bytes; i += 1) raw = raw * 256 + view.getUint8(at + i);
  if (signed && raw >= 2 ** (8 * bytes - 1)) raw -= 2 ** (8 * bytes);
  return raw / divisor;
}

function valueAt(view: DataView, at: number, { parts }: LppType): number | Record<string, number> {
  if (isOne(parts)) return numberAt(view, at, parts);
  let offset = at;
  const values: Record<string, number> = {};
  for (const [name, part] of Object.entries(parts)) {
    values[name] = numberAt(view, offset, part);
    offset += part.bytes;
  }
  return values;
}

/** The type at an offset, or why nothing more can be read from there on. */
function typeAt(view: DataView, at: number): LppType | string {
  if (at + 2 > view.byteLength) return `byte ${at}: a channel without a type`;
  const code = view.getUint8(at + 1);
  const type = types[code];
  if (type === undefined) return `byte ${at + 1}: unknown type ${code}, the rest is not read`;
  const missing = at + 2 + sizeOf(type) - view.byteLength;
  return missing > 0 ? `byte ${at + 2}: ${type.key} lacks ${missing} of its ${sizeOf(type)} bytes` : type;
}

function readingOf({ quantity, quantityFactor = 1 }: LppType, channel: number, value: unknown) {
  if (quantity === undefined || typeof value !== 'number') return undefined;
  const inUnit = value * quantityFactor;
  const reading: DecodedReading = { quantity, value: inUnit, channel: `ch${channel}` };
  return isPlausible(quantity, inUnit) ? reading : { ...reading, flags: ['range'] as const };
}

/**
 * What a Cayenne LPP payload says. The data has ChirpStack's form (`{ temperatureSensor: { "3": 27.2 } }`), a reading's
 * channel is the payload's (`ch3`); of one that repeats the last counts. Never throws: reading stops with a warning at a
 * type nobody knows or a value that is cut off, and it is an error where nothing was read before.
 */
export function decodeCayenne(bytes: Uint8Array): DecodeResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Record<string, Record<string, Json>> = {};
  const readings = new Map<string, DecodedReading>();
  let at = 0;
  let problem: string | undefined;
  while (at < bytes.length) {
    const type = typeAt(view, at);
    if (typeof type === 'string') {
      problem = type;
      break;
    }
    const channel = view.getUint8(at);
    const value = valueAt(view, at + 2, type);
    data[type.key] = { ...data[type.key], [channel]: value };
    const reading = readingOf(type, channel, value);
    if (reading !== undefined) readings.set(`${type.key} ${channel}`, reading);
    at += 2 + sizeOf(type);
  }
  const problems = problem === undefined ? [] : [problem];
  const nothing = at === 0 && problems.length > 0;
  return {
    data,
    readings: [...readings.values()],
    warnings: nothing ? [] : problems,
    errors: nothing ? problems : [],
    archivePayload: true,
  };
}
