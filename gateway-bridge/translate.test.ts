import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceDirectory, RawMessage, Translation } from '#core';
import { createTranslate } from './translate.ts';

interface Captured {
  readonly at: string;
  readonly step: string;
  readonly topic: string;
  readonly payload: string;
}

const captured: readonly Captured[] = readFileSync(
  path.join(process.cwd(), 'tests/captured/application-json.jsonl'),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const events = captured.filter(({ topic }) => topic.includes('/event/'));

const directory: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };
const translate = createTranslate(directory);

const am307 = '24e124707c123456';
const topicOf = (type: string, devEui = am307): string => `application/1/device/${devEui}/event/${type}`;

function raw(payload: string | Uint8Array, topic = topicOf('up')): RawMessage {
  return {
    receivedAtMs: Date.parse('2026-11-22T00:07:06.7Z'),
    broker: 'b',
    topic,
    payload: Buffer.from(payload),
  };
}

const rawOf = ({ topic, payload }: Captured): RawMessage => raw(payload, topic);

function capturedUp(step: string): Captured & { event: Record<string, unknown> } {
  const found = events.find((one) => one.step === step && one.topic.endsWith('/up'));
  if (!found) throw new Error(`no captured uplink of step ${step}`);
  return { ...found, event: JSON.parse(found.payload) };
}

const first = capturedUp('b-otaa-first-uplink');

function codeOf(translation: Translation): string {
  return translation.kind === 'dead-letter' ? translation.code : `no dead letter: ${translation.kind}`;
}

function reasonOf(translation: Translation): string {
  return translation.kind === 'dead-letter' ? translation.reason : '';
}

describe('captured events', () => {
  it('each become what their topic says, of the device their topic names', () => {
    for (const one of events) {
      const [, devEui, type] = /device\/(\w+)\/event\/(\w+)$/.exec(one.topic) ?? [];
      const expected = type === 'up' ? { kind: 'uplink', devEui } : { kind: 'event', type, devEui };
      expect(translate(rawOf(one)), one.step).toMatchObject(expected);
    }
  });

  it('keep what identifies an uplink and its radio facts', () => {
    expect(translate(rawOf(first))).toMatchObject({
      kind: 'uplink',
      deduplicationId: '0d6ebeeb-cb02-4b5b-b2d9-464be77f1e82',
      devEui: am307,
      devAddr: '007e5f43',
      fCnt: 0,
      fPort: 85,
      time: Date.parse('2026-11-22T00:07:06.688Z'),
      receivedAtMs: Date.parse('2026-11-22T00:07:06.7Z'),
      flags: [],
      confirmed: false,
      dataRate: 5,
      frequencyHz: 868_100_000,
      spreadingFactor: 7,
      gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -67, snrDb: 9.2 }],
      data: Buffer.from('AXVkA2fuAARofAUAAQbLAgd9qAMIfSUACXNmJw==', 'base64'),
    });
  });

  it('of commands are no events', () => {
    for (const one of captured.filter(({ topic }) => topic.endsWith('/command/down')))
      expect(codeOf(translate(rawOf(one)))).toBe('topic_unknown');
  });
});

describe('a dead letter', () => {
  it('keeps the message as it came', () => {
    const message = raw('{');
    expect(translate(message)).toMatchObject({ kind: 'dead-letter', raw: message });
  });

  it.each([
    ['nothing', '', 'deviceInfo is missing'],
    ['words', 'hello', 'field 13'],
    ['an array', '[{}]', 'field 11'],
    ['a number', '42', 'field 6'],
    ['null', 'null', 'field 13'],
    ['an event of protobuf cut off', Buffer.from('0a2438b4c1', 'hex'), 'index out of range'],
  ])('that is no JSON object is what becomes of %s', (_, payload, reason) => {
    const letter = translate(raw(payload));
    expect([codeOf(letter), reasonOf(letter)]).toEqual([
      'protobuf_invalid',
      expect.stringMatching(`neither a JSON object nor a protobuf message of type up: .*${reason}`),
    ]);
  });

  it('is what becomes of a captured event cut off at any length', () => {
    for (let length = 0; length < first.payload.length; length++) {
      const code = codeOf(translate(raw(first.payload.slice(0, length), first.topic)));
      expect(code, `cut off at ${length}`).toBe(length === 0 ? 'protobuf_invalid' : 'json_invalid');
    }
  });

  it('is what becomes of more than 256 KiB, however valid', () => {
    const padded = (bytes: number) => raw(first.payload.padEnd(bytes), first.topic);
    expect(translate(padded(262_144)).kind).toBe('uplink');
    expect(codeOf(translate(padded(262_145)))).toBe('payload_too_large');
    expect(reasonOf(translate(padded(300_000)))).toContain('300000 bytes');
  });

  it.each([
    '',
    'application/1/device/24E124707C123456/event/up',
    'application/1/device/24e124707c12345/event/up',
    'application/1/device/24e124707c123456/event/up/more',
    'application/1/device/24e124707c123456/event/',
    'application//device/24e124707c123456/event/up',
    'stadt/application/1/device/24e124707c123456/event/up',
    'eu868/gateway/0016c001f1500001/event/up',
    'eu868/gateway/0016c001f1500001/state/conn',
    'eu868/gateway/0016C001F1500001/event/stats',
  ])('is what becomes of the topic "%s"', (topic) => {
    expect(codeOf(translate(raw(first.payload, topic)))).toBe('topic_unknown');
  });

  it('names an event type we do not know', () => {
    const letter = translate(raw(first.payload, topicOf('integration')));
    expect([codeOf(letter), reasonOf(letter)]).toEqual([
      'event_unknown',
      expect.stringContaining('integration'),
    ]);
  });

  it('names both devices where topic and event differ', () => {
    const letter = translate(raw(first.payload, topicOf('up', '0000000000000001')));
    expect(codeOf(letter)).toBe('topic_mismatch');
    expect(reasonOf(letter)).toMatch(/0000000000000001.*24e124707c123456/);
  });

  it.each(['time', 'deviceInfo', 'deduplicationId', 'devAddr', 'fCnt', 'fPort', 'rxInfo'])(
    'names the missing field %s',
    (field) => {
      const { [field]: _, ...rest } = first.event;
      const letter = translate(raw(JSON.stringify(rest)));
      expect([codeOf(letter), reasonOf(letter)]).toEqual(['event_invalid', expect.stringContaining(field)]);
    },
  );

  it.each([
    ['time', 1_795_000_000],
    ['deviceInfo', { devEui: '24E124707C123456' }],
    ['fCnt', -1],
    ['fCnt', '7'],
    ['fPort', 256],
    ['data', 'no base64!'],
    ['rxInfo', [{ gatewayId: 7 }]],
    ['confirmed', null],
  ])('names the field %s where it holds %j', (field, value) => {
    const letter = translate(raw(JSON.stringify({ ...first.event, [field]: value })));
    expect([codeOf(letter), reasonOf(letter)]).toEqual(['event_invalid', expect.stringContaining(field)]);
  });
});

describe('JSON', () => {
  it('is JSON after spaces too', () => {
    expect(translate(raw(`\r\n\t ${first.payload}`))).toEqual(translate(raw(first.payload)));
  });

  it('is not what begins with a newline and no brace', () => {
    expect(codeOf(translate(raw(Buffer.from('0a0c0887e588d80610d99a9ded01', 'hex'))))).toBe(
      'protobuf_invalid',
    );
  });
});

describe('fields that a newer ChirpStack adds', () => {
  it('change nothing', () => {
    const extended = { ...first.event, regionConfigId: 7, relayRxInfo: { new: [1] }, future: null };
    expect(translate(raw(JSON.stringify(extended)))).toEqual(translate(raw(first.payload)));
  });
});

describe('whatever comes', () => {
  const neverThrowsAndRepeats = (message: RawMessage): void => {
    expect(translate(message)).toEqual(translate(message));
  };
  const type = fc.constantFrom('up', 'join', 'status', 'log', 'ack', 'txack');

  it('of bytes gives a dead letter, twice the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), type, (bytes, name) => {
        neverThrowsAndRepeats(raw(bytes, topicOf(name)));
        expect(translate(raw(bytes, topicOf(name))).kind).toBe('dead-letter');
      }),
    );
  });

  it('of JSON never throws, and gives twice the same', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), type, (json, name) =>
        neverThrowsAndRepeats(raw(json, topicOf(name))),
      ),
    );
  });

  it('of topics never throws', () => {
    fc.assert(fc.property(fc.string(), (topic) => neverThrowsAndRepeats(raw(first.payload, topic))));
  });

  it('of changed bytes in captured events never throws, and gives twice the same', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...events),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        (one, changes) => {
          const bytes = Buffer.from(one.payload);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          neverThrowsAndRepeats(raw(bytes, one.topic));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('of changed fields in captured events never throws, and gives twice the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...events), fc.nat(), fc.jsonValue(), (one, place, value) => {
        const event: Record<string, unknown> = JSON.parse(one.payload);
        const keys = Object.keys(event);
        event[keys[place % keys.length] ?? ''] = value;
        neverThrowsAndRepeats(raw(JSON.stringify(event), one.topic));
      }),
      { numRuns: 1000 },
    );
  });
});
