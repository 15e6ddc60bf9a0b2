import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { publicApp } from './fixtures.ts';
import { HttpListener } from './listener.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

describe('HttpListener', () => {
  it('listens from start to stop and says where', async () => {
    const listener = new HttpListener('city-api', publicApp(), anyPort);
    expect(listener.url).toBeUndefined();
    expect(listener.health().status).toBe('down');
    await listener.start();
    expect(listener.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(listener.health()).toEqual({ status: 'ok' });
    expect((await fetch(`${listener.url}/health/live`)).status).toBe(200);
    await listener.stop();
    expect(listener.url).toBeUndefined();
  });

  it('may be stopped without having been started', async () => {
    await new HttpListener('city-api', publicApp(), anyPort).stop();
  });

  it('says when its port is taken', async () => {
    const first = new HttpListener('city-api', publicApp(), anyPort);
    await first.start();
    const port = Number(new URL(String(first.url)).port);
    const second = new HttpListener('city-api', publicApp(), { host: '127.0.0.1', port });
    await expect(second.start()).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });

  it('does not wait for a connection that never asks for anything', async () => {
    const listener = new HttpListener('city-api', publicApp(), anyPort);
    await listener.start();
    const socket = connect(Number(new URL(String(listener.url)).port), '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    const startMs = performance.now();
    await listener.stop();
    expect(performance.now() - startMs).toBeLessThan(4000);
    await closed;
  });
});
