import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, Registry } from '#core';
import type { Groups } from './alike.ts';
import { ApartWatch } from './apart-watch.ts';
import { eui, hourMs, startMs } from './testing.ts';

const values = [19.9, 20, 20.1, 20.2, 23.1];
const devices = values.map((_, n) => eui(n));
const group = {
  quantity: 'air_temperature',
  channel: undefined,
  limit: 2.5,
  devices,
  assets: devices,
  values,
} as const;
const groups: Groups = new Map([
  ['stations', new Map([['air_temperature', { ...group, assets: [...devices], values }]])],
]);

let folder = '';
let file = '';
let nowMs = startMs;
let warnings: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-apart-'));
  file = path.join(folder, 'apart.json');
  nowMs = startMs;
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process: counts when it is asked. */
function watch(): () => Promise<number | undefined> {
  const registry = new Registry();
  const warn = (_facts: unknown, text: string): unknown => warnings.push(text);
  const log = Object.assign(createLogger('silent'), { warn });
  new ApartWatch({ file, state: { alike: () => groups }, now: () => nowMs, registry, log });
  return async () => (await registry.getSingleMetric('stadtpegel_devices_apart')?.get())?.values[0]?.value;
}

describe('what sensors were compared by', () => {
  it('outlives the process: a drift is told in time, once', async () => {
    for (let hour = 0; hour < 30; hour++, nowMs += hourMs) expect(await watch()()).toBe(hour < 24 ? 0 : 1);
    expect(warnings).toEqual([expect.stringContaining(`device ${eui(4)}`)]);
  });

  it('is made anew where the file is damaged, and that is said', async () => {
    await watch()();
    for (const damaged of ['{"lookedMs":', '{"streaks":[]}']) {
      await writeFile(file, damaged);
      nowMs += hourMs;
      expect(await watch()()).toBe(0);
      expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('lookedMs', nowMs);
    }
    expect(warnings).toEqual(Array(2).fill('the comparison of sensors begins anew'));
  });

  it('goes on in memory where it cannot be kept, and that is said', async () => {
    file = path.join(folder, 'missing', 'apart.json');
    const count = watch();
    for (let hour = 0; hour <= 24; hour++, nowMs += hourMs) expect(await count()).toBe(hour < 24 ? 0 : 1);
    expect(warnings).toContain('the comparison of sensors cannot be kept');
  });
});
