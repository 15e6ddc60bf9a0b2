/** Brokers that do not keep to the standard, made of a few bytes each. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger, createMetrics, type RawMessage } from '#core';
import { Bridge, bridgeConfig } from '#gateway-bridge';
import { eventually } from '../services/programs.ts';

/** MQTT 5.0 §3.2: no session present, success, no properties. */
const connack = Buffer.from([0x20, 3, 0, 0, 0]);
/** MQTT 5.0 §3.3: at QoS 0, topic `a`, no properties, payload `x`. */
const publish = Buffer.from([0x30, 5, 0, 1, 97, 0, 0x78]);

describe('the bridge on a broker that', () => {
  let server: Server;
  let bridge: Bridge;
  let connections: Socket[];
  let got: RawMessage[];

  const started = async (connected: (socket: Socket) => void): Promise<void> => {
    connections = [];
    got = [];
    server = createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(connack);
        connected(socket);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    bridge = new Bridge({
      config: bridgeConfig.parse({
        mqttUrl: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
        mqttKeepaliveS: '1',
      }),
      spool: { append: async (messages) => void got.push(...messages) },
      registry: createMetrics(),
      log: createLogger('silent'),
    });
    await bridge.start();
  };
  afterEach(async () => {
    server.close();
    for (const socket of connections) socket.destroy();
    await bridge.stop();
  });

  it.each([
    ['sends a malformed PUBLISH', [0x30, 1, 0], /malformed packet: a PUBLISH without a topic/],
    ['sends a length without an end', [0xd0, 0x80, 0x80, 0x80, 0x80], /remaining length/],
    ['sends QoS 2', [0x34, 6, 0, 1, 97, 0, 1, 0], /QoS 2/],
  ])('%s: takes what was before it, says so, and connects again', async (_, bytes, detail) => {
    await started((socket) => socket.write(Buffer.concat([publish, Buffer.from(bytes), publish])));
    await eventually(() => expect(connections.length).toBeGreaterThan(1));
    await eventually(() => expect(bridge.health()).toMatchObject({ status: 'down', detail }));
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThanOrEqual(connections.length);
  });

  it('never answers a SUBSCRIBE: stops all the same', async () => {
    await started(() => {});
    await eventually(() => expect(connections.length).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sinceMs = performance.now();
    await bridge.stop();
    expect(performance.now() - sinceMs).toBeLessThan(500);
  });

  it('sends messages and answers no ping: notices, and connects again', async () => {
    await started((socket) => {
      const timer = setInterval(() => socket.write(publish), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await eventually(() => expect(connections.length).toBeGreaterThan(1));
    expect(bridge.health().detail).toMatch(/[Kk]eepalive/);
    expect(got.length).toBeGreaterThan(10);
  });
});
