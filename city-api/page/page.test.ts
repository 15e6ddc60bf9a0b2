import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixedCity, nowMs, publicApp, site } from '../fixtures.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const page = (app = publicApp(), headers: Record<string, string> = {}) =>
  app.inject({ url: '/', headers: { ...browser, ...headers } });
const linksIn = (html: string): string[] =>
  [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'));

describe('GET /', () => {
  it('is a page for browsers and the index for all else, and caches keep them apart', async () => {
    const app = publicApp();
    const [html, json] = [await page(app), await app.inject('/')];
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(json.headers['content-type']).toMatch(/^application\/json/);
    for (const { headers } of [html, json]) expect(headers.vary).toContain('accept');
    expect(html.headers.etag).not.toBe(json.headers.etag);
    const wrongTag = await app.inject({ url: '/', headers: { 'if-none-match': String(html.headers.etag) } });
    expect(wrongTag.statusCode).toBe(200);
    const head = await app.inject({ url: '/', method: 'HEAD', headers: browser });
    expect(head.headers['content-length']).toBe(html.headers['content-length']);
  });

  it('stays the same byte for byte while the city does, until midnight there', async () => {
    let time = nowMs;
    const app = publicApp({ now: () => time });
    const first = await page(app);
    time += 3_600_000;
    const again = await page(app, { 'if-none-match': String(first.headers.etag) });
    expect(again.statusCode).toBe(304);
    time += 24 * 3_600_000;
    expect((await page(app)).body).toContain('am 4. Mai um 11:28 Uhr');
  });

  it('is packed where that is wished for, and varies by that too', async () => {
    const packed = await page(publicApp(), { 'accept-encoding': 'br' });
    expect(packed.headers.vary).toBe('accept, accept-encoding');
    expect(brotliDecompressSync(packed.rawPayload).toString()).toBe((await page()).body);
  });

  it('tells of every site, with status and age in words', async () => {
    const { body } = await page();
    for (const words of ['Musterstadt', 'Markt 1', 'von 10 Parkplätzen frei', 'Typ 2, 22 kW', 'unbekannt']) {
      expect(body).toContain(words);
    }
    expect(body).toContain('Lufttemperatur</dt><dd><b>21,4</b> <span class="unit">°C</span>');
    expect(body).toContain('P1<span class="unseen"> frei</span>');
    expect(body).toContain('<time datetime="2026-05-04T09:28:11.000Z">um 11:28 Uhr</time>');
  });

  it('says so where a city has nothing of a kind, or a site has too many bays to draw', async () => {
    const { bays } = site;
    const many = { ...site, capacity: 61, bays: Array.from({ length: 61 }, () => bays).flat() };
    expect((await page(publicApp({ view: fixedCity([many]).view }))).body).not.toContain('<ul class="bays">');
    expect((await page(publicApp({ view: fixedCity([]).view }))).body).toContain(
      'Hier ist noch nichts erfasst.',
    );
  });

  it('takes nothing of the inventory for markup', async () => {
    const name = `"><script>alert('1')</script>`;
    const { view } = fixedCity([{ ...site, id: name, name, address: name, operator: name }]);
    const { body } = await page(publicApp({ view, city: { name, timeZone: 'Europe/Berlin' } }));
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).toContain('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</h3>');
  });

  it('leads only to what is there', async () => {
    const app = publicApp();
    const { body } = await page(app);
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `#${id}`);
    expect(new Set(ids).size).toBe(ids.length);
    const links = linksIn(body);
    expect(links.length).toBeGreaterThan(20);
    for (const link of links.filter((one) => one !== '/v1/stream')) {
      if (link.startsWith('#')) expect(ids).toContain(link);
      else expect([link, (await app.inject(link)).statusCode]).toEqual([link, 200]);
    }
  });
});

describe('the files of the page', () => {
  it.each([
    ['/page/page.js', 'text/javascript; charset=utf-8'],
    ['/page/page.css', 'text/css; charset=utf-8'],
    ['/page/icon.svg', 'image/svg+xml; charset=utf-8'],
  ])('%s', async (url, type) => {
    const app = publicApp();
    const { statusCode, headers, body } = await app.inject(url);
    expect([statusCode, headers['content-type']]).toEqual([200, type]);
    expect(body.length).toBeGreaterThan(300);
    const again = await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
    expect(again.statusCode).toBe(304);
  });

  it('are these three', async () => {
    expect((await publicApp().inject('/page/live.js')).statusCode).toBe(400);
  });

  it('are all a page may load: nothing inline, nothing from elsewhere', async () => {
    const { headers, body } = await page();
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(body).not.toMatch(/\sstyle=|\son\w+=|<style|<script(?! type="module" src="\/page\/page\.js"><)/);
  });
});
