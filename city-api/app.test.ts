import { describe, expect, it } from 'vitest';
import { createLogger, type Logger, Registry } from '#core';
import { buildOperatorApp, buildPublicApp } from './app.ts';
import { air, farStation, fixedCity, publicApp, publicDeps, site, smallSite, station } from './fixtures.ts';
import { problemMediaType } from './problems.ts';

/** A logger that keeps what it is told, with the bindings of its children. */
function recorder() {
  const lines: Record<string, unknown>[] = [];
  const bound = (bindings: object): Logger => {
    const keep = (level: string) => (fields: object) => {
      lines.push({ level, ...bindings, ...fields });
    };
    const child = (more: object) => bound({ ...bindings, ...more });
    return Object.assign(createLogger('silent'), {
      child,
      debug: keep('debug'),
      error: keep('error'),
    }) as Logger;
  };
  return { log: bound({}), lines };
}

describe('lists', () => {
  it.each([
    ['/v1/charging/stations', { stations: [farStation, station] }],
    ['/v1/parking/sites', { sites: [site, smallSite] }],
    ['/v1/environment/stations', { stations: [air] }],
    ['/v1/charging/stations?status=AVAILABLE', { stations: [station] }],
    ['/v1/charging/stations?status=CHARGING', { stations: [] }],
    ['/v1/parking/sites?free=true', { sites: [site] }],
    ['/v1/parking/sites?free=false', { sites: [smallSite] }],
    ['/v1/environment/stations?type=environment-station', { stations: [air] }],
    ['/v1/environment/stations?type=tree', { stations: [] }],
    ['/v1/charging/stations?near=49.41,8.69', { stations: [{ ...station, distanceM: 0 }] }],
    [
      '/v1/charging/stations?near=49.41,8.69&radius=1113',
      {
        stations: [
          { ...station, distanceM: 0 },
          { ...farStation, distanceM: 1112 },
        ],
      },
    ],
  ])('%s', async (url, answer) => {
    const response = await publicApp().inject(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.json()).toEqual(answer);
  });

  it('give one site by its id', async () => {
    const app = publicApp();
    expect((await app.inject('/v1/charging/stations/c-markt')).json()).toEqual(station);
    expect((await app.inject('/v1/parking/sites/p-markt')).json()).toEqual(site);
    expect((await app.inject('/v1/environment/stations/e-markt')).json()).toEqual(air);
  });

  it('are led to by the index, every link of which exists', async () => {
    const app = publicApp();
    const { city, links } = (await app.inject('/')).json();
    expect(city).toEqual({ name: 'Musterstadt', timeZone: 'Europe/Berlin' });
    expect(links.length).toBeGreaterThan(5);
    for (const { href } of links) expect(app.hasRoute({ method: 'GET', url: href })).toBe(true);
  });
});

describe('errors', () => {
  it.each([
    ['/nothing', 404, 'not_found'],
    ['/v1/parking/sites/p-99', 404, 'not_found'],
    ['/v1/parking/sites/c-markt', 404, 'not_found'],
  ])('%s is a problem', async (url, status, code) => {
    const response = await publicApp().inject(url);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toContain(problemMediaType);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers.etag).toBeUndefined();
    const problem = response.json();
    expect(problem).toMatchObject({ type: `urn:stadtpegel:error:${code}`, code, status });
    expect(problem.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(problem.remedy.length).toBeGreaterThan(0);
  });

  it.each([
    ['/v1/parking/sites?fre=true&x=1', ['fre', 'x']],
    ['/v1/parking/sites?free=yes', ['free']],
    ['/v1/parking/sites?status=AVAILABLE', ['status']],
    ['/v1/charging/stations?status=free', ['status']],
    ['/v1/environment/stations?type=bush', ['type']],
    ['/v1/parking/sites?near=here', ['near']],
    ['/v1/parking/sites?near=91,8', ['near']],
    ['/v1/parking/sites?near=1,2&near=3,4', ['near']],
    ['/v1/parking/sites?near=49,8&radius=0', ['radius']],
    ['/v1/parking/sites?radius=100', ['radius']],
    ['/v1/parking/sites/p-markt?free=true', ['free']],
    ['/v1/stream?kind=parking,weather', ['kind']],
    ['/health/live?x=1', ['x']],
    ['/?x=1', ['x']],
  ])('%s names the mistakes', async (url, parameters) => {
    const response = await publicApp().inject(url);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain(problemMediaType);
    const { code, errors } = response.json();
    expect(code).toBe('request_invalid');
    expect(errors.map((error: { parameter: string }) => error.parameter)).toEqual(parameters);
  });

  it('refuse to write, and say what is allowed', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const response = await publicApp().inject({ method, url: '/v1/parking/sites/p-markt', payload: '{' });
      expect(response.statusCode).toBe(405);
      expect(response.headers.allow).toBe('GET, HEAD');
      expect(response.headers['content-type']).toContain(problemMediaType);
    }
  });

  it('answer a broken path as a problem too', async () => {
    const response = await publicApp().inject('/v1/parking/sites/%E0%A4%A');
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain(problemMediaType);
  });

  it('tell nothing of what went wrong inside, but where to find it in the log', async () => {
    const { view } = fixedCity();
    const broken = {
      ...view,
      parkingSites: () => {
        throw new Error('password is swordfish');
      },
    };
    const { log, lines } = recorder();
    const response = await publicApp({ view: broken, log }).inject('/v1/parking/sites');
    expect(response.statusCode).toBe(500);
    expect(response.json().code).toBe('internal');
    expect(response.body).not.toContain('swordfish');
    const reqId = response.json().instance.replace('urn:uuid:', '');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', reqId }));
  });
});

describe('the access log', () => {
  it('has one line per request, without query string or address', async () => {
    const { log, lines } = recorder();
    const app = publicApp({ log });
    await app.inject({ url: '/v1/parking/sites?near=49.41,8.69', remoteAddress: '203.0.113.7' });
    await app.inject({ url: '/nothing?q=secret', remoteAddress: '203.0.113.7' });
    expect(lines).toMatchObject([
      { level: 'debug', method: 'GET', route: '/v1/parking/sites', status: 200 },
      { level: 'debug', method: 'GET', route: 'unknown', status: 404 },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/near|secret|203\.0\.113/);
  });
});

describe('HTTP', () => {
  it('lets any page use it', async () => {
    const app = publicApp();
    const response = await app.inject({
      url: '/v1/parking/sites',
      headers: { origin: 'https://app.example' },
    });
    expect(response.headers['access-control-allow-origin']).toBe('*');
    expect(response.headers['access-control-expose-headers']).toContain('ETag');
    expect(response.headers['cross-origin-resource-policy']).toBe('cross-origin');
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/parking/sites',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toBe('GET, HEAD');
  });

  it('limits the requests of an address, unknown paths included, but not the probes of health', async () => {
    const app = publicApp({ config: { apiRequestsPerMinute: 2, apiTrustedProxies: [], streamsMax: 1 } });
    const first = await app.inject('/v1/parking/sites');
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1' });
    expect((await app.inject('/nothing')).statusCode).toBe(404);
    for (const url of ['/v1/parking/sites', '/nothing']) {
      const refused = await app.inject(url);
      expect(refused.statusCode).toBe(429);
      expect(refused.headers['content-type']).toContain(problemMediaType);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.json().code).toBe('too_many_requests');
    }
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  describe('behind a proxy', () => {
    const config = { apiRequestsPerMinute: 2, streamsMax: 1 };
    const statuses = async (trusted: string[], from: string, ...callers: string[]): Promise<number[]> => {
      const app = publicApp({ config: { ...config, apiTrustedProxies: trusted } });
      const found: number[] = [];
      for (const caller of callers) {
        const headers = { 'x-forwarded-for': caller };
        const request = { url: '/v1/parking/sites', remoteAddress: from, headers };
        found.push((await app.inject(request)).statusCode);
      }
      return found;
    };
    const [one, two] = ['203.0.113.1', '203.0.113.2'];

    it('counts the callers it names, if it is trusted', async () => {
      for (const trusted of [['10.0.0.5'], ['::1', '10.0.0.0/8']])
        expect(await statuses(trusted, '10.0.0.5', one, one, two, one)).toEqual([200, 200, 200, 429]);
    });

    it('believes nobody else, and nobody at all unless told to', async () => {
      expect(await statuses(['10.0.0.5'], '198.51.100.9', one, two, '10.0.0.5')).toEqual([200, 200, 429]);
      expect(await statuses([], '127.0.0.1', one, two, one)).toEqual([200, 200, 429]);
    });

    it('believes only what the proxy itself added, not what a caller wrote before', async () => {
      const forged = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((written) => `${written}, ${one}`);
      expect(await statuses(['10.0.0.5'], '10.0.0.5', ...forged)).toEqual([200, 200, 429]);
    });
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await publicApp().inject({ method: 'HEAD', url: '/v1/parking/sites' });
    expect(response.statusCode).toBe(200);
    expect(response.headers.etag).toBeDefined();
    expect(response.body).toBe('');
  });
});

describe('health', () => {
  it('is ready or says which part is not, and to operators only why', async () => {
    const since = { status: 'down', detail: 'no answer from the store', sinceMs: 5 } as const;
    const deps = publicDeps({ readiness: () => ({ ready: false, components: { store: since } }) });
    const answers = [
      [buildPublicApp(deps), { status: 'down' }],
      [buildOperatorApp(deps), since],
    ] as const;
    for (const [app, store] of answers) {
      expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
      const response = await app.inject('/health/ready');
      expect(response.statusCode).toBe(503);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.json()).toEqual({ ready: false, components: { store } });
    }
    expect((await publicApp().inject('/health/ready')).statusCode).toBe(200);
  });
});

describe('metrics', () => {
  it('measure by route and never by path, and stand on the operator listener only', async () => {
    const registry = new Registry();
    const app = publicApp({ registry });
    await app.inject('/v1/parking/sites/p-markt');
    await app.inject('/v1/parking/sites/p-99');
    await app.inject('/nothing');
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    const response = await buildOperatorApp(publicDeps({ registry })).inject('/metrics');
    expect(response.headers['content-type']).toBe(registry.contentType);
    const count = 'stadtpegel_http_request_duration_seconds_count';
    expect(response.body).toContain(`${count}{route="/v1/parking/sites/:id",method="GET",status="2xx"} 1`);
    expect(response.body).toContain(`${count}{route="/v1/parking/sites/:id",method="GET",status="4xx"} 1`);
    expect(response.body).toContain('stadtpegel_open_streams 0');
    expect(response.body).not.toContain('p-99');
  });
});
