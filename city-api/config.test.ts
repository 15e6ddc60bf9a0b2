import { describe, expect, it } from 'vitest';
import { readConfig } from '#core';
import { cityApiConfig } from './config.ts';

describe('cityApiConfig', () => {
  it('is complete without anything set', () => {
    expect(cityApiConfig.parse({})).toEqual({
      apiHost: '127.0.0.1',
      apiPort: 8080,
      operatorHost: '127.0.0.1',
      operatorPort: 9090,
      apiRequestsPerMinute: 600,
      apiTrustedProxies: [],
      streamsMax: 500,
    });
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('takes %s', (host) => {
    expect(cityApiConfig.parse({ apiHost: host, operatorHost: host }).apiHost).toBe(host);
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', '127.example.com', 'city.example', ''])('refuses %s', (host) => {
    for (const key of ['apiHost', 'operatorHost']) {
      const result = cityApiConfig.safeParse({ [key]: host });
      expect(result.error?.issues[0]?.message).toContain('needs keys');
    }
  });

  it('names every listener that would be public, the value, and what to do', () => {
    const env = { STADTPEGEL_API_HOST: '0.0.0.0', STADTPEGEL_OPERATOR_HOST: '::' };
    expect(() => readConfig({ api: cityApiConfig }, env)).toThrow(
      /^2 mistake.*STADTPEGEL_API_HOST=0\.0\.0\.0: .*needs keys.*Set 127\.0\.0\.1 .*reverse proxy.*STADTPEGEL_OPERATOR_HOST=::: .*needs keys/s,
    );
  });

  it('reads trusted proxies as addresses and networks', () => {
    const read = (apiTrustedProxies: string) => cityApiConfig.safeParse({ apiTrustedProxies });
    expect(read('127.0.0.1, ::1,10.0.0.0/8,fd00::/8,').data?.apiTrustedProxies).toEqual([
      '127.0.0.1',
      '::1',
      '10.0.0.0/8',
      'fd00::/8',
    ]);
    for (const strange of [
      'proxy',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '::/0',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      '1.2.3',
    ])
      expect(read(`127.0.0.1,${strange}`).error?.issues[0]?.message).toContain(`"${strange}"`);
    expect(read('a,b').error?.issues).toHaveLength(2);
  });

  it('reads numbers from text and says what each setting is for', () => {
    expect(cityApiConfig.parse({ apiPort: '0', streamsMax: '7' })).toMatchObject({
      apiPort: 0,
      streamsMax: 7,
    });
    expect(cityApiConfig.safeParse({ apiPort: '65536' }).success).toBe(false);
    for (const field of Object.values(cityApiConfig.shape)) expect(field.description).toBeDefined();
  });
});
