import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '#core';
import { configurationPage, environmentSample } from './configuration.ts';

const schemas = {
  harbour: z.object({
    craneUrl: z.url().describe('Where the crane | listens.'),
    loadKgMax: z.coerce.number().int().default(500).describe('Heaviest load\n  in kg.'),
    berths: z
      .string()
      .default('a,b')
      .transform((text) => text.split(','))
      .describe('Berths.'),
    night: z.stringbool().default(false).describe('Work at night.'),
    nickname: z.string().optional().describe('What sailors say.'),
  }),
};

describe('configurationPage', () => {
  it('lists variables, defaults as they are written, and what is required', () => {
    const rows = configurationPage(schemas)
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toEqual([
      '| `STADTPEGEL_CRANE_URL` | **required** | Where the crane \\| listens. |',
      '| `STADTPEGEL_LOAD_KG_MAX` | `500` | Heaviest load in kg. |',
      '| `STADTPEGEL_BERTHS` | `a,b` | Berths. |',
      '| `STADTPEGEL_NIGHT` | `false` | Work at night. |',
      '| `STADTPEGEL_NICKNAME` | not set | What sailors say. |',
    ]);
  });

  it('refuses a setting nobody described', () => {
    expect(() => configurationPage({ harbour: z.object({ crane: z.string() }) })).toThrow(
      'STADTPEGEL_CRANE has no description',
    );
  });
});

describe('environmentSample', () => {
  it('leaves open what is required and comments out the rest', () => {
    const sample = environmentSample(schemas);
    expect(sample).toContain('# Where the crane | listens.\nSTADTPEGEL_CRANE_URL=\n');
    expect(sample).toContain('# Heaviest load in kg.\n#STADTPEGEL_LOAD_KG_MAX=500\n');
    expect(sample).toContain('#STADTPEGEL_NICKNAME=\n');
  });

  it('shows defaults that mean the same when uncommented', () => {
    const required = { STADTPEGEL_CRANE_URL: 'http://127.0.0.1' };
    const lines = environmentSample(schemas).matchAll(/^#(STADTPEGEL_\w+)=(.*)$/gm);
    const uncommented = Object.fromEntries([...lines].map(([, name = '', value]) => [name, value]));
    expect(readConfig(schemas, { ...uncommented, ...required })).toEqual(readConfig(schemas, required));
  });
});
