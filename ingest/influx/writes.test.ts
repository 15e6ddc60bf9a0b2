import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Point, Value } from '#core';
import type { InfluxCredentials } from './http.ts';
import { InfluxHttp } from './http.ts';
import { lineOf } from './line-protocol.ts';
import { type Line, type Settled, settle, type Target, targetOf } from './writes.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly lines: readonly string[];
}

let server: Server;
let port = 0;
let received: Received[];
let answer: (response: ServerResponse, lines: readonly string[]) => void;
let http: InfluxHttp;
let target: Target;

async function listen(): Promise<void> {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const lines = body.split('\n');
      received.push({ url: request.url ?? '', headers: request.headers, lines });
      answer(response, lines);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
}

async function unlisten(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const connect = (credentials: InfluxCredentials = {}): InfluxHttp =>
  new InfluxHttp({ url: `http://127.0.0.1:${port}`, ...credentials });

const answering =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };
const stored = answering(204);
const error = (status: number, text: string) => answering(status, JSON.stringify({ error: text }));

const line = (index: number, fields: Record<string, Value> = { v: 1 }, time = index): Line => {
  const point: Point = {
    retention: 'uplinks',
    measurement: 'm',
    time,
    tags: { device: `d${index}` },
    fields,
  };
  return { index, text: lineOf(point) ?? '', point };
};
const lines = (count: number): Line[] => Array.from({ length: count }, (_, index) => line(index));
const rejectedOf = ({ rejected }: Settled): number[] =>
  rejected.map(({ index }) => index).sort((a, b) => a - b);
const taken = { rejected: [], keep: [], away: false, schemaMissing: false };

beforeEach(async () => {
  port = 0;
  received = [];
  answer = stored;
  await listen();
  http = connect();
  target = targetOf(http, 'stadtpegel', 'readings');
});
afterEach(async () => {
  await http.close();
  await unlisten();
});

describe('a request', () => {
  it('holds the lines and names database, retention policy and precision', async () => {
    await expect(target.post(['a ü=1 1', 'b x=1 2'])).resolves.toEqual({ kind: 'stored' });
    expect(received).toMatchObject([
      { url: '/write?db=stadtpegel&rp=readings&precision=ms', lines: ['a ü=1 1', 'b x=1 2'] },
    ]);
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    [{ username: 'us', password: 'pässword' }, `Basic ${Buffer.from('us:pässword').toString('base64')}`],
    [{ token: 'abc==' }, 'Token abc=='],
    [{ username: 'us', password: 'x', token: 'abc==' }, 'Token abc=='],
  ])('says who we are where the store wants to know: %o', async (credentials, header) => {
    const known = connect(credentials);
    await targetOf(known, 'stadtpegel', 'readings').post(['a x=1 1']);
    await known.close();
    expect(received[0]?.headers.authorization).toBe(header);
  });
});

describe('a connection', () => {
  it('that is refused may come back, and is then used', async () => {
    await unlisten();
    await expect(target.post(['a'])).resolves.toMatchObject({
      kind: 'later',
      reason: expect.stringMatching(/ECONNREFUSED/),
    });
    await listen();
    await expect(target.post(['a'])).resolves.toEqual({ kind: 'stored' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['before the answer', (response) => response.destroy()],
    [
      'within it',
      (response) => {
        response.writeHead(400, { 'content-length': '1000' });
        response.write('{"error":', () => response.destroy());
      },
    ],
  ])('that breaks %s leaves the outcome open: all is kept', async (_, broken) => {
    answer = broken;
    await expect(settle(lines(3), target)).resolves.toMatchObject({
      rejected: [],
      keep: [0, 1, 2],
      away: true,
    });
  });

  it('that we close lets go of the request under way', async () => {
    const asked = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const reply = target.post(['a']);
    await asked;
    await http.close();
    await expect(reply).resolves.toMatchObject({ kind: 'later', reason: expect.stringMatching(/./) });
  });
});

describe('settle', () => {
  it('asks nothing about nothing', async () => {
    await expect(settle([], target)).resolves.toEqual(taken);
    expect(received).toEqual([]);
  });

  it('asks three times where the answer tells field and type, however many are bad', async () => {
    const some = lines(1000).map((one, index) => (index % 10 === 3 ? line(index, { v: 'text' }) : one));
    answer = (response, sent) => {
      const bad = sent.filter((text) => text.includes('"text"')).length;
      const text = `partial write: field type conflict: input field "v" on measurement "m" is type string, already exists as type float dropped=${bad}`;
      (bad > 0 ? error(400, text) : stored)(response);
    };
    const settled = await settle(some, target);
    expect(rejectedOf(settled)).toEqual(Array.from({ length: 100 }, (_, index) => index * 10 + 3));
    expect(settled.keep).toEqual([]);
    expect(received.map((one) => one.lines.length)).toEqual([1000, 100, 900]);
  });

  it.each([
    ['oldest', 'points beyond retention policy', (time: number) => time < 40],
    [
      'newest',
      'dropped 40 points outside retention policy of duration 24h - newest point violates a Write Window Upper Bound',
      (time: number) => time >= 60,
    ],
  ])('asks three times where the answer tells how many of the %s', async (_, words, isBad) => {
    const some = lines(100).map(({ index }) => line(index, { v: 1 }, (index * 37) % 100));
    answer = (response, sent) => {
      const bad = sent.filter((text) => isBad(Number(text.split(' ').at(-1)))).length;
      (bad > 0 ? error(400, `partial write: ${words} dropped=${bad}`) : stored)(response);
    };
    const settled = await settle(some, target);
    const expected = some.filter(({ point }) => isBad(point.time)).map(({ index }) => index);
    expect(rejectedOf(settled)).toEqual(expected);
    expect(received).toHaveLength(3);
  });

  it('rejects what the answer quotes, says why without the line, and asks once more for the others', async () => {
    const [bad = line(0), worse = line(0)] = [line(1), line(3)];
    const quoted = `unable to parse '${bad.text}': bad timestamp\nunable to parse '${worse.text}': invalid number`;
    answer = (response, sent) =>
      (sent.length > 2 ? error(400, `partial write: ${quoted} dropped=0`) : stored)(response);
    const settled = await settle(lines(4), target);
    expect(settled.rejected).toEqual([
      { index: 1, reason: 'unable to parse: bad timestamp' },
      { index: 3, reason: 'unable to parse: invalid number' },
    ]);
    expect(received.map((one) => one.lines.length)).toEqual([4, 2]);
  });

  it('finds the line of a number', async () => {
    answer = (response, sent) => {
      const at = sent.findIndex((text) => text.startsWith('m,device=d7 '));
      if (at < 0) stored(response);
      else answering(400, JSON.stringify({ code: 'invalid', message: 'bad line', line: at + 1 }))(response);
    };
    const settled = await settle(lines(50), target);
    expect([rejectedOf(settled), received.length]).toEqual([[7], 3]);
  });

  it('keeps the points of a series together when it has to search', async () => {
    const some = Array.from({ length: 512 }, (_, index) => ({ ...line(index % 8), index }));
    answer = (response, sent) => {
      const bad = sent.filter((text) => text.startsWith('m,device=d5 ')).length;
      const text = 'partial write: max-series-per-database limit exceeded: (12) dropped=';
      (bad > 0 ? error(400, text + bad) : stored)(response);
    };
    const settled = await settle(some, target);
    expect(rejectedOf(settled)).toEqual(
      some.filter(({ index }) => index % 8 === 5).map(({ index }) => index),
    );
    expect(received.length).toBeLessThan(10);
  });

  it('stops asking after 64 requests, keeps what is open, and goes on with that', async () => {
    answer = (response, sent) => {
      const bad = sent.filter((text) => Number(/d(\d+)/.exec(text)?.[1]) % 2 === 0).length;
      (bad > 0 ? error(400, `partial write: something new dropped=${bad}`) : stored)(response);
    };
    const rejected = new Set<number>();
    let left = lines(200);
    for (let rounds = 1; left.length > 0; rounds++) {
      received = [];
      const settled = await settle(left, target);
      expect(settled).toMatchObject({ away: false, schemaMissing: false });
      expect(received.length).toBeLessThanOrEqual(64);
      expect(settled.keep.length).toBeLessThan(left.length);
      for (const { index } of settled.rejected) rejected.add(index);
      left = left.filter(({ index }) => settled.keep.includes(index));
      expect(rounds).toBeLessThan(15);
    }
    expect([...rejected].every((index) => index % 2 === 0)).toBe(true);
    expect(rejected.size).toBe(100);
  });

  it('learns how large a request may be', async () => {
    answer = (response, sent) => (sent.join('\n').length > 400_000 ? error(413, 'x') : stored)(response);
    const big = lines(1000).map(({ index }) => line(index, { s: 'x'.repeat(1500) }));
    await expect(settle(big, target)).resolves.toEqual(taken);
    received = [];
    await expect(settle(big, target)).resolves.toEqual(taken);
    expect(received.length).toBeLessThan(10);
    for (const one of received) expect(one.lines.join('\n').length).toBeLessThan(400_000);
  });

  const answers = fc.record({
    status: fc.constantFrom(204, 204, 400, 400, 401, 404, 413, 422, 429, 500, 503),
    text: fc.constantFrom(
      'timeout',
      'partial write: points beyond retention policy dropped=',
      'partial write: something new dropped=',
      'partial write: field type conflict: input field "v" on measurement "m" is type string, already exists as type boolean dropped=',
      "partial write: unable to parse 'm,device=d1 v=1 1': bad dropped=",
      "unable to parse 'nothing of ours': bad",
    ),
    dropped: fc.nat(12),
    secondForm: fc.boolean(),
  });

  it('puts every index in exactly one place, whatever the answers are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answers, { maxLength: 40 }), fc.nat(12), async (script, count) => {
        const left = [...script];
        const storedLines = new Set<string>();
        answer = (response, sent) => {
          const { status, text, dropped, secondForm } = left.shift() ?? { status: 204, text: '' };
          if (status === 204) for (const one of sent) storedLines.add(one);
          const words = `${text}${text.endsWith('=') ? dropped : ''}`;
          const body = secondForm ? { code: 'invalid', message: words } : { error: words };
          answering(status, JSON.stringify(body))(response);
        };
        const sent = lines(count);
        const settled = await settle(sent, target);
        const said = [...rejectedOf(settled), ...settled.keep];
        expect(new Set(said).size).toBe(said.length);
        for (const { index, text } of sent) if (!said.includes(index)) expect(storedLines).toContain(text);
        for (const index of said) expect(index).toBeLessThan(count);
        expect(settled.keepReason !== undefined).toBe(settled.keep.length > 0);
      }),
      { numRuns: 150 },
    );
  });
});
