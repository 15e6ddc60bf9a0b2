import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Point } from '#core';
import { InfluxStore } from './store.ts';

const point = (name: string, over: Partial<Point> = {}): Point => ({
  retention: 'readings',
  measurement: name,
  time: 1_795_305_600_123,
  tags: {},
  fields: { value: 1 },
  ...over,
});
const points = (...names: string[]): Point[] => names.map((name) => point(name));
const many = (count: number): Point[] => Array.from({ length: count }, (_, index) => point(`p${index}`));

/** What a write request held. */
interface Written {
  readonly query: Readonly<Record<string, string>>;
  /** The measurement of each line. */
  readonly names: readonly string[];
}
type Answer = (response: ServerResponse, written: Written) => void;

const stored: Answer = (response) => {
  response.writeHead(204).end();
};
const answering =
  (status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end(JSON.stringify({ error }));
  };
/** InfluxDB 1.x's answer to lines of which it takes all but some. */
const refusing =
  (isBad: (name: string) => boolean): Answer =>
  (response, written) => {
    const bad = written.names.filter(isBad);
    const error = `partial write: field type conflict on ${bad.join(' ')} dropped=${bad.length}`;
    (bad.length > 0 ? answering(400, error) : stored)(response, written);
  };

let server: Server;
let url = '';
let onWrite: Answer;
let onPing: (response: ServerResponse) => void;
let onQuery: Answer;
let written: Written[];
let queries: string[];
let store: InfluxStore;

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', url);
  const query = Object.fromEntries(searchParams);
  const body = await textOf(request);
  if (pathname === '/query') {
    queries.push(query.q ?? new URLSearchParams(body).get('q') ?? '');
    onQuery(response, { query, names: [] });
    return;
  }
  if (pathname === '/ping') {
    onPing(response);
    return;
  }
  const names = body.split('\n').map((line) => /^[^ ,]+/.exec(line)?.[0] ?? '');
  const one = { query, names };
  written.push(one);
  onWrite(response, one);
}

const open = (): InfluxStore =>
  new InfluxStore({
    url,
    database: 'stadtpegel',
    retention: { readings: '9500h', uplinks: '90d' },
    log: createLogger('silent'),
  });

async function listen(port: number): Promise<void> {
  server = createServer((request, response) => {
    handle(request, response).catch((cause: unknown) => response.destroy(cause as Error));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

async function unlisten(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

beforeEach(async () => {
  await listen(0);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  written = [];
  queries = [];
  onWrite = stored;
  onPing = (response) => {
    response.writeHead(204, { 'x-influxdb-version': '1.6.7~rc0' }).end();
  };
  onQuery = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[{"statement_id":0}]}');
  };
  store = open();
  await store.start();
});
afterEach(async () => {
  await store.stop();
  await unlisten();
});

describe('the schema', () => {
  it('is made at the start, each retention once', () => {
    expect(queries.slice(0, 4).map((text) => text.toLowerCase())).toEqual([
      expect.stringContaining('create database'),
      expect.stringContaining('show retention policies'),
      expect.stringMatching(/create retention policy "?readings"? .*9500h.* default/),
      expect.stringMatching(/create retention policy "?uplinks"? .*90d/),
    ]);
  });

  it('is taken as it is where we may not make it', async () => {
    onQuery = answering(403, 'not authorized to execute statement');
    const limited = open();
    await limited.start();
    await expect(limited.write(points('a'))).resolves.toEqual({ rejected: [], keep: [] });
    expect(limited.health()).toEqual({ status: 'ok' });
    onWrite = answering(404, 'database not found: "stadtpegel"');
    await expect(limited.write(points('a'))).resolves.toMatchObject({ keep: [0] });
    expect(limited.health()).toMatchObject({
      status: 'down',
      detail: expect.stringMatching(
        /not found.* we may not create .* needs the database stadtpegel with the/,
      ),
    });
    await limited.stop();
  });

  it('is not asked of an InfluxDB that is no 1.x or 2.x', async () => {
    onPing = (response) => {
      response.writeHead(200, { 'x-influxdb-version': '3.2.1' }).end();
    };
    const other = open();
    await other.start();
    await expect(other.write(points('a'))).resolves.toEqual({
      rejected: [],
      keep: [0],
      keepReason: 'InfluxDB 3.2.1 is not supported: 1.x and 2.x are',
    });
    expect(written).toEqual([]);
    await other.stop();
  });

  it('is made when a store that was away at the start is there', async () => {
    onQuery = answering(500, 'starting');
    const early = open();
    await early.start();
    expect(early.health()).toMatchObject({ status: 'down', sinceMs: expect.any(Number) });
    await expect(early.write(points('a', 'b'))).resolves.toMatchObject({ keep: [0, 1] });
    onQuery = (response) => {
      response.end('{"results":[{}]}');
    };
    await expect
      .poll(() => early.write(points('a', 'b')), { timeout: 15_000 })
      .toEqual({ rejected: [], keep: [] });
    expect(early.health()).toEqual({ status: 'ok' });
    await early.stop();
  });

  it('is made again when the database has gone', async () => {
    onWrite = answering(404, 'database not found: "stadtpegel"');
    await expect(store.write(points('a'))).resolves.toMatchObject({ keep: [0] });
    onWrite = stored;
    queries = [];
    await expect(store.write(points('a'))).resolves.toEqual({ rejected: [], keep: [] });
    expect(queries[0]?.toLowerCase()).toContain('create database');
  });
});

describe('a write', () => {
  it('sends each retention its own points, times in milliseconds', async () => {
    await store.write([...points('a', 'b'), point('c', { retention: 'uplinks' })]);
    const sent = written.map(({ query, names }) => [query.rp, names]);
    expect(sent).toHaveLength(2);
    expect(sent).toEqual(
      expect.arrayContaining([
        ['readings', ['a', 'b']],
        ['uplinks', ['c']],
      ]),
    );
    expect(written[0]?.query).toMatchObject({ db: 'stadtpegel', precision: 'ms' });
  });

  it('of nothing asks nothing', async () => {
    await expect(store.write([])).resolves.toEqual({ rejected: [], keep: [] });
    expect(written).toEqual([]);
  });

  it('rejects a point without a field that can be stored, and writes the others', async () => {
    const result = await store.write([point('a', { fields: { value: Number.NaN } }), point('b')]);
    expect(result).toMatchObject({ rejected: [{ index: 0 }], keep: [] });
    expect(written.map(({ names }) => names)).toEqual([['b']]);
  });
});

describe('points the store refuses (400)', () => {
  it('are found one by one, with its reason, and all others are stored', async () => {
    onWrite = refusing((name) => name === 'p3' || name === 'p77');
    const { rejected, keep } = await store.write(many(100));
    expect(rejected.toSorted((a, b) => a.index - b.index)).toEqual([
      { index: 3, reason: expect.stringContaining('field type conflict on p3') },
      { index: 77, reason: expect.stringContaining('field type conflict on p77') },
    ]);
    expect(keep).toEqual([]);
    expect(written.length).toBeLessThan(40);
    expect(store.health()).toEqual({ status: 'ok' });
  });

  it('are exactly the culprits, whichever they are, and each other point is in a request that was taken', async () => {
    const set = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(fc.nat(39)));
    await fc.assert(
      fc.asyncProperty(set, async ([count, bad]) => {
        written = [];
        const culprits = bad.filter((index) => index < count).sort((a, b) => a - b);
        onWrite = refusing((name) => bad.includes(Number(name.slice(1))));
        const { rejected, keep } = await store.write(many(count));
        expect(rejected.map(({ index }) => index).sort((a, b) => a - b)).toEqual(culprits);
        expect(keep).toEqual([]);
        const clean = written.filter(
          ({ names }) => !names.some((name) => bad.includes(Number(name.slice(1)))),
        );
        expect(new Set(clean.flatMap(({ names }) => names)).size).toBe(count - culprits.length);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a request that is too large (413)', () => {
  it('is divided until it fits', async () => {
    onWrite = (response, one) =>
      (one.names.length > 10 ? answering(413, 'too large') : stored)(response, one);
    await expect(store.write(many(64))).resolves.toEqual({ rejected: [], keep: [] });
    expect(written.filter(({ names }) => names.length <= 10).flatMap(({ names }) => names)).toHaveLength(64);
  });

  it('is rejected where it is a single point', async () => {
    onWrite = (response, one) => (one.names.includes('p1') ? answering(413, 'x') : stored)(response, one);
    const { rejected, keep } = await store.write(many(3));
    expect([rejected, keep]).toEqual([[{ index: 1, reason: expect.stringContaining('larger') }], []]);
  });
});

describe('what may pass', () => {
  it.each([
    [401, 'authorization failed'],
    [403, 'user is not authorized to write'],
    [404, 'retention policy not found: readings'],
    [429, 'too many requests'],
    [500, 'timeout'],
    [502, 'bad gateway'],
    [503, 'hinted handoff queue not empty'],
  ])('is kept, with the reason: %i %s', async (status, error) => {
    onWrite = answering(status, error);
    const result = await store.write(points('a', 'b'));
    const reason = expect.stringContaining(`${status} ${error}`);
    expect(result).toEqual({ rejected: [], keep: [0, 1], keepReason: reason });
    expect(store.health()).toMatchObject({ status: 'down', detail: reason, sinceMs: expect.any(Number) });
  });

  it('ends: the store is well again after the next write that is taken', async () => {
    onWrite = answering(500, 'timeout');
    await store.write(points('a'));
    onWrite = stored;
    await store.write(points('a'));
    expect(store.health()).toEqual({ status: 'ok' });
  });

  it('is asked again when the store said', async () => {
    onWrite = answering(429, 'too many requests', { 'retry-after': '2' });
    await expect(store.write(points('a'))).resolves.toMatchObject({ keep: [0], retryAfterMs: 2000 });
  });

  it('keeps only what was not settled where the store goes away in between', async () => {
    onWrite = (response, one) => {
      if (written.length > 4) answering(503, 'gone')(response, one);
      else refusing((name) => name === 'd' || name === 'b')(response, one);
    };
    await expect(store.write(points('a', 'b', 'c', 'd'))).resolves.toMatchObject({
      rejected: [{ index: 1 }],
      keep: [2, 3],
    });
  });
});

describe('a connection that is refused', () => {
  it('keeps everything, and the store is used again when it is back', async () => {
    const { port } = server.address() as AddressInfo;
    await unlisten();
    await expect(store.write(points('a', 'b'))).resolves.toMatchObject({ rejected: [], keep: [0, 1] });
    await listen(port);
    await expect(store.write(points('a', 'b'))).resolves.toEqual({ rejected: [], keep: [] });
  });
});
