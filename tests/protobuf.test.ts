/** ChirpStack's events in protobuf are the same to us as in JSON: two captured runs of one scenario, side by side. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DeviceDirectory, DeviceEvent, RawMessage, Translation, Uplink } from '#core';
import { createTranslate } from '#gateway-bridge';
import { capturedMessages } from './services/captured.ts';

const capturedSchema = z.object({
  at: z.string(),
  step: z.string(),
  topic: z.string(),
  payloadBase64: z.base64(),
});

interface Captured {
  readonly step: string;
  readonly raw: RawMessage;
}

function captured(step: string, at: string, topic: string, payload: Buffer): Captured {
  return { step, raw: { receivedAtMs: Date.parse(at), broker: 'b', topic, payload } };
}

function protobufOf(file: string): Captured[] {
  const text = readFileSync(new URL(`captured/${file}`, import.meta.url), 'utf8');
  const lines = text.trim().split('\n');
  return lines.map((line) => {
    const { step, at, topic, payloadBase64 } = capturedSchema.parse(JSON.parse(line));
    return captured(step, at, topic, Buffer.from(payloadBase64, 'base64'));
  });
}

const isEvent = ({ raw }: Captured): boolean => raw.topic.includes('/event/');
const inProtobuf = protobufOf('application-protobuf.jsonl').filter(isEvent);
const statistics = protobufOf('gateway-stats.jsonl');
const inJson = capturedMessages()
  .map(({ step, at, topic, payload }) => captured(step, at, topic, Buffer.from(payload)))
  .filter(isEvent);

const directory: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };
const translate = createTranslate(directory);
const types = ['up', 'join', 'status', 'log', 'ack', 'txack'] as const;
const typeOf = ({ raw }: Captured): string => raw.topic.split('/').at(-1) ?? '';
const retyped = ({ raw }: Captured, type: string): RawMessage => ({
  ...raw,
  topic: raw.topic.replace(/[a-z]+$/, type),
});

function understood({ step, raw }: Captured): Uplink | DeviceEvent {
  const translated = translate(raw);
  if (translated.kind === 'uplink' || translated.kind === 'event') return translated;
  throw new Error(`${step}: ${JSON.stringify(translated)}`);
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** What each run has of its own; `msgid` and `recvTimeIso` are what ChirpStack's codecs say. */
const ofRun = new Set(['time', 'receivedAtMs', 'devAddr', 'dev_addr', 'downlink_id', 'msgid', 'recvTimeIso']);

/** What both runs must agree on: all but times and ids, and the order of gateways and of a log's context. */
function comparable(one: Captured): unknown {
  const text = JSON.stringify(understood(one), (name, value: unknown) => {
    if (ofRun.has(name)) return undefined;
    if (name === 'gateways' && Array.isArray(value))
      return value.map((gateway) => JSON.stringify(gateway)).sort();
    if (name === 'context') return Object.entries(JSON.parse(String(value))).sort();
    return value;
  });
  return JSON.parse(text.replaceAll(uuid, 'id'));
}

function keyOf(one: Captured): string {
  const translated = understood(one);
  if (translated.kind === 'event') return `${one.step} ${translated.type} ${translated.devEui}`;
  const { devEui, fCnt, fPort, data } = translated;
  return `${one.step} up ${devEui} ${fCnt} ${fPort} ${Buffer.from(data).toString('hex')}`;
}

const byKey = (all: readonly Captured[]) => new Map(all.map((one) => [keyOf(one), comparable(one)]));

describe('captured events in protobuf', () => {
  it('each become what their topic says, of the device their topic names', () => {
    expect(inProtobuf).toHaveLength(125);
    for (const one of inProtobuf) {
      const [, devEui, type] = /device\/(\w+)\/event\/(\w+)$/.exec(one.raw.topic) ?? [];
      const expected = type === 'up' ? { kind: 'uplink', devEui } : { kind: 'event', type, devEui };
      expect(understood(one), one.step).toMatchObject(expected);
    }
  });

  it('say the same as their twins in JSON, but for times and ids', () => {
    const protobuf = byKey(inProtobuf);
    const json = byKey(inJson);
    expect(json.size).toBe(inJson.length);
    for (const [key, translated] of json) expect(protobuf.get(key), key).toEqual(translated);
  });

  it('carry one that JSON could not: infinity becomes null', () => {
    const json = byKey(inJson);
    const alone = inProtobuf.filter((one) => !json.has(keyOf(one)));
    expect(alone.map(({ step }) => step)).toEqual(['g-codec-inf']);
    expect(alone.map(understood)).toMatchObject([{ object: { ok: 1, ratio: null } }]);
  });

  it('keep nanosecond times cut to milliseconds, and flag the one of 1980', () => {
    const [first] = inProtobuf.filter((one) => typeOf(one) === 'up').map(understood);
    expect(first).toMatchObject({ time: Date.parse('2026-11-22T00:08:40.316Z'), flags: [] });
    const wrong = inProtobuf.find(({ step }) => step === 'gw-gps-epoch-wrong-1970s');
    expect(wrong && understood(wrong)).toMatchObject({ flags: ['clock'] });
  });

  it('are never taken for another type of event', () => {
    for (const one of inProtobuf)
      for (const type of types.filter((other) => other !== typeOf(one)))
        expect(translate(retyped(one, type)), `${one.step} as ${type}`).toMatchObject({
          kind: 'dead-letter',
          code: 'protobuf_invalid',
        });
  });

  it('cut off at any length are a dead letter, or of their device with what came before the cut', () => {
    const one = inProtobuf.find((up) => typeOf(up) === 'up');
    if (!one) throw new Error('no captured uplink');
    const whole = understood(one);
    for (let length = 0; length < one.raw.payload.length; length++) {
      const cut = translate({ ...one.raw, payload: one.raw.payload.subarray(0, length) });
      if (cut.kind === 'uplink') expect(cut.devEui, `cut off at ${length}`).toBe(whole.devEui);
      else expect(cut, `cut off at ${length}`).toMatchObject({ code: 'protobuf_invalid' });
    }
  });
});

describe('statistics of gateways', () => {
  const stats = {
    kind: 'gateway-stats',
    gatewayId: '0016c001f1500001',
    time: Date.parse('2026-11-22T00:07:05Z'),
    receivedAtMs: Date.parse('2026-11-22T00:07:05.254Z'),
    flags: [],
    rxPacketsReceived: 10,
    rxPacketsReceivedOk: 9,
    txPacketsReceived: 1,
    txPacketsEmitted: 1,
    metadata: { concentratord_version: '4.4.0' },
  };
  const [one] = statistics;

  it('are read from protobuf', () => {
    expect(one && translate(one.raw)).toEqual(stats);
  });

  it('are read the same from JSON', () => {
    const payload = Buffer.from(
      JSON.stringify({
        gatewayId: stats.gatewayId,
        time: '2026-11-22T00:07:05Z',
        rxPacketsReceived: 10,
        rxPacketsReceivedOk: 9,
        txPacketsReceived: 1,
        txPacketsEmitted: 1,
        metadata: stats.metadata,
      }),
    );
    expect(one && translate({ ...one.raw, payload })).toEqual(stats);
  });

  it('of another gateway than the topic’s are a dead letter', () => {
    const topic = 'eu868/gateway/0016c001f1500002/event/stats';
    expect(one && translate({ ...one.raw, topic })).toMatchObject({ code: 'topic_mismatch' });
  });
});

describe('whatever comes', () => {
  const all = [...inProtobuf, ...statistics];
  const topics = [...types, 'stats'].map((type) =>
    type === 'stats'
      ? 'eu868/gateway/0016c001f1500001/event/stats'
      : `application/1/device/24e124707c123456/event/${type}`,
  );
  const raw = (topic: string, payload: Uint8Array): RawMessage => ({
    receivedAtMs: Date.parse('2026-11-22T00:09:00Z'),
    broker: 'b',
    topic,
    payload,
  });
  /** What ingest relies on of any translation. */
  const isSound = (translated: Translation): boolean =>
    translated.kind === 'dead-letter'
      ? translated.reason.length <= 2000 && translated.code !== 'translate_failed'
      : Number.isSafeInteger(translated.time) && JSON.stringify(translated).length > 0;

  it('of random bytes never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...topics), fc.uint8Array({ maxLength: 300 }), (topic, bytes) =>
        isSound(translate(raw(topic, bytes))),
      ),
      { numRuns: 10_000 },
    );
  });

  it('of captured bytes that were changed, cut, or put together anew never throws', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom(...all),
        (one, changes, cut, other) => {
          const bytes = Buffer.from(one.raw.payload);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          const mixed = Buffer.concat([bytes.subarray(0, cut % bytes.length), other.raw.payload]);
          return [bytes, mixed].every((payload) => isSound(translate({ ...one.raw, payload })));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('gives the same when it is read again, from a Buffer or any other bytes', () => {
    for (const { raw: message } of all) {
      const payload = Uint8Array.from(message.payload);
      expect(translate({ ...message, payload })).toEqual(translate(message));
    }
  });
});
