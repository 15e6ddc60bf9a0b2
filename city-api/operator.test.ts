import { describe, expect, it } from 'vitest';
import { type LetterFilter, type LetterInFull, type OperatorPort, StadtpegelError } from '#core';
import { buildOperatorApp, buildPublicApp } from './app.ts';
import { publicDeps } from './fixtures.ts';

const receivedAtMs = Date.parse('2026-05-04T09:00:00Z');
const letter = (id: number, text: string | Uint8Array, given: Partial<LetterInFull> = {}): LetterInFull => ({
  id,
  state: 'waiting',
  code: 'json_invalid',
  reason: 'why',
  receivedAtMs,
  broker: 'b',
  topic: 't',
  payloadBytes: text.length,
  withheld: false,
  attempts: 0,
  payload: Buffer.from(text),
  ...given,
});
const letters = [
  letter(1, '{"a":1}'),
  letter(2, 'text {', { state: 'redriving', attempts: 1, redrivenAtMs: receivedAtMs + 1000 }),
  letter(3, Uint8Array.of(0, 255)),
];

/** An operator with fixed letters that remembers what it was asked. */
function fixedOperator() {
  const asked: unknown[] = [];
  const found = (id: number): LetterInFull | undefined => letters.find((one) => one.id === id);
  const operator: OperatorPort = {
    letters: async (filter, page) => {
      asked.push([filter, page]);
      return { letters: letters.slice(0, page.limit), ...(page.limit < 3 && { next: page.limit }) };
    },
    letter: found,
    async *lettersInFull(filter: LetterFilter) {
      asked.push(filter);
      yield* letters;
    },
    redrive: async (id) => {
      if (id === 3) throw new StadtpegelError('letter_withheld', 'Letter 3 came without its bytes.');
      if (id === 2) throw new StadtpegelError('spool_full', 'the spool holds its limit');
      const one = found(id);
      return one && { outcome: 'redriven', letter: one };
    },
    redriveAll: async (filter, page) => {
      asked.push([filter, page]);
      return { redriven: 5, withheld: 1, next: 17 };
    },
    spool: () => ({ folder: '/data/spool', bytes: 1, bytesMax: 2, pending: 3 }),
  };
  const app = buildOperatorApp({ ...publicDeps(), operator });
  const headers = { host: '127.0.0.1:9090' };
  return {
    asked,
    get: (url: string, more = {}) =>
      app.inject({ url: `/v1/operator${url}`, headers: { ...headers, ...more } }),
    post: (url: string, more = {}) =>
      app.inject({ method: 'POST', url: `/v1/operator${url}`, headers: { ...headers, ...more } }),
    app,
  };
}

describe('/v1/operator', () => {
  it('stands on the operator listener only, and there only where the process ingests', async () => {
    expect((await buildPublicApp(publicDeps()).inject('/v1/operator/letters')).statusCode).toBe(404);
    expect((await buildOperatorApp(publicDeps()).inject('/v1/operator/letters')).statusCode).toBe(404);
    expect((await fixedOperator().get('/letters')).statusCode).toBe(200);
  });

  it('is not answered to pages of other sites, nor under names they may have pointed here', async () => {
    const { get, post } = fixedOperator();
    for (const site of ['cross-site', 'same-site'])
      expect((await post('/letters/1/redrive', { 'sec-fetch-site': site })).statusCode).toBe(403);
    for (const host of ['evil.example:9090', '127.0.0.1.evil.example', '[evil]'])
      expect((await get('/letters', { host })).statusCode, host).toBe(403);
    for (const host of ['localhost:9090', '10.1.2.3', '[::1]:9090'])
      expect((await get('/letters', { host, 'sec-fetch-site': 'none' })).statusCode, host).toBe(200);
  });

  it('describes itself and what stands beside it', async () => {
    const document = (await fixedOperator().app.inject('/openapi.json')).json();
    expect(Object.keys(document.paths).sort()).toEqual([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/v1/operator/letters',
      '/v1/operator/letters/export',
      '/v1/operator/letters/redrive',
      '/v1/operator/letters/{id}',
      '/v1/operator/letters/{id}/redrive',
      '/v1/operator/spool',
    ]);
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      'Letter',
      'LetterInFull',
      'Problem',
      'Readiness',
      'Spool',
    ]);
  });
});

describe('letters', () => {
  it('are listed page by page, as the query narrows them down', async () => {
    const { get, asked } = fixedOperator();
    const first = await get('/letters?limit=2');
    expect(first.headers['cache-control']).toBe('no-store');
    expect(first.json().next).toBe(2);
    expect(first.json().letters[1]).toEqual({
      id: 2,
      state: 'redriving',
      code: 'json_invalid',
      reason: 'why',
      receivedAt: '2026-05-04T09:00:00.000Z',
      broker: 'b',
      topic: 't',
      payloadBytes: 6,
      withheld: false,
      attempts: 1,
      redrivenAt: '2026-05-04T09:00:01.000Z',
    });
    expect((await get('/letters')).json()).toMatchObject({
      next: null,
      letters: [{ redrivenAt: null }, {}, {}],
    });
    await get('/letters?code=c&state=waiting&topic=x&device=d&from=2026-05-04T09:00:00Z&before=7');
    const filter = { code: 'c', state: 'waiting', topic: 'x', device: 'd', fromMs: receivedAtMs };
    expect(asked.at(-1)).toMatchObject([filter, { limit: 100, before: 7 }]);
  });

  it.each(['limit=0', 'limit=1001', 'state=lost', 'from=today', 'before=x', 'kode=x'])(
    'refuse %s',
    async (query) => {
      const response = await fixedOperator().get(`/letters?${query}`);
      expect(response.statusCode).toBe(400);
      expect(response.json().errors).toMatchObject([{ parameter: query.split('=')[0] }]);
    },
  );

  it('are shown as hex, as text and as JSON as far as they are', async () => {
    const { get } = fixedOperator();
    const payloadOf = async (id: number) => (await get(`/letters/${id}`)).json().payload;
    expect(await payloadOf(1)).toEqual({ hex: '7b2261223a317d', text: '{"a":1}', json: { a: 1 } });
    expect(await payloadOf(2)).toEqual({ hex: '74657874207b', text: 'text {' });
    expect(await payloadOf(3)).toEqual({ hex: '00ff', text: null });
    expect((await get('/letters/4')).json()).toMatchObject({ status: 404, code: 'not_found' });
    expect((await get('/letters/x')).json()).toMatchObject({ status: 400, errors: [{ parameter: 'id' }] });
  });

  it('are exported as JSON Lines', async () => {
    const { get, asked } = fixedOperator();
    const response = await get('/letters/export?code=c');
    expect(response.headers['content-type']).toBe('application/jsonl');
    const lines = response.body.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).payloadBase64)).toEqual(['eyJhIjoxfQ==', 'dGV4dCB7', 'AP8=']);
    expect(asked).toMatchObject([{ code: 'c' }]);
  });
});

describe('redriving', () => {
  it('says what was done, or why not', async () => {
    const { post } = fixedOperator();
    expect((await post('/letters/1/redrive')).json()).toMatchObject({
      outcome: 'redriven',
      letter: { id: 1 },
    });
    expect((await post('/letters/2/redrive')).json()).toMatchObject({ status: 503, code: 'spool_full' });
    expect((await post('/letters/3/redrive')).json()).toMatchObject({ status: 409, code: 'letter_withheld' });
    expect((await post('/letters/4/redrive')).json()).toMatchObject({ status: 404 });
  });

  it('takes a filter and goes on where it ended', async () => {
    const { post, asked } = fixedOperator();
    const answer = { redriven: 5, withheld: 1, next: 17 };
    expect((await post('/letters/redrive?device=d&after=9&limit=6')).json()).toEqual(answer);
    expect(asked).toMatchObject([[{ device: 'd' }, { after: 9, limit: 6 }]]);
    expect((await post('/letters/redrive?state=stored')).statusCode).toBe(400);
  });
});

describe('the spool', () => {
  it('says how full it is', async () => {
    expect((await fixedOperator().get('/spool')).json()).toEqual({
      folder: '/data/spool',
      bytes: 1,
      bytesMax: 2,
      pending: 3,
    });
  });
});
