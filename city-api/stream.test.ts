import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { ParkingSite } from '#city-state';
import type { buildPublicApp } from './app.ts';
import type { PublicDeps } from './deps.ts';
import {
  air,
  farStation,
  fixedCity,
  nowMs,
  publicApp,
  publicDeps,
  site,
  smallSite,
  station,
} from './fixtures.ts';
import { createFoundation } from './foundation.ts';
import { HttpListener } from './listener.ts';
import { registerStream } from './stream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Event {
  readonly id: number;
  readonly event: string;
  readonly data: unknown;
}

/** Starts a server that ends with the test, and gives its address. */
async function listen(
  app: ReturnType<typeof buildPublicApp>,
): Promise<{ url: string; listener: HttpListener }> {
  const listener = new HttpListener('city-api', app, { host: '127.0.0.1', port: 0 });
  await listener.start();
  stops.push(() => listener.stop());
  return { url: String(listener.url), listener };
}

/**
 * Opens a stream, on a connection of its own. `next` waits for so many events, `until` for a text, `rest` for the end.
 */
async function open(url: string) {
  const request = get(url, { agent: false }).on('error', () => undefined);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no answer');
  response.setEncoding('utf8');
  const chunks: AsyncIterator<string> = response[Symbol.asyncIterator]();
  stops.push(async () => void request.destroy());
  let text = '';
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    text += done ? '' : value;
    return !done;
  };
  const until = async (wanted: string): Promise<string> => {
    while (!text.includes(wanted)) if (!(await more())) throw new Error(`the stream ended before ${wanted}`);
    const end = text.indexOf(wanted) + wanted.length;
    const found = text.slice(0, end);
    text = text.slice(end);
    return found;
  };
  const next = async (count: number): Promise<Event[]> => {
    const events: Event[] = [];
    while (events.length < count) {
      const lines = (await until('\n\n')).trimEnd().split('\n');
      const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
      events.push({ id: Number(fields.id), event: fields.event, data: JSON.parse(fields.data) });
    }
    return events;
  };
  const rest = async (): Promise<string> => {
    while (await more());
    return text;
  };
  return { response, next, until, rest, cut: () => request.destroy() };
}

const all = [
  ['charging', farStation],
  ['charging', station],
  ['parking', site],
  ['parking', smallSite],
  ['environment', air],
];

describe('GET /v1/stream', () => {
  it('first gives every site, then `ready`, then what changes, with increasing ids', async () => {
    const { view, announce } = fixedCity();
    const { url } = await listen(publicApp({ view }));
    const { response, next } = await open(`${url}/v1/stream`);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    const first = await next(6);
    expect(first.map(({ event, data }) => [event, data])).toEqual([...all, ['ready', { sites: 5 }]]);
    announce({ kind: 'parking', site: { ...site, free: 0, occupied: 6 } });
    const [change] = await next(1);
    expect(change).toMatchObject({ event: 'parking', data: { id: 'p-markt', free: 0 } });
    const ids = [...first, change].map((event) => event?.id ?? 0);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(7);
    expect(ids[0]).toBeGreaterThanOrEqual(nowMs);
  });

  it('rounds what is measured, as the lists do', async () => {
    const { view, announce } = fixedCity();
    const { url } = await listen(publicApp({ view }));
    const { next } = await open(`${url}/v1/stream?kind=environment`);
    await next(2);
    const [measured] = air.measurements;
    if (measured === undefined) throw new Error('the fixture measures something');
    announce({ kind: 'environment', site: { ...air, measurements: [{ ...measured, value: 21.4499 }] } });
    expect(await next(1)).toMatchObject([{ data: { measurements: [{ value: 21.4 }] } }]);
  });

  it('gives only the kinds asked for', async () => {
    const { view, announce } = fixedCity();
    const { url } = await listen(publicApp({ view }));
    const { next } = await open(`${url}/v1/stream?kind=environment,charging`);
    expect((await next(4)).map(({ event }) => event)).toEqual([
      'charging',
      'charging',
      'environment',
      'ready',
    ]);
    announce({ kind: 'parking', site }, { kind: 'environment', site: { ...air, name: 'Neu' } });
    expect(await next(1)).toMatchObject([{ event: 'environment', data: { name: 'Neu' } }]);
  });

  it('has a limit, and room again when a reader leaves', async () => {
    const { url } = await listen(
      publicApp({ config: { apiRequestsPerMinute: 600, apiTrustedProxies: [], streamsMax: 1 } }),
    );
    const { next, cut } = await open(`${url}/v1/stream`);
    await next(6);
    const refused = await open(`${url}/v1/stream`);
    expect(refused.response.statusCode).toBe(503);
    expect(refused.response.headers['retry-after']).toBe('10');
    expect(JSON.parse(await refused.rest())).toMatchObject({ code: 'too_many_streams', status: 503 });
    cut();
    await expect
      .poll(async () => {
        const again = await open(`${url}/v1/stream`);
        again.cut();
        return again.response.statusCode;
      })
      .toBe(200);
  });

  it('is not for HEAD, which would wait for ever', async () => {
    const response = await publicApp().inject({ method: 'HEAD', url: '/v1/stream' });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET');
  });

  it('refuses those who do not take event streams with a problem', async () => {
    const response = await publicApp().inject({ url: '/v1/stream', headers: { accept: 'application/json' } });
    expect(response.statusCode).toBe(406);
    expect(response.json()).toMatchObject({ code: 'request_invalid', status: 406 });
  });

  it('ends cleanly and at once when the server does, and stops listening to the city', async () => {
    const { view, listeners } = fixedCity();
    const { url, listener } = await listen(publicApp({ view }));
    const streams = await Promise.all([1, 2, 3].map(() => open(`${url}/v1/stream`)));
    for (const { next } of streams) await next(6);
    expect(listeners.size).toBe(1);
    const startMs = performance.now();
    await listener.stop();
    expect(performance.now() - startMs).toBeLessThan(900);
    for (const { rest } of streams) expect(await rest()).toBe('');
    expect(listeners.size).toBe(0);
    expect(listener.health().status).toBe('down');
  });
});

/** An app of the stream only, with other limits of time. */
function streamApp(deps: PublicDeps, limits: { heartbeatMs: number; blockedMsMax: number }) {
  const app = createFoundation(deps);
  registerStream(app, deps, limits);
  return app;
}

/** Asks for the stream and then reads nothing more than what `resume` lets in. */
async function openWithoutReading(url: string) {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  stops.push(async () => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.pause();
  socket.write('GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

describe('a quiet stream', () => {
  it('is kept alive by comments', async () => {
    const { url } = await listen(streamApp(publicDeps(), { heartbeatMs: 20, blockedMsMax: 1000 }));
    const { next, until } = await open(`${url}/v1/stream`);
    await next(6);
    for (let beat = 0; beat < 3; beat += 1) expect(await until(': heartbeat\n\n')).toBe(': heartbeat\n\n');
  });
});

describe('a slow reader', () => {
  // More than the kernel takes for a socket, so that the server notices.
  const padding = 'x'.repeat(1_000_000);
  const bigSites: ParkingSite[] = Array.from({ length: 30 }, (_, index) => ({
    ...site,
    id: `p-${index}`,
    address: padding,
  }));

  it('is sent the newest of each site only, and misses none', async () => {
    const { view, announce } = fixedCity(bigSites);
    const { url } = await listen(streamApp(publicDeps({ view }), { heartbeatMs: 0, blockedMsMax: 10_000 }));
    const socket = await openWithoutReading(url);
    await sleep(300);
    for (let free = 0; free < 1000; free += 1) {
      announce(
        ...bigSites.map((one) => ({ kind: 'parking' as const, site: { ...one, address: null, free } })),
      );
    }
    let text = '';
    const counts = new Map<string, number>();
    const latest = new Map<string, number>();
    await new Promise<void>((resolve) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /data: (.*)/.exec(text.slice(0, end))?.[1] ?? '{}';
          text = text.slice(end + 2);
          const { id, free } = /^\{"id":"p-/.test(data) ? JSON.parse(data) : { id: '', free: 0 };
          if (id === '') continue;
          counts.set(id, (counts.get(id) ?? 0) + 1);
          latest.set(id, free);
        }
        if (latest.size === bigSites.length && [...latest.values()].every((free) => free === 999)) resolve();
      });
      socket.resume();
    });
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(3);
  });

  it('who takes nothing at all is cut off', async () => {
    const { view } = fixedCity(bigSites);
    const deps = publicDeps({ view });
    const { url } = await listen(streamApp(deps, { heartbeatMs: 0, blockedMsMax: 200 }));
    await openWithoutReading(url);
    const openStreams = async () => deps.registry.getSingleMetricAsString('stadtpegel_open_streams');
    await expect.poll(openStreams).toContain('stadtpegel_open_streams 1');
    await expect.poll(openStreams, { timeout: 5000 }).toContain('stadtpegel_open_streams 0');
  });

  it('does not keep the server from stopping', async () => {
    const { view } = fixedCity(bigSites);
    const { url, listener } = await listen(publicApp({ view }));
    await openWithoutReading(url);
    await sleep(300);
    const startMs = performance.now();
    await listener.stop();
    expect(performance.now() - startMs).toBeLessThan(2500);
  });
});
