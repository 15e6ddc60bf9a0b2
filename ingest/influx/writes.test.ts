import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#core';
import { InfluxWrites } from './writes.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let port = 0;
let received: Received[];
let answer: (response: ServerResponse) => void;
let writes: InfluxWrites;

async function listen(): Promise<void> {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
}

async function unlisten(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const open = (over: { readonly username?: string; readonly password?: string } = {}): InfluxWrites =>
  new InfluxWrites({
    url: `http://127.0.0.1:${port}`,
    database: 'stadtpegel',
    retention: { readings: '9500h', uplinks: '90d' },
    log: createLogger('silent'),
    ...over,
  });

const answering =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };
const errorBody = (error: string): string => JSON.stringify({ error });

beforeEach(async () => {
  port = 0;
  received = [];
  answer = answering(204);
  await listen();
  writes = open();
});
afterEach(async () => {
  await writes.close();
  await unlisten();
});

describe('a request', () => {
  it('holds the lines and names database, retention policy and precision', async () => {
    await expect(writes.post('readings', ['a ü=1 1', 'b x=1 2'])).resolves.toEqual({ kind: 'stored' });
    expect(received).toMatchObject([
      { url: '/write?db=stadtpegel&rp=readings&precision=ms', body: 'a ü=1 1\nb x=1 2' },
    ]);
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it('says who we are where the store wants to know', async () => {
    const known = open({ username: 'us', password: 'pässword' });
    await known.post('readings', ['a x=1 1']);
    await known.close();
    const basic = Buffer.from('us:pässword').toString('base64');
    expect(received[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });
});

describe('the answer', () => {
  it('400 is a refusal with its reason', async () => {
    answer = answering(400, errorBody('partial write: field type conflict dropped=1'));
    await expect(writes.post('readings', ['a'])).resolves.toEqual({
      kind: 'refused',
      reason: '400 partial write: field type conflict dropped=1',
    });
  });

  it('413 is too large', async () => {
    answer = answering(413, errorBody('Request Entity Too Large'));
    await expect(writes.post('readings', ['a'])).resolves.toEqual({ kind: 'too-large' });
  });

  it.each([301, 401, 403, 404, 408, 429, 500, 502, 503, 504])('%i may pass', async (status) => {
    answer = answering(status, errorBody('why'));
    await expect(writes.post('readings', ['a'])).resolves.toEqual({
      kind: 'later',
      reason: `${status} why`,
      schema: status === 404,
    });
  });

  it('that something is not found asks for the schema, whatever its status', async () => {
    answer = answering(500, errorBody('retention policy not found: readings'));
    await expect(writes.post('readings', ['a'])).resolves.toMatchObject({ kind: 'later', schema: true });
  });

  it.each([
    ['2', 2000],
    ['86400', 300_000],
    ['0', undefined],
    ['-1', undefined],
    ['Sun, 22 Nov 2026 00:00:00 GMT', undefined],
  ])('with Retry-After: %s waits that long, within reason', async (value, retryAfterMs) => {
    answer = answering(429, '', { 'retry-after': value });
    const reply = await writes.post('readings', ['a']);
    expect(reply).toMatchObject({ kind: 'later' });
    expect('retryAfterMs' in reply ? reply.retryAfterMs : undefined).toBe(retryAfterMs);
  });

  it('of a proxy in between is shown in its own words, shortened', async () => {
    answer = answering(502, `<html>${'x'.repeat(5000)}`);
    const reply = await writes.post('readings', ['a']);
    expect(reply).toMatchObject({ kind: 'later', reason: expect.stringMatching(/^502 <html>x{200,300}$/) });
  });
});

describe('a connection', () => {
  it('that is refused may come back, and is then used', async () => {
    await unlisten();
    await expect(writes.post('readings', ['a'])).resolves.toMatchObject({
      kind: 'later',
      reason: expect.stringMatching(/ECONNREFUSED/),
    });
    await listen();
    await expect(writes.post('readings', ['a'])).resolves.toEqual({ kind: 'stored' });
  });

  it('that breaks before the answer may come back', async () => {
    answer = (response) => response.destroy();
    await expect(writes.post('readings', ['a'])).resolves.toMatchObject({ kind: 'later' });
  });

  it('that breaks within the answer is no answer', async () => {
    answer = (response) => {
      response.writeHead(400, { 'content-length': '1000' });
      response.write('{"error":', () => response.destroy());
    };
    await expect(writes.post('readings', ['a'])).resolves.toMatchObject({ kind: 'later' });
  });

  it('that we close lets go of the request under way', async () => {
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const reply = writes.post('readings', ['a']);
    await asked;
    await writes.close();
    await expect(reply).resolves.toMatchObject({ kind: 'later', reason: expect.stringMatching(/./) });
  });
});
