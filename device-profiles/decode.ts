import {
  isPlausible,
  isValueOf,
  type Json,
  type QuantityKey,
  quantity as quantityOf,
  type ReadingFlag,
  type Value,
} from '#core';
import type { DeviceProfile } from './profile.ts';
import type { Data, EncodedFrame, Measured } from './table.ts';

/** A payload as it came over the air, decrypted. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly fPort: number;
}

/** A reading that does not yet know its device, nor, unless it comes from the device's memory, its time. */
export interface DecodedReading {
  readonly quantity: QuantityKey;
  readonly value: Value;
  readonly channel?: string;
  /** Unix seconds by the device's own clock: present exactly where the flag `history` is. */
  readonly timeS?: number;
  readonly flags?: readonly ReadingFlag[];
}

/** What a payload says. */
export interface DecodeResult {
  /** In the vendor's words, without what is personal. */
  readonly data: { readonly [key: string]: Json };
  readonly readings: readonly DecodedReading[];
  readonly warnings: readonly string[];
  /** Not empty only where nothing could be decoded. */
  readonly errors: readonly string[];
  /** False where the payload holds, or may hold, what is personal. */
  readonly archivePayload: boolean;
}

const rangeFlag: readonly ReadingFlag[] = Object.freeze(['range'] as const);
const historyFlag: readonly ReadingFlag[] = Object.freeze(['history'] as const);
const historyRangeFlags: readonly ReadingFlag[] = Object.freeze(['history', 'range'] as const);

function flagsOf(plausible: boolean, timeS: number | undefined): readonly ReadingFlag[] | undefined {
  if (timeS === undefined) return plausible ? undefined : rangeFlag;
  return plausible ? historyFlag : historyRangeFlags;
}

/** Values no such quantity can have, each quantity once; undefined where there are none. */
type Implausible = Map<QuantityKey, string> | undefined;

function withImplausible(implausible: Implausible, { quantity, value }: Measured): Implausible {
  if (implausible?.has(quantity)) return implausible;
  const { range, unit } = quantityOf(quantity);
  const text = `${quantity}: ${value} ${unit} is outside ${range?.join(' … ')}`;
  return (implausible ?? new Map<QuantityKey, string>()).set(quantity, text);
}

function readingOf(
  { quantity, channel, value }: Measured,
  timeS: number | undefined,
  plausible: boolean,
): DecodedReading {
  const flags = flagsOf(plausible, timeS);
  // Nearly all are of these two kinds; leaving out by spreading costs more than the decoding.
  if (timeS === undefined && flags === undefined)
    return channel === undefined ? { quantity, value } : { quantity, value, channel };
  return {
    quantity,
    value,
    ...(channel === undefined ? undefined : { channel }),
    ...(timeS === undefined ? undefined : { timeS }),
    ...(flags === undefined ? undefined : { flags }),
  };
}

/** Adds the readings of what was measured, now or at `timeS`; gives what is implausible, with what was before. */
function addReadings(
  readings: DecodedReading[],
  measured: readonly Measured[],
  timeS: number | undefined,
  before: Implausible,
): Implausible {
  let implausible = before;
  for (const one of measured) {
    if (!isValueOf(one.quantity, one.value)) continue;
    const plausible = isPlausible(one.quantity, one.value);
    if (!plausible) implausible = withImplausible(implausible, one);
    readings.push(readingOf(one, timeS, plausible));
  }
  return implausible;
}

/**
 * What a payload says, as data in the vendor's words and as readings. Never throws: a broken frame keeps the values
 * that were complete and warns with byte and reason; there is an error only where nothing could be decoded. A value
 * outside its quantity's plausible range keeps its place and gets the flag `range`.
 */
export function decode(profile: DeviceProfile, { bytes, fPort }: Frame): DecodeResult {
  const { data, measured, records, warnings, errors, personal } = profile.codec.decodeFrame(bytes, fPort);
  const readings: DecodedReading[] = [];
  let implausible = addReadings(readings, measured, undefined, undefined);
  for (const record of records)
    implausible = addReadings(readings, record.measured, record.timeS, implausible);
  return {
    data,
    readings,
    warnings: implausible === undefined ? warnings : [...warnings, ...implausible.values()],
    errors,
    archivePayload: !personal,
  };
}

/**
 * The payload with which the device says this data (keys and words as `decode` gives them). Without an fPort the first
 * that can say all of it is taken.
 * @throws {RangeError} naming the keys the device has no frame for, or whose values do not fit.
 */
export function encodeUplink(profile: DeviceProfile, data: Data, fPort?: number): Frame {
  const { errors, ...frame } = profile.codec.encodeFrame(data, fPort);
  if (errors.length > 0) throw new RangeError(`${profile.id}: ${errors.join('; ')}`);
  return { fPort: frame.fPort, bytes: Uint8Array.from(frame.bytes) };
}

/** The downlink payload that carries the commands (`{ report_interval: 10, reboot: 'yes' }`), or, in `errors`, why not. */
export function encodeDownlink(profile: DeviceProfile, input: Data): EncodedFrame {
  return profile.codec.encodeCommand(input);
}
