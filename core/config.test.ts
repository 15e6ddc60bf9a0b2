import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, readConfig, variableOf } from './config.ts';

const schemas = {
  one: z.object({
    brokerUrl: z.url('needs an address').describe('Where the broker is.'),
    portNumber: z.coerce.number().int().max(65_535).default(80).describe('The port.'),
  }),
  two: z.object({ dataDir: z.string().default('data').describe('The folder.') }),
};

function mistakesOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    readConfig(schemas, env);
  } catch (cause) {
    if (cause instanceof ConfigError) return cause;
  }
  throw new Error('no ConfigError');
}

describe('readConfig', () => {
  it('reads values, and takes defaults where a variable is absent or empty', () => {
    expect(readConfig(schemas, { STADTPEGEL_BROKER_URL: 'mqtt://x', STADTPEGEL_PORT_NUMBER: '' })).toEqual({
      one: { brokerUrl: 'mqtt://x', portNumber: 80 },
      two: { dataDir: 'data' },
    });
  });

  it('names every mistake at once: variable, value, problem, what the setting is', () => {
    const { mistakes, message } = mistakesOf({ STADTPEGEL_PORT_NUMBER: '99999', STADTPEGEL_PRT: '1' });
    expect(mistakes.map(({ variable }) => variable)).toEqual([
      'STADTPEGEL_BROKER_URL',
      'STADTPEGEL_PORT_NUMBER',
      'STADTPEGEL_PRT',
    ]);
    expect(message).toMatch(/STADTPEGEL_BROKER_URL \(not set\): needs an address\. Where the broker is\./);
    expect(message).toMatch(/STADTPEGEL_PORT_NUMBER=99999/);
    expect(message).toMatch(/STADTPEGEL_PRT=1: no such setting/);
  });

  it('shows no credentials', () => {
    const { message } = mistakesOf({
      STADTPEGEL_BROKER_URL: 'mqtt://x',
      STADTPEGEL_OLD_URL: 'mqtt://user:secret@host',
    });
    expect(message).not.toMatch(/secret/);
    expect(message).toMatch(/…@host/);
  });

  it('leaves variables of tests alone', () => {
    expect(() =>
      readConfig(schemas, { STADTPEGEL_BROKER_URL: 'mqtt://x', STADTPEGEL_TEST_X: '1' }),
    ).not.toThrow();
  });

  it('names variables as people write them', () => {
    expect(variableOf('mqttUnackedMax')).toBe('STADTPEGEL_MQTT_UNACKED_MAX');
  });
});
