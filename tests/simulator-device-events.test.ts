/** Simulated join, status, ack, txack and log events against every captured one, in JSON and in protobuf. */
import { readFileSync } from 'node:fs';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { describe, expect, it } from 'vitest';
import { type DeviceEventOptions, deviceEventWriter } from '#simulator';
import { capturedEvents, flattened } from './captured/events.ts';

const kinds = ['join', 'status', 'ack', 'txack', 'log'] as const;
type Kind = (typeof kinds)[number];

const kindOf = (topic: string): Kind => {
  const kind = kinds.find((one) => topic.endsWith(`/event/${one}`));
  if (kind === undefined) throw new Error(`${topic} is of no kind`);
  return kind;
};

/** What is read of any of them in JSON; which keys there are depends on the kind. */
interface CapturedEvent {
  readonly deduplicationId: string;
  readonly time: string;
  readonly deviceInfo: Readonly<
    Record<'applicationId' | 'devEui' | 'deviceName' | 'deviceProfileName' | 'deviceClassEnabled', string>
  > & { readonly tags: Readonly<Record<string, string>> };
  readonly devAddr: string;
  readonly margin: number;
  readonly externalPowerSource: boolean;
  readonly batteryLevelUnavailable: boolean;
  readonly batteryLevel: number;
  readonly queueItemId: string;
  readonly acknowledged: boolean;
  readonly fCntDown: number;
  readonly downlinkId: number;
  readonly gatewayId: string;
  readonly txInfo: {
    readonly frequency: number;
    readonly power: number;
    readonly modulation: { readonly lora: { readonly spreadingFactor: number } };
    readonly timing: { readonly delay?: { readonly delay: string } };
  };
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly code: Extract<DeviceEventOptions, { kind: 'log' }>['code'];
  readonly description: string;
  readonly context: Readonly<Record<string, string>>;
}

function ownPart(kind: Kind, event: CapturedEvent) {
  const { deduplicationId, queueItemId, fCntDown } = event;
  switch (kind) {
    case 'join':
      return { kind, deduplicationId, devAddr: event.devAddr };
    case 'status': {
      const known = event.batteryLevelUnavailable ? ('unavailable' as const) : event.batteryLevel;
      const battery = event.externalPowerSource ? ('external' as const) : known;
      return { kind, deduplicationId, marginDb: event.margin, battery };
    }
    case 'ack':
      return { kind, deduplicationId, queueItemId, fCntDown, acknowledged: event.acknowledged };
    case 'txack': {
      const { downlinkId, gatewayId, txInfo } = event;
      const { frequency: frequencyHz, power: powerDbm, modulation, timing } = txInfo;
      const sent = { frequencyHz, powerDbm, spreadingFactor: modulation.lora.spreadingFactor };
      const delayS = timing.delay && Number.parseInt(timing.delay.delay, 10);
      const late = delayS === undefined ? {} : { delayS };
      return { kind, downlinkId, queueItemId, fCntDown, gatewayId, ...sent, ...late };
    }
    case 'log': {
      const { level, code, description, context } = event;
      return { kind, level, code, description, context };
    }
  }
}

function optionsOf(kind: Kind, event: CapturedEvent): DeviceEventOptions {
  const { applicationId, devEui, deviceName, deviceProfileName, tags, deviceClassEnabled } = event.deviceInfo;
  return {
    ...{ applicationId, devEui, deviceName, deviceProfileName, tags },
    timeMs: Date.parse(event.time),
    deviceClass: deviceClassEnabled === 'CLASS_C' ? 'C' : 'A',
    ...ownPart(kind, event),
  };
}

describe('an event beside up, in JSON', async () => {
  const write = await deviceEventWriter('json');
  const captured = capturedEvents(...kinds);

  it.each(kinds)('has captured events to be compared with: %s', (kind) =>
    expect(captured.filter(({ topic }) => kindOf(topic) === kind).length).toBeGreaterThan(1),
  );

  it.each(captured)('says what the network server said: $step', ({ topic, payload }) => {
    const made = write(optionsOf(kindOf(topic), JSON.parse(payload) as CapturedEvent));
    expect(made.topic).toBe(topic);
    expect(flattened(JSON.parse(made.payload.toString()))).toEqual(flattened(JSON.parse(payload)));
  });

  it('writes a battery level with as many digits as the network server', () => {
    const event = captured.find(({ step }) => step === 'k-devstatus-answer');
    if (event === undefined) throw new Error('the answered status has not been captured');
    // DevStatusAns said 200 of 254.
    const answer = { ...(JSON.parse(event.payload) as CapturedEvent), batteryLevel: (100 * 200) / 254 };
    const { payload } = write(optionsOf('status', answer));
    expect(payload.toString()).toContain('"batteryLevel":78.74016}');
  });
});

const classes = {
  join: integration.JoinEvent,
  status: integration.StatusEvent,
  ack: integration.AckEvent,
  txack: integration.TxAckEvent,
  log: integration.LogEvent,
} as const;
const read = (kind: Kind, bytes: Uint8Array) => classes[kind].deserializeBinary(bytes);

const inProtobuf = readFileSync(new URL('captured/application-protobuf.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { step: string; topic: string; payloadBase64: string })
  .filter(({ topic }) => kinds.some((kind) => topic.endsWith(`/event/${kind}`)))
  .map(({ step, topic, payloadBase64 }) => ({ step, topic, bytes: Buffer.from(payloadBase64, 'base64') }));

/** Values of the run they were captured in, and of an installation: only their types are compared. */
const ofTheRun = new Set(
  'deduplicationId time devAddr downlinkId queueItemId context tenantId tenantName applicationId applicationName deviceProfileId'.split(
    ' ',
  ),
);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a class has read as a list of `place: value`; what is not there is `undefined`. */
function fieldsOf(value: unknown, place = '', key = ''): string[] {
  if (key === 'time' && typeof value === 'object') return [`${place}: ${Object.keys(value ?? {})}`];
  if (ofTheRun.has(key) && typeof value !== 'object') return [`${place}: ${typeof value}`];
  if (typeof value === 'string' && uuid.test(value)) return [`${place}: UUID`];
  if (typeof value !== 'object' || value === null) return [`${place}: ${value}`];
  const entries = key.endsWith('Map') ? (value as [string, unknown][]) : Object.entries(value);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [place, ...sorted.flatMap(([name, each]) => fieldsOf(each, `${place}/${name}`, name))];
}

describe('an event beside up, in protobuf', async () => {
  const write = await deviceEventWriter('protobuf');
  const inJson = capturedEvents(...kinds);
  // Both were captured in runs of one scenario: the n-th event of a kind in a step is the same one.
  const nth = (topic: string, step: string, among: readonly { step: string; topic: string }[]) =>
    among.filter((one) => one.step === step && kindOf(one.topic) === kindOf(topic));
  const pairs = inProtobuf.map((event) => {
    const index = nth(event.topic, event.step, inProtobuf).indexOf(event);
    const twin = nth(event.topic, event.step, inJson)[index];
    return { ...event, twin: inJson.find((one) => one === twin) };
  });

  it('has as many captured events as JSON', () => expect(inProtobuf.length).toBe(inJson.length));

  it.each(pairs)(
    'has the fields the network server wrote, and no others: $step',
    ({ topic, bytes, twin }) => {
      const kind = kindOf(topic);
      if (twin === undefined) throw new Error(`${topic} was captured in protobuf only`);
      const made = write(optionsOf(kind, JSON.parse(twin.payload) as CapturedEvent));
      expect(fieldsOf(read(kind, made.payload).toObject())).toEqual(fieldsOf(read(kind, bytes).toObject()));
      // Written again by the classes it is as long: no field was there that they do not know, and none twice.
      expect(read(kind, bytes).serializeBinary().length).toBe(bytes.length);
    },
  );
});
