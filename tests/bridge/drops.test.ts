import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, createMetrics } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import { Mosquitto } from '../services/mosquitto.ts';
import { eventually, missing } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';
import { Memory } from './memory.ts';

describe.skipIf(missing('mosquitto'))('messages that mosquitto drops while the bridge is away', () => {
  let mosquitto: Mosquitto;
  let bridge: Bridge;
  beforeEach(async () => {
    mosquitto = await Mosquitto.create({ inflightMax: 20, queuedMax: 5 });
  });
  afterEach(async () => {
    await bridge.stop();
    await mosquitto.remove();
  });

  it('are counted when it is back, and said in the log', async () => {
    const warnings: { readonly dropped?: number }[] = [];
    const log = Object.assign(createLogger('silent'), {
      warn: (facts: { readonly dropped?: number }): unknown => warnings.push(facts),
    });
    const config = bridgeConfig.parse({ mqttUrl: mosquitto.url });
    const [spool, registry] = [new Memory(), createMetrics()];
    const started = async (): Promise<void> => {
      registry.clear();
      bridge = new Bridge({ config, spool, registry, log });
      await bridge.start();
      await eventually(() => expect(bridge.health().status).toBe('ok'));
    };
    const dropped = async () =>
      (await registry.getSingleMetric('stadtpegel_mqtt_broker_dropped_messages')?.get())?.values;

    await started();
    await eventually(async () => expect(await dropped()).toMatchObject([{ value: 0 }]));
    await bridge.stop();
    const publisher = await Publisher.connect(mosquitto.url);
    const topic = 'application/a/device/d/event/up';
    const messages = Array.from({ length: 100 }, (_, index) => ({ topic, payload: String(index) }));
    await publisher.publish(messages);
    await publisher.close();
    await started();
    await eventually(async () => {
      const lost = 100 - spool.distinct;
      expect(lost).toBeGreaterThan(50);
      const broker = `127.0.0.1:${mosquitto.port}`;
      expect(await dropped()).toMatchObject([{ value: lost, labels: { broker } }]);
    });
    expect(warnings.filter((facts) => 'dropped' in facts)).toMatchObject([{ dropped: 100 - spool.distinct }]);
  });
});
