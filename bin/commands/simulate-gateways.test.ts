import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayMistake, simulateGateways } from './simulate-gateways.ts';

const usual = { city: 'cities/demo', seed: 1, speed: 1, encoding: 'json' } as const;

describe('stadtpegel simulate --transport gateway', () => {
  it('takes a file of keys, and its options say nothing without it', () => {
    expect(gatewayMistake({ ...usual, transport: 'gateway' })).toMatch('--secrets FILE');
    expect(gatewayMistake({ ...usual, transport: 'gateway', secrets: 'keys.yaml' })).toBeUndefined();
    expect(gatewayMistake({ ...usual, transport: 'application' })).toBeUndefined();
    expect(gatewayMistake({ ...usual, transport: 'application', gateways: 'g.yaml' })).toMatch(
      '--gateways is of',
    );
  });

  describe('with files', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-gateways-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('that hold no key of the city, says so before it begins', async () => {
      const secrets = path.join(folder, 'keys.yaml');
      await writeFile(secrets, `devices:\n  "0000000000000001": { appKey: "${'00'.repeat(16)}" }\n`, {
        mode: 0o600,
      });
      const started = simulateGateways({ ...usual, transport: 'gateway', secrets }, 'mqtt://127.0.0.1:1');
      await expect(started).rejects.toThrow('has no key of any device of the city');
    });
  });
});
