import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Emission, gatewayWords } from '#simulator';
import { missing } from '../services/programs.ts';
import { devEuiOf, gateways, startBench, startMs } from './bench.ts';
import { type PromptBroker, startBroker } from './broker.ts';
import { capturedFrames, shapeOf } from './frames.ts';

const upSchema = z.object({
  phyPayload: z.base64(),
  txInfo: z.object({
    frequency: z.number(),
    modulation: z.object({ lora: z.object({ bandwidth: z.number(), spreadingFactor: z.number() }) }),
  }),
  rxInfo: z.object({
    ...{ gatewayId: z.string(), uplinkId: z.number(), context: z.string() },
    ...{ rssi: z.number(), snr: z.number().default(0), channel: z.number().default(0), rfChain: z.number() },
  }),
});

/** What the captured gateway heard, in the words of our writer. */
function upEventOf(decoded: unknown) {
  const { phyPayload, txInfo, rxInfo } = upSchema.parse(decoded);
  const { bandwidth: bandwidthHz, spreadingFactor } = txInfo.modulation.lora;
  const { gatewayId, uplinkId, rssi: rssiDbm, snr: snrDb, channel, rfChain, context } = rxInfo;
  const uplink = {
    ...{ phy: Buffer.from(phyPayload, 'base64'), frequencyHz: txInfo.frequency, uplinkId, rssiDbm, snrDb },
    ...{
      modulation: { bandwidthHz, spreadingFactor },
      channel,
      rfChain,
      context: Buffer.from(context, 'base64'),
    },
  };
  return { kind: 'up', gatewayId, uplink } as const;
}

const isLora = ({ decoded }: { decoded: unknown }): boolean => upSchema.safeParse(decoded).success;
const hasClock = (payload: Buffer): boolean => {
  const rxInfo = gw.UplinkFrame.deserializeBinary(payload).getRxInfo();
  return rxInfo?.hasGwTime() === true || rxInfo?.hasTimeSinceGpsEpoch() === true;
};

describe('captured gateway messages, written again', () => {
  const plain = capturedFrames('/event/up').filter(
    (frame) => frame.encoding === 'protobuf' && isLora(frame) && !hasClock(frame.base64),
  );

  it('uplinks in protobuf are the same bytes', async () => {
    const { write } = await gatewayWords('protobuf');
    expect(plain.length).toBeGreaterThan(5);
    for (const { decoded, base64 } of plain)
      expect(again(gw.UplinkFrame, write(upEventOf(decoded)))).toBe(again(gw.UplinkFrame, base64));
  });

  it('an uplink in JSON is the same text', async () => {
    const { write } = await gatewayWords('json');
    const [frame] = capturedFrames('/event/up').filter(
      ({ encoding, decoded }) => encoding === 'json' && isLora({ decoded }),
    );
    expect(write(upEventOf(frame?.decoded)).toString()).toBe(frame?.base64.toString());
  });

  it('acknowledgements are the same bytes', async () => {
    const { write } = await gatewayWords('protobuf');
    const acks = capturedFrames('/event/ack');
    expect(acks.length).toBeGreaterThan(0);
    for (const { decoded, base64 } of acks) {
      const { downlinkId, gatewayId } = z
        .object({ downlinkId: z.number(), gatewayId: z.string() })
        .parse(decoded);
      const written = write({ kind: 'ack', gatewayId, downlinkId, statuses: ['OK'] });
      expect(again(gw.DownlinkTxAck, written)).toBe(again(gw.DownlinkTxAck, base64));
    }
  });

  it('statistics are the same bytes', async () => {
    const { write } = await gatewayWords('protobuf');
    const [frame] = capturedFrames('/event/stats');
    const { gatewayId, time } = z
      .object({ gatewayId: z.string(), time: z.object({ seconds: z.number() }) })
      .parse(frame?.decoded);
    const counts = { rxPackets: 10, rxPacketsOk: 9, txPackets: 1, txPacketsEmitted: 1 };
    const written = write({ kind: 'stats', gatewayId, timeMs: 1000 * time.seconds, counts });
    expect(again(gw.GatewayStats, written)).toBe(again(gw.GatewayStats, frame?.base64 ?? Buffer.alloc(0)));
  });
});

/** The order of fields and of the entries of a map is free in protobuf: read and written again by the same class. */
function again(
  type: { deserializeBinary(bytes: Uint8Array): { serializeBinary(): Uint8Array } },
  bytes: Buffer,
): string {
  const written = type.deserializeBinary(bytes).serializeBinary();
  expect(written.length).toBe(bytes.length);
  return Buffer.from(written).toString('hex');
}

describe('captured commands, read', () => {
  it.each(['protobuf', 'json'] as const)('say the same in %s', async (encoding) => {
    const { read } = await gatewayWords(encoding);
    const commands = capturedFrames('/command/down');
    expect(commands.length).toBeGreaterThan(5);
    for (const { decoded, base64 } of commands) {
      const command = downSchema.parse(decoded);
      const { downlinkId, items } = read(
        encoding === 'protobuf' ? base64 : Buffer.from(JSON.stringify(inJson(decoded))),
      );
      expect(downlinkId).toBe(command.downlinkId);
      expect(
        items.map(({ phy, frequencyHz, eirpDbm, modulation, timing, context }) => ({
          phyPayload: phy.toString('base64'),
          txInfo: {
            ...{ frequency: frequencyHz, power: eirpDbm, context: context.toString('base64') },
            modulation: {
              lora: { bandwidth: modulation.bandwidthHz, spreadingFactor: modulation.spreadingFactor },
            },
            timing:
              timing.kind === 'delay'
                ? { delay: { delay: { seconds: timing.delayMs / 1000 } } }
                : { [timing.kind]: {} },
          },
        })),
      ).toEqual(command.items);
    }
  });
});

const downSchema = z.object({
  downlinkId: z.number(),
  items: z.array(
    z.object({
      phyPayload: z.string(),
      txInfo: z.object({
        ...{ frequency: z.number(), power: z.number(), context: z.string() },
        modulation: z.object({ lora: z.object({ bandwidth: z.number(), spreadingFactor: z.number() }) }),
        timing: z.record(z.string(), z.object({ delay: z.object({ seconds: z.number() }).optional() })),
      }),
    }),
  ),
});

/** Durations as JSON has them: `"5s"`. */
function inJson(decoded: unknown): unknown {
  return JSON.parse(JSON.stringify(decoded), (key, value: unknown) => {
    const lasts = key === 'delay' ? z.object({ seconds: z.number() }).safeParse(value) : undefined;
    return lasts?.success ? `${lasts.data.seconds}s` : value;
  });
}

describe.skipIf(missing('mosquitto'))('simulated gateway messages', () => {
  const devices = 4;
  const emissions: Emission[] = Array.from({ length: 5 * devices }, (_, index) => ({
    ...{ timeMs: startMs + 100_000 + 9000 * index, devEui: devEuiOf(index % devices), fPort: 2 },
    ...{ bytes: Buffer.from([index]), confirmed: index % 2 === 0 },
  }));
  const said: { readonly kind: string; readonly payload: Buffer; readonly json: boolean }[] = [];
  let broker: PromptBroker;
  beforeAll(async () => {
    broker = await startBroker();
    // The server answers through the first gateway: once one that speaks protobuf, once the one that speaks JSON.
    for (const order of [gateways, gateways.toReversed()]) {
      const bench = await startBench({
        ...{ mqttUrl: broker.url, seed: 3, devices, radiusKm: 1.2, emissions, gateways: order },
        onMessage: (topic, payload) =>
          void said.push({ kind: topic.split('/').at(-1) ?? '', payload, json: payload[0] === 0x7b }),
      });
      await bench.run(330_000);
      await bench.close();
    }
  });
  afterAll(async () => {
    await broker?.remove();
  });

  const readers = {
    up: (payload: Buffer) => gw.UplinkFrame.deserializeBinary(payload).toObject(),
    stats: (payload: Buffer) => gw.GatewayStats.deserializeBinary(payload).toObject(),
    ack: (payload: Buffer) => gw.DownlinkTxAck.deserializeBinary(payload).toObject(),
  };

  it.each(['up', 'stats', 'ack'] as const)('%s: in protobuf the keys and types of captured ones', (kind) => {
    const shape = (payload: Buffer): string =>
      shapeOf(withoutZeros(readers[kind](payload)))
        .sort()
        .join('\n');
    const captured = new Set(
      capturedFrames(`/event/${kind}`).flatMap(({ encoding, base64 }) =>
        encoding === 'protobuf' ? [shape(base64)] : [],
      ),
    );
    const ours = said.filter((one) => one.kind === kind && !one.json);
    expect(ours.length).toBeGreaterThan(3);
    const strange = ours
      .map(({ payload }) => shape(payload))
      .filter((text) => !captured.has(text) && !isQuieter(text, captured));
    expect([...new Set(strange)]).toEqual([]);
  });

  it.each(['up', 'stats', 'ack'] as const)('%s: in JSON the keys and types of captured ones', (kind) => {
    const ours = said.filter((one) => one.kind === kind && one.json);
    expect(ours.length).toBeGreaterThan(3);
    const clock = /^rxInfo\.(gwTime|timeSinceGpsEpoch|fineTimeSinceGpsEpoch) string$/;
    const shapes = ours.map(({ payload }) =>
      shapeOf(JSON.parse(payload.toString()))
        .filter((line) => !clock.test(line))
        .sort()
        .join('\n'),
    );
    const frame = capturedFrames(`/event/${kind}`).find(
      ({ encoding, decoded }) => kind !== 'up' || (encoding === 'json' && isLora({ decoded })),
    );
    // Statistics and acknowledgements were captured in protobuf only: its JSON mapping has the same keys, and times as text.
    const expected = shapeOf(frame?.decoded).map((line) =>
      line.replace('time.seconds number', 'time string'),
    );
    expect([...new Set(shapes)]).toEqual([expected.sort().join('\n')]);
  });
});

/** Protobuf does not write what is zero: a gateway that heard nothing has fewer keys, never others. */
function isQuieter(shape: string, captured: ReadonlySet<string>): boolean {
  const counts = /PacketsReceived|PacketsEmitted|channel|rfChain|\.snr|nanos/;
  const lines = (text: string): string[] => text.split('\n').filter((line) => !counts.test(line));
  return [...captured].some((one) => lines(one).join('\n') === lines(shape).join('\n'));
}

const zeros: ReadonlySet<unknown> = new Set([undefined, 0, '', false]);

function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => !zeros.has(item));
  return Object.fromEntries(
    kept
      .filter(([, item]) => !(Array.isArray(item) && item.length === 0))
      .map(([key, item]) => [key, withoutZeros(item)]),
  );
}
