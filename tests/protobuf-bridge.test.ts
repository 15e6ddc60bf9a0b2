/** Gateways' statistics come by the same way as uplinks: over a real broker into the spool, then translated. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type RawMessage } from '#core';
import { Bridge, bridgeConfig, createTranslate } from '#gateway-bridge';
import { Mosquitto } from './services/mosquitto.ts';
import { eventually, missing } from './services/programs.ts';
import { Publisher } from './services/publisher.ts';

const [line = ''] = readFileSync(new URL('captured/gateway-stats.jsonl', import.meta.url), 'utf8').split(
  '\n',
);
const { topic, payloadBase64 }: { topic: string; payloadBase64: string } = JSON.parse(line);
const payload = Buffer.from(payloadBase64, 'base64');
const uplinkTopic = 'application/a/device/24e124707c123456/event/up';
const translate = createTranslate({ profileOf: () => undefined, placeOf: () => ({}) });

describe.skipIf(missing('mosquitto'))('a bridge and the statistics of gateways', () => {
  let mosquitto: Mosquitto;
  let publisher: Publisher;

  beforeAll(async () => {
    mosquitto = await Mosquitto.create();
    publisher = await Publisher.connect(mosquitto.url);
  });
  afterAll(async () => {
    await publisher.close();
    await mosquitto.remove();
  });

  /** What a bridge with these settings hands on of a gateway's events and one uplink, which comes last. */
  async function received(settings: Readonly<Record<string, string>>): Promise<RawMessage[]> {
    const got: RawMessage[] = [];
    const spool = { append: async (messages: readonly RawMessage[]) => void got.push(...messages) };
    const config = bridgeConfig.parse({ mqttUrl: mosquitto.url, ...settings });
    const bridge = new Bridge({ config, spool, registry: createMetrics(), log: createLogger('silent') });
    await bridge.start();
    await eventually(() => expect(bridge.health().status).toBe('ok'));
    // Both subscriptions leave together, so the second is in force when a first message has come by it.
    await eventually(async () => {
      await publisher.publish([
        { topic, payload },
        { topic: topic.replace('stats', 'up'), payload },
        { topic: uplinkTopic, payload: '{}' },
      ]);
      expect(got.length).toBeGreaterThanOrEqual(settings.mqttGatewayTopic === 'off' ? 1 : 2);
      expect(got.some((message) => message.topic === uplinkTopic)).toBe(true);
    });
    await bridge.stop();
    return got;
  }

  it('receives them beside the uplinks, and nothing else of gateways', async () => {
    const messages = await received({ mqttClientId: 'with-gateways' });
    expect(new Set(messages.map((message) => message.topic))).toEqual(new Set([topic, uplinkTopic]));
    const stats = messages.filter((message) => message.topic === topic);
    expect(stats.map((message) => translate(message).kind)).toEqual(stats.map(() => 'gateway-stats'));
  });

  it('leaves them out where they are switched off', async () => {
    const messages = await received({ mqttClientId: 'without-gateways', mqttGatewayTopic: 'off' });
    expect(new Set(messages.map((message) => message.topic))).toEqual(new Set([uplinkTopic]));
  });
});
