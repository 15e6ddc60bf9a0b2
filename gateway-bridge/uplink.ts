import type { Json, ProfileFacts, RawMessage, Reading, ReadingFlag, Uplink } from '#core';
import type { DecodedReading, DecodeResult } from '#device-profiles';
import type { Up } from './event-schema.ts';
import { eventTime, isCredible } from './event-time.ts';
import { type Model, type Models, modelOf } from './profile.ts';

/** The part of an uplink that depends on what the payload means. */
interface Meaning {
  readonly profile?: ProfileFacts;
  readonly object?: Json;
  readonly readings: readonly Reading[];
  readonly warnings: readonly string[];
  readonly error?: NonNullable<Uplink['error']>;
  readonly archivePayload: boolean;
  readonly historyRejected: boolean;
}

/**
 * An `up` event as an uplink: never without its raw payload, whatever the model makes of it. At once where the model is
 * ours; where it is a stranger's, when the sandbox has answered.
 */
export function uplinkOf(event: Up, raw: RawMessage, models: Models): Uplink | Promise<Uplink> {
  const nsTimes = event.rxInfo.map(({ nsTime }) => nsTime);
  const when = { ...eventTime(event.time, nsTimes, raw.receivedAtMs), receivedAtMs: raw.receivedAtMs };
  const meaning = meaningOf(event, when, models);
  return meaning instanceof Promise
    ? meaning.then((known) => assembled(event, when, known))
    : assembled(event, when, meaning);
}

interface When {
  readonly time: number;
  readonly anchorMs: number;
  readonly receivedAtMs: number;
  readonly flags: readonly ReadingFlag[];
}

function assembled(event: Up, { time, receivedAtMs, flags }: When, known: Meaning): Uplink {
  const { historyRejected, ...meaning } = known;
  return {
    kind: 'uplink',
    deduplicationId: event.deduplicationId,
    devEui: event.deviceInfo.devEui,
    devAddr: event.devAddr,
    fCnt: event.fCnt,
    fPort: event.fPort,
    time,
    receivedAtMs,
    flags: historyRejected ? [...flags, 'history_rejected'] : flags,
    confirmed: event.confirmed,
    dataRate: event.dr,
    frequencyHz: event.txInfo?.frequency ?? 0,
    spreadingFactor: event.txInfo?.modulation?.lora?.spreadingFactor ?? 0,
    gateways: event.rxInfo.map(({ gatewayId, rssi, snr }) => ({ gatewayId, rssiDbm: rssi, snrDb: snr })),
    data: event.data,
    ...meaning,
  };
}

function meaningOf(event: Up, when: When, models: Models): Meaning | Promise<Meaning> {
  const model = modelOf(event.deviceInfo.devEui, when.time, event.deviceInfo, models);
  const theirs = event.object === undefined ? undefined : { object: event.object };
  const nothing = { readings: [], warnings: [], archivePayload: true, historyRejected: false, ...theirs };
  // MAC-only and empty frames say nothing but that the device is there.
  if (event.data.length === 0 || event.fPort === 0)
    return { ...nothing, ...(model && { profile: model.facts }) };
  if (!model) {
    const message = `no profile for device profile "${event.deviceInfo.deviceProfileName}"`;
    return { ...nothing, error: { code: 'profile_unknown', message } };
  }
  const { data: bytes, fPort } = event;
  const result = model.decode({ bytes, fPort, receivedAtMs: when.receivedAtMs });
  return result instanceof Promise
    ? result.then((decoded) => decodedMeaning(model, event, when, decoded))
    : decodedMeaning(model, event, when, result);
}

function decodedMeaning({ facts }: Model, event: Up, when: When, result: DecodeResult): Meaning {
  const failed = result.errors.length > 0;
  const credible = result.readings.filter((reading) => isTimely(reading, when.anchorMs));
  const rejected = new Set(
    result.readings.filter((reading) => !credible.includes(reading)).map(({ timeS }) => timeS),
  );
  return {
    profile: facts,
    ...objectOf(event, result),
    readings: credible.map((reading) => readingOf(reading, event.deviceInfo.devEui, when)),
    warnings: [
      ...result.warnings,
      ...[...rejected].map((timeS) => `history record of ${timeS} s cannot be, left out`),
    ],
    ...(failed && { error: { code: 'decode_failed', message: result.errors.join('; ') } }),
    archivePayload: result.archivePayload,
    historyRejected: rejected.size > 0,
  };
}

/** ChirpStack's `object` stands in where our decoding failed, but not where the payload may hold what is personal. */
function objectOf(event: Up, { errors, data, archivePayload }: DecodeResult): { object?: Json } {
  if (errors.length === 0) return { object: data };
  return archivePayload && event.object !== undefined ? { object: event.object } : {};
}

function isTimely({ timeS }: DecodedReading, anchorMs: number): boolean {
  return timeS === undefined || isCredible(timeS * 1000, anchorMs);
}

function readingOf({ timeS, flags = [], ...reading }: DecodedReading, device: string, when: When): Reading {
  const all = timeS === undefined ? [...when.flags, ...flags] : flags;
  return {
    device,
    time: timeS === undefined ? when.time : Math.round(timeS * 1000),
    ...reading,
    ...(all.length > 0 && { flags: all }),
  };
}
