import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixedCity, nowMs, publicApp, site } from './fixtures.ts';

const url = '/v1/parking/sites';
const bigCity = fixedCity(Array.from({ length: 50 }, (_, index) => ({ ...site, id: `p-${index}` })));

describe('entity tags', () => {
  it('stay the same as long as the city does, however much time goes by', async () => {
    let time = nowMs;
    const app = publicApp({ now: () => time });
    const first = await app.inject(url);
    expect(first.headers['cache-control']).toBe('public, max-age=15');
    expect(first.headers.etag).toMatch(/^"[^"]+"$/);
    expect(first.headers.date).toBeDefined();
    time += 60_000;
    const headers = { 'if-none-match': String(first.headers.etag) };
    const again = await app.inject({ url, headers });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
    expect(again.headers.etag).toBe(first.headers.etag);
    expect(again.headers['cache-control']).toBe('public, max-age=15');
  });

  it('change with the city', async () => {
    const before = await publicApp().inject(url);
    const { view } = fixedCity([{ ...site, free: 2, occupied: 4 }]);
    const headers = { 'if-none-match': String(before.headers.etag) };
    const after = await publicApp({ view }).inject({ url, headers });
    expect(after.statusCode).toBe(200);
    expect(after.headers.etag).not.toBe(before.headers.etag);
  });

  it.each([
    ['*', 304],
    ['"other"', 200],
    ['TAG', 304],
    ['W/TAG', 304],
    ['"other", TAG', 304],
  ])('are compared as RFC 9110 says: %s', async (asked, status) => {
    const app = publicApp();
    const tag = String((await app.inject(url)).headers.etag);
    const headers = { 'if-none-match': asked.replace('TAG', tag) };
    expect((await app.inject({ url, headers })).statusCode).toBe(status);
  });
});

describe('compression', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('%s has a tag of its own, and that tag is good for a 304', async (coding, decompress) => {
    const app = publicApp({ view: bigCity.view });
    const plain = await app.inject(url);
    const headers = { 'accept-encoding': coding };
    const packed = await app.inject({ url, headers });
    expect(packed.headers['content-encoding']).toBe(coding);
    expect(packed.headers.vary).toContain('accept-encoding');
    expect(decompress(packed.rawPayload).toString()).toBe(plain.body);
    const tag = String(packed.headers.etag);
    expect(tag).toBe(`${String(plain.headers.etag).slice(0, -1)}-${coding}"`);
    const again = await app.inject({ url, headers: { ...headers, 'if-none-match': tag } });
    expect(again.statusCode).toBe(304);
    expect(again.headers.etag).toBe(tag);
  });
});
