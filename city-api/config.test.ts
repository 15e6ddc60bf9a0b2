import { describe, expect, it } from 'vitest';
import { cityApiConfig } from './config.ts';

describe('cityApiConfig', () => {
  it('is complete without anything set', () => {
    expect(cityApiConfig.parse({})).toEqual({
      apiHost: '127.0.0.1',
      apiPort: 8080,
      operatorHost: '127.0.0.1',
      operatorPort: 9090,
      apiRequestsPerMinute: 600,
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

  it('reads numbers from text and says what each setting is for', () => {
    expect(cityApiConfig.parse({ apiPort: '0', streamsMax: '7' })).toMatchObject({
      apiPort: 0,
      streamsMax: 7,
    });
    expect(cityApiConfig.safeParse({ apiPort: '65536' }).success).toBe(false);
    for (const field of Object.values(cityApiConfig.shape)) expect(field.description).toBeDefined();
  });
});
