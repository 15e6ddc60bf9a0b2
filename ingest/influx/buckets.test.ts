/** The answers are those of `dbrp/http_server_dbrp.go` and `tenant/http_server_bucket.go` of InfluxDB 2. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Point } from '#core';
import { ensureBuckets } from './buckets.ts';
import { InfluxHttp } from './http.ts';
import { InfluxStore } from './store.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}
interface Mapping {
  readonly database: string;
  readonly retention_policy: string;
}

let server: Server;
let store: InfluxStore;
let asked: Asked[];
/** What the server holds. */
let orgs: { readonly id: string }[];
let mappings: Mapping[];
let buckets: { readonly id: string; readonly name: string }[];
/** Buckets named `database/policy` count as mapped. */
let virtual: boolean;
let forbidden: boolean;

const refusal = (code: string, message: string): string => JSON.stringify({ code, message });

function answerTo({ method, path, query, body }: Asked): [status: number, text: string] {
  if (path === '/ping') return [204, ''];
  if (path === '/write') {
    const known = mappings.some(({ retention_policy }) => retention_policy === query.rp);
    return known ? [204, ''] : [404, refusal('not found', 'no dbrp mapping found')];
  }
  if (path === '/api/v2/orgs') return [200, JSON.stringify({ orgs })];
  if (forbidden) return [403, refusal('forbidden', 'insufficient permissions for this operation')];
  if (path === '/api/v2/dbrps') {
    if (method === 'GET') return [200, JSON.stringify({ content: mappings })];
    mappings.push(body as Mapping);
    return [201, JSON.stringify(body)];
  }
  if (method === 'GET') {
    const found = buckets.filter(({ name }) => name === query.name);
    return found.length > 0
      ? [200, JSON.stringify({ buckets: found })]
      : [404, refusal('not found', `bucket "${query.name}" not found`)];
  }
  const { name } = body as { name: string };
  buckets.push({ id: `id of ${name}`, name });
  const [database = '', policy = ''] = name.split('/');
  if (virtual) mappings.push({ database, retention_policy: policy });
  return [201, JSON.stringify({ id: `id of ${name}`, name })];
}

const retention = { readings: '9500h', uplinks: '0s' };
const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const open = (): InfluxStore =>
  new InfluxStore({
    url: url(),
    database: 'stadtpegel',
    token: 'abc==',
    retention,
    log: createLogger('silent'),
  });
const ensure = async (): Promise<void> => {
  const http = new InfluxHttp({ url: url(), token: 'abc==' });
  await ensureBuckets(http, { database: 'stadtpegel', retention });
  await http.close();
};
const points = (['readings', 'uplinks'] as const).map(
  (retention): Point => ({
    retention,
    measurement: 'm',
    time: 1_795_305_600_123,
    tags: {},
    fields: { v: 1 },
  }),
);
const posted = (path: string): unknown[] =>
  asked.filter((one) => one.method === 'POST' && one.path === path).map(({ body }) => body);

beforeEach(async () => {
  asked = [];
  orgs = [{ id: 'org' }];
  mappings = [];
  buckets = [];
  virtual = false;
  forbidden = false;
  server = createServer(async (request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', headers } = request;
    const body: unknown = path.startsWith('/api') && text !== '' ? JSON.parse(text) : text;
    const one = {
      method,
      path,
      query: Object.fromEntries(searchParams),
      body,
      authorization: headers.authorization,
    };
    asked.push(one);
    const [status, answer] = answerTo(one);
    response.writeHead(status, { 'x-influxdb-version': 'v2.7.12' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  store = open();
});
afterEach(async () => {
  await store.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the buckets of an InfluxDB 2', () => {
  it('are made and mapped where they are missing, with their retention', async () => {
    await ensure();
    expect(posted('/api/v2/buckets')).toEqual([
      {
        orgID: 'org',
        name: 'stadtpegel/readings',
        retentionRules: [{ type: 'expire', everySeconds: 34_200_000 }],
      },
      { orgID: 'org', name: 'stadtpegel/uplinks', retentionRules: [] },
    ]);
    expect(mappings).toEqual([
      {
        orgID: 'org',
        bucketID: 'id of stadtpegel/readings',
        database: 'stadtpegel',
        retention_policy: 'readings',
        default: true,
      },
      {
        orgID: 'org',
        bucketID: 'id of stadtpegel/uplinks',
        database: 'stadtpegel',
        retention_policy: 'uplinks',
        default: false,
      },
    ]);
  });

  it('are their own mapping where the server says so', async () => {
    virtual = true;
    await ensure();
    expect(posted('/api/v2/buckets')).toHaveLength(2);
    expect(posted('/api/v2/dbrps')).toEqual([]);
  });

  it('are left as they are where they exist', async () => {
    buckets.push({ id: 'theirs', name: 'stadtpegel/readings' });
    mappings.push({ database: 'stadtpegel', retention_policy: 'uplinks' });
    await ensure();
    expect(posted('/api/v2/buckets')).toEqual([]);
    expect(posted('/api/v2/dbrps')).toMatchObject([{ bucketID: 'theirs', retention_policy: 'readings' }]);
  });

  it('are made by the store, with its token alone', async () => {
    await store.start();
    await expect(store.write(points)).resolves.toEqual({ rejected: [], keep: [] });
    expect(asked.every(({ authorization }) => authorization === 'Token abc==')).toBe(true);
    expect(asked.some(({ path }) => path === '/query')).toBe(false);
  });

  it.each<[string, () => void]>([
    [
      'the token may not',
      () => {
        forbidden = true;
      },
    ],
    ['the token sees no organisation', () => orgs.pop()],
    ['the token sees several', () => orgs.push({ id: 'other' })],
  ])('are named to the operator where %s; all is kept until they are there', async (_, prepare) => {
    prepare();
    await store.start();
    await expect(store.write(points)).resolves.toMatchObject({ rejected: [], keep: [0, 1] });
    expect(store.health()).toMatchObject({
      status: 'down',
      detail: expect.stringMatching(
        /no dbrp mapping.*the buckets stadtpegel\/readings and stadtpegel\/uplinks/,
      ),
    });
    for (const retention_policy of Object.keys(retention))
      mappings.push({ database: 'stadtpegel', retention_policy });
    await expect(store.write(points)).resolves.toEqual({ rejected: [], keep: [] });
    expect(store.health()).toEqual({ status: 'ok' });
  });
});
