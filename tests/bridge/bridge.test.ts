import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type Registry } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';
import { Memory, metric } from './memory.ts';

const topic = (index: number): string => `application/a/device/d${index}/event/up`;

function* numbered(from: number, to: number): Generator<{ topic: string; payload: string }> {
  for (let index = from; index < to; index++) yield { topic: topic(index % 100), payload: String(index) };
}

describe.skipIf(missing('mosquitto'))('the bridge on a real mosquitto', () => {
  let mosquitto: Mosquitto;
  let publisher: Publisher;
  let spool: Memory;
  let registry: Registry;
  let bridge: Bridge;

  const newBridge = (unackedMax: number, keepaliveS = 30): Bridge => {
    registry = createMetrics();
    const config = bridgeConfig.parse({
      mqttUrl: mosquitto.url,
      mqttUnackedMax: String(unackedMax),
      mqttKeepaliveS: String(keepaliveS),
    });
    return new Bridge({ config, spool, registry, log: createLogger('silent') });
  };
  const started = async (unackedMax = 1000, keepaliveS = 30): Promise<void> => {
    bridge = newBridge(unackedMax, keepaliveS);
    await bridge.start();
    await eventually(() => expect(bridge.health().status).toBe('ok'));
  };

  beforeEach(async () => {
    mosquitto = await Mosquitto.create({ persistence: true });
    publisher = await Publisher.connect(mosquitto.url);
    spool = new Memory();
  });
  afterEach(async () => {
    await publisher.close();
    await bridge.stop();
    await mosquitto.remove();
  });

  it('takes and acknowledges every message once', async () => {
    await started();
    await publisher.publish(numbered(0, 5000));
    await eventually(() => expect(spool.got).toHaveLength(5000));
    expect(spool.distinct).toBe(5000);
    await eventually(async () => expect(await metric(registry, 'acknowledged')).toBe(5000));
    await bridge.stop();
    await started();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(spool.got).toHaveLength(5000);
  });

  it('acknowledges nothing that is not durable: the next bridge gets it again', async () => {
    spool.full = true;
    await started();
    await publisher.publish(numbered(0, 300));
    await eventually(async () => expect(await metric(registry, 'received')).toBe(300));
    await bridge.stop();
    expect(spool.got).toHaveLength(0);
    spool.full = false;
    await started();
    await eventually(() => expect(spool.distinct).toBe(300));
  });

  it('stays connected for five keepalives with a full spool, takes no more than its limit, then goes on', async () => {
    await started(50, 1);
    spool.full = true;
    await publisher.publish(numbered(0, 2000));
    await eventually(() => expect(bridge.health()).toMatchObject({ status: 'degraded' }));
    const since = Date.now();
    while (Date.now() - since < 6000) {
      expect(bridge.health().status).toBe('degraded');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await metric(registry, 'received')).toBe(50);
    spool.full = false;
    await eventually(() => expect(spool.got).toHaveLength(2000));
    expect(await metric(registry, 'acks_dropped')).toBe(0);
    expect(bridge.health().status).toBe('ok');
  });

  it('stops while messages wait for room, and the next bridge gets all of them', async () => {
    await started(50);
    spool.full = true;
    await publisher.publish(numbered(0, 2000));
    await eventually(async () => expect(await metric(registry, 'received')).toBe(50));
    await bridge.stop();
    spool.full = false;
    await started();
    await eventually(() => expect(spool.distinct).toBe(2000));
  });

  it('takes no more than its limit over broken connections, and loses nothing', async () => {
    await started(50);
    spool.full = true;
    await publisher.publish(numbered(0, 500));
    await eventually(async () => expect(await metric(registry, 'received')).toBe(50));
    for (let round = 0; round < 2; round++) {
      await mosquitto.stop();
      await mosquitto.start();
      await publisher.publish(numbered(500, 510));
      // Connected again, and held up by the spool alone.
      await eventually(() => expect(bridge.health().status).toBe('degraded'));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await metric(registry, 'received')).toBe(50);
    spool.full = false;
    await eventually(() => expect(spool.distinct).toBe(510));
    expect(await metric(registry, 'acks_dropped')).toBe(50);
  });

  it('loses nothing when the connection breaks with its session kept', async () => {
    await started();
    spool.slowMs = 20;
    const publishing = publisher.publish(numbered(0, 8000), 4000);
    await eventually(() => expect(spool.got.length).toBeGreaterThan(1000));
    await mosquitto.stop();
    await mosquitto.start();
    await publishing;
    await eventually(() => expect(spool.distinct).toBe(8000));
    expect(await metric(registry, 'sessions_lost')).toBe(0);
  });

  it('notices a lost session, subscribes again and says so', async () => {
    await started();
    await publisher.publish(numbered(0, 100));
    await eventually(() => expect(spool.got).toHaveLength(100));
    await mosquitto.stop('SIGKILL');
    await mosquitto.start();
    await eventually(async () => expect(await metric(registry, 'sessions_lost')).toBe(1));
    await publisher.publish(numbered(100, 200));
    await eventually(() => expect(spool.distinct).toBe(200));
  });

  it('gives way to a second bridge with the same client id', async () => {
    await started();
    const first = bridge;
    await started();
    await eventually(() => expect(first.health().detail).toMatch(/another client/));
    await publisher.publish(numbered(0, 100));
    await eventually(() => expect(spool.distinct).toBe(100));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await eventually(() => expect(bridge.health().status).toBe('ok'));
    await first.stop();
  });

  it('carries 200,000 messages, each once, in bounded memory', { timeout: 120_000 }, async () => {
    await started(10_000);
    await publisher.publish(numbered(0, 200_000));
    await eventually(() => expect(spool.got).toHaveLength(200_000), 60_000);
    expect(spool.distinct).toBe(200_000);
    await eventually(async () => expect(await metric(registry, 'acknowledged')).toBe(200_000));
  });
});
