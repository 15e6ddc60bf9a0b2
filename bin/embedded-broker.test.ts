import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLogger } from '#core';
import { EmbeddedBroker } from './embedded-broker.ts';

const silent = createLogger('silent');

describe('the embedded broker', () => {
  it('listens at one address, also where it is started twice', async () => {
    const broker = new EmbeddedBroker(0, false, silent);
    await broker.start();
    const { url } = broker;
    await broker.start();
    expect(broker.url).toBe(url);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    await broker.stop();
  });

  it('takes another port where the usual one is taken, and only there', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const broker = new EmbeddedBroker(port, false, silent);
    await broker.start();
    expect(new URL(broker.url).port).not.toBe(String(port));
    await broker.stop();
    await expect(new EmbeddedBroker(port, true, silent).start()).rejects.toThrow('EADDRINUSE');
    other.close();
  });
});
