import type { Json, NamedModel, ProfileFacts, RawMessage, Reading, ReadingFlag, Uplink } from '#core';
import type { DecodedReading, DecodeResult } from '#device-profiles';
import type { Up } from './event-schema.ts';
import { eventTime, isCredible, type When } from './event-time.ts';
import { type Model, type Models, modelOf } from './profile.ts';

/** Of another time than this its anchor is worth telling: records are judged by it to the minute. */
const anchorApartMs = 1000;

/** What of an event its meaning depends on. */
export type Meant = Pick<Up, 'data' | 'fPort'> & {
  readonly object?: Json | undefined;
  readonly deviceInfo: NamedModel & { readonly devEui: string };
};

/** The part of an uplink that depends on what the payload means. */
export interface Meaning {
  readonly profile?: ProfileFacts;
  readonly object?: Json;
  readonly readings: readonly Reading[];
  readonly warnings: readonly string[];
  readonly error?: NonNullable<Uplink['error']>;
  readonly named?: NamedModel;
  readonly archivePayload: boolean;
  readonly historyRejected: boolean;
}

/**
 * An `up` event as an uplink: never without its raw payload, whatever the model makes of it. At once where the model is
 * ours; where it is a stranger's, when the sandbox has answered.
 */
export function uplinkOf(event: Up, raw: RawMessage, models: Models): Uplink | Promise<Uplink> {
  const when = eventTime(event.time, event.rxInfo, raw.receivedAtMs);
  const meaning = meaningOf(event, when, models);
  return meaning instanceof Promise
    ? meaning.then((known) => assembled(event, when, known))
    : assembled(event, when, meaning);
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Optional parts are set one by one: leaving them out by spreading costs more than all the rest. */
function assembled(event: Up, { time, anchorMs, receivedAtMs, flags }: When, known: Meaning): Uplink {
  const uplink: Writable<Uplink> = {
    kind: 'uplink',
    deduplicationId: event.deduplicationId,
    devEui: event.deviceInfo.devEui,
    devAddr: event.devAddr,
    fCnt: event.fCnt,
    fPort: event.fPort,
    time,
    receivedAtMs,
    flags: known.historyRejected ? [...flags, 'history_rejected'] : flags,
    confirmed: event.confirmed,
    dataRate: event.dr,
    frequencyHz: event.txInfo?.frequency ?? 0,
    spreadingFactor: event.txInfo?.modulation?.lora?.spreadingFactor ?? 0,
    gateways: event.rxInfo.map(({ gatewayId, rssi, snr }) => ({ gatewayId, rssiDbm: rssi, snrDb: snr })),
    data: event.data,
    readings: known.readings,
    warnings: known.warnings,
    archivePayload: known.archivePayload,
  };
  if (known.profile !== undefined) uplink.profile = known.profile;
  if (known.object !== undefined) uplink.object = known.object;
  if (known.error !== undefined) uplink.error = known.error;
  if (known.named !== undefined) uplink.named = known.named;
  if (Math.abs(anchorMs - time) > anchorApartMs) uplink.anchorMs = anchorMs;
  return uplink;
}

/** What a payload says, by the model of its device at that time. */
export function meaningOf(event: Meant, when: When, models: Models): Meaning | Promise<Meaning> {
  const model = modelOf(event.deviceInfo.devEui, when.time, event.deviceInfo, models);
  // MAC-only and empty frames say nothing but that the device is there.
  if (event.data.length === 0 || event.fPort === 0)
    return { ...undecoded(event), ...(model && { profile: model.facts }) };
  if (!model) {
    const message = `no profile for device profile "${event.deviceInfo.deviceProfileName}"`;
    const error = { code: 'profile_unknown', message } as const;
    return { ...undecoded(event), error, named: namedOf(event.deviceInfo) };
  }
  const { data: bytes, fPort } = event;
  const result = model.decode({ bytes, fPort, receivedAtMs: when.receivedAtMs });
  return result instanceof Promise
    ? result.then((decoded) => decodedMeaning(model, event, when, decoded))
    : decodedMeaning(model, event, when, result);
}

function undecoded({ object }: Meant): Meaning {
  const nothing = { readings: [], warnings: [], archivePayload: true, historyRejected: false };
  return object === undefined ? nothing : { ...nothing, object };
}

/** The tags that may name a model, and none of the many others there may be. */
function namedOf({ deviceProfileName, tags }: NamedModel): NamedModel {
  const naming = Object.entries(tags).filter(([tag]) => ['profile', 'vendor', 'model'].includes(tag));
  return { deviceProfileName, tags: Object.fromEntries(naming) };
}

function decodedMeaning({ facts }: Model, event: Meant, when: When, result: DecodeResult): Meaning {
  const { data, errors, archivePayload } = result;
  const { devEui } = event.deviceInfo;
  const rejected = rejectedTimes(result, when);
  const credible =
    rejected === undefined
      ? result.readings
      : result.readings.filter(({ timeS }) => timeS === undefined || !rejected.has(timeS));
  const readings = credible.map((reading) => readingOf(reading, devEui, when));
  if (rejected === undefined && errors.length === 0) {
    const { warnings } = result;
    return { profile: facts, object: data, readings, warnings, archivePayload, historyRejected: false };
  }
  const object = objectOf(event, result);
  const left = Array.from(rejected ?? [], (timeS) => `history record of ${timeS} s cannot be, left out`);
  return {
    profile: facts,
    ...(object !== undefined && { object }),
    readings,
    warnings: [...result.warnings, ...left],
    ...(errors.length > 0 && { error: { code: 'decode_failed', message: errors.join('; ') } }),
    archivePayload,
    historyRejected: rejected !== undefined,
  };
}

/** Of records from the device's memory, in Unix seconds, the times that cannot be; undefined where there are none. */
function rejectedTimes({ readings }: DecodeResult, { anchorMs }: When): Set<number> | undefined {
  let rejected: Set<number> | undefined;
  for (const { timeS } of readings) {
    if (timeS === undefined || isCredible(timeS * 1000, anchorMs)) continue;
    rejected ??= new Set();
    rejected.add(timeS);
  }
  return rejected;
}

/** ChirpStack's `object` stands in where our decoding failed, but not where the payload may hold what is personal. */
function objectOf(event: Meant, { errors, data, archivePayload }: DecodeResult): Json | undefined {
  if (errors.length === 0) return data;
  return archivePayload ? event.object : undefined;
}

/** Written out, field by field: three or four are made of each uplink. */
function readingOf(decoded: DecodedReading, device: string, when: When): Reading {
  const { quantity, value, channel, timeS } = decoded;
  const time = timeS === undefined ? when.time : Math.round(timeS * 1000);
  const flags = flagsOf(decoded, when);
  if (channel === undefined)
    return flags === undefined ? { device, time, quantity, value } : { device, time, quantity, value, flags };
  return flags === undefined
    ? { device, time, quantity, value, channel }
    : { device, time, quantity, value, channel, flags };
}

function flagsOf({ timeS, flags }: DecodedReading, when: When): readonly ReadingFlag[] | undefined {
  if (timeS !== undefined || when.flags.length === 0) return flags;
  return flags === undefined ? when.flags : [...when.flags, ...flags];
}
