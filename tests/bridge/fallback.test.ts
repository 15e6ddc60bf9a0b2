/** A broker that speaks only MQTT 3.1.1 (aedes): the bridge asks for 5, is refused, and goes on with what there is. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type RawMessage } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import { eventually } from '../services/programs.ts';

describe('the bridge on a broker without MQTT 5', () => {
  let broker: Aedes;
  let server: Server;
  let url: string;
  let bridge: Bridge;
  const got: RawMessage[] = [];

  beforeEach(async () => {
    broker = await Aedes.createBroker();
    server = createServer(broker.handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    bridge = new Bridge({
      config: bridgeConfig.parse({ mqttUrl: url }),
      spool: { append: async (messages) => void got.push(...messages) },
      registry: createMetrics(),
      log: createLogger('silent'),
    });
    await bridge.start();
  });
  afterEach(async () => {
    await bridge.stop();
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });

  it('receives and acknowledges', async () => {
    await eventually(() => expect(bridge.health().status).toBe('ok'));
    const acknowledged: unknown[] = [];
    broker.on('ack', (packet) => acknowledged.push(packet));
    const publisher = await connectAsync(url, { protocolVersion: 4 });
    await eventually(async () => {
      await publisher.publishAsync('application/a/device/0000000000000001/event/up', 'x', { qos: 1 });
      expect(got.length).toBeGreaterThan(0);
    });
    await eventually(() => expect(acknowledged.length).toBeGreaterThanOrEqual(got.length));
    await publisher.endAsync();
  });
});
