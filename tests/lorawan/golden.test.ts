import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emission } from '#simulator';
import { missing } from '../services/programs.ts';
import { devEuiOf, startBench, startMs } from './bench.ts';
import { type PromptBroker, startBroker } from './broker.ts';

const devices = 6;
const emissions: Emission[] = Array.from({ length: 10 * devices }, (_, index) => ({
  ...{ timeMs: startMs + 120_000 + 7000 * index, devEui: devEuiOf(index % devices), fPort: 2 },
  ...{ bytes: Buffer.from([index, 1, 2, 3]), confirmed: index % 9 === 0 },
}));

describe.skipIf(missing('mosquitto'))('everything gateways say', () => {
  let broker: PromptBroker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(async () => {
    await broker?.remove();
  });

  /** Topics and payloads of ten minutes, as one hash. */
  async function hashOf(seed: number): Promise<string> {
    const hash = createHash('sha256');
    const bench = await startBench({
      ...{ mqttUrl: broker.url, seed, devices, radiusKm: 1.2, emissions },
      onMessage: (topic, payload) => void hash.update(topic).update(payload),
    });
    await bench.run(600_000);
    await bench.close();
    expect(bench.server.problems).toEqual([]);
    return hash.digest('hex');
  }

  it('is the same to the last byte for the same seed', async () => {
    const first = await hashOf(42);
    expect(await hashOf(42)).toBe(first);
    expect(first).toBe('da27bed5fb698d1a2f999df632ffe50232da0de31a8e29ca2da301b8652d5316');
  });

  it('is something else for another seed', async () => {
    expect(await hashOf(43)).not.toBe(await hashOf(42));
  });
});
