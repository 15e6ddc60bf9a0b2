/** Messages of every kind a broker may send, through the bridge on a real mosquitto. */
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type RawMessage, type Registry } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing } from '../services/programs.ts';
import { metric } from './memory.ts';

const topic = 'application/a/device/d/event/up';

describe.skipIf(missing('mosquitto'))('the bridge takes', () => {
  let mosquitto: Mosquitto;
  let publisher: MqttClient;
  let bridge: Bridge;
  let registry: Registry;
  let got: RawMessage[];
  const payloads = (): string[] => got.map(({ payload }) => Buffer.from(payload).toString());

  const started = async (): Promise<void> => {
    await bridge.start();
    await eventually(() => expect(bridge.health().status).toBe('ok'));
  };

  beforeEach(async () => {
    mosquitto = await Mosquitto.create();
    publisher = await connectAsync(mosquitto.url, { protocolVersion: 5 });
    got = [];
    registry = createMetrics();
    bridge = new Bridge({
      config: bridgeConfig.parse({ mqttUrl: mosquitto.url, mqttKeepaliveS: '1' }),
      spool: { append: async (messages) => void got.push(...messages) },
      registry,
      log: createLogger('silent'),
    });
  });
  afterEach(async () => {
    await publisher.endAsync();
    await bridge.stop();
    await mosquitto.remove();
  });

  it('messages at QoS 0, which nobody acknowledges, and stays connected over nothing else', async () => {
    await started();
    const sent: string[] = [];
    const untilMs = Date.now() + 4000;
    while (Date.now() < untilMs) {
      sent.push(String(sent.length));
      publisher.publish(topic, sent.at(-1) ?? '', { qos: 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // At QoS 0 nothing is sent again: a connection that had closed would have left a gap.
    await eventually(() => expect(payloads()).toEqual(sent));
    expect(await metric(registry, 'acknowledged')).toBe(0);
  });

  it('retained messages, empty ones, and those with properties', async () => {
    await publisher.publishAsync(topic, 'retained', { qos: 1, retain: true });
    await started();
    await eventually(() => expect(payloads()).toEqual(['retained']));
    await publisher.publishAsync(topic, '', { qos: 1 });
    const properties = { contentType: 'application/json', userProperties: { of: 'x'.repeat(300) } };
    await publisher.publishAsync(topic, 'with properties', { qos: 1, properties });
    await eventually(() => expect(payloads()).toEqual(['retained', '', 'with properties']));
    expect(got.every((message) => message.topic === topic)).toBe(true);
    await eventually(async () => expect(await metric(registry, 'acknowledged')).toBe(3));
  });

  it('the first MiB of a message of five', async () => {
    await started();
    await publisher.publishAsync(topic, Buffer.alloc(5_000_000, 'x'), { qos: 1 });
    await publisher.publishAsync(topic, 'next', { qos: 1 });
    await eventually(() => expect(got).toHaveLength(2));
    expect(Buffer.alloc(1_048_576, 'x').equals(got[0]?.payload ?? Buffer.alloc(0))).toBe(true);
    expect(payloads()[1]).toBe('next');
    await eventually(async () => expect(await metric(registry, 'acknowledged')).toBe(2));
  });
});
