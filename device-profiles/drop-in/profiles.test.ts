/** Vendors' folders on the real sandbox: vectors, what becomes of a payload, and reading again. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger, createMetrics } from '#core';
import { DecoderSandbox } from '../sandbox/index.ts';
import { decodeStranger } from './decode-stranger.ts';
import { DropInProfiles } from './profiles.ts';
import { acme, writeFiles } from './testing.ts';

const log = createLogger('silent');
const codecPath = 'acme/codecs/weather.js';
const codec = acme[codecPath] ?? '';
const frame = { fPort: 2, bytes: Uint8Array.of(0, 215, 48), receivedAtMs: Date.UTC(2026, 10, 22) };

let folder = '';
let sandbox: DecoderSandbox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stadtpegel-drop-in-'));
  sandbox = new DecoderSandbox({ registry: createMetrics(), log });
  await sandbox.start();
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

describe('a folder with profiles of others', () => {
  it('is decoded with, reported, and read again whenever it changes', async () => {
    const place = await writeFiles(join(folder, 'live'), acme);
    const times = { settleMs: 20, rescanMs: 60_000 };
    const others = new DropInProfiles({ folder: place, sandbox, log, times });
    await others.start();
    const decoded = async () => {
      const device = others.catalogue.byName({ deviceProfileName: 'Weather W2 roof' });
      return device && (await decodeStranger(sandbox, device, frame));
    };
    try {
      expect(await decoded()).toEqual({
        data: { TempC: 21.5, humidity: 48, model: 'W2' },
        readings: [
          { quantity: 'air_temperature', value: 21.5 },
          { quantity: 'relative_humidity', value: 48 },
        ],
        warnings: [],
        errors: [],
        archivePayload: true,
      });
      await vi.waitFor(() =>
        expect(others.reports).toEqual([
          { codec: 'acme/weather.js', outcome: 'passed', passed: 3, failed: 0, stateful: false },
        ]),
      );
      expect(others.health()).toEqual({ status: 'ok', detail: '2 models' });

      await writeFile(join(place, codecPath), codec.replace('TempC:', 'probe_temperature_c:'));
      await vi.waitFor(async () =>
        expect((await decoded())?.readings[0]?.quantity).toBe('probe_temperature'),
      );
      await vi.waitFor(() => expect(others.health()).toMatchObject({ status: 'degraded' }));
      expect(others.reports[0]?.reason).toContain('mild: data.TempC is nothing, expected 21.5');

      await writeFile(join(place, codecPath), 'function decodeUplink(');
      await vi.waitFor(() => expect(others.health().detail).toContain('2 refused'));
      expect((await decoded())?.readings).toHaveLength(2);

      await rename(place, `${place}-away`);
      await vi.waitFor(() => expect(others.health().detail).toContain('the models read before stay'));
      expect((await decoded())?.readings).toHaveLength(2);
    } finally {
      await others.stop();
    }
  });

  it('is noticed without being told, and a codec that keeps state is found out', async () => {
    const place = await writeFiles(join(folder, 'quiet'), { 'README.md': 'nothing yet' });
    const others = new DropInProfiles({
      folder: place,
      sandbox,
      log,
      times: { settleMs: 60_000, rescanMs: 50 },
    });
    await others.start();
    try {
      expect(others.catalogue.devices).toEqual([]);
      const counting = `var n = 0;\n${codec.replace('humidity:', 'n: ++n, humidity:')}`;
      await writeFiles(place, { ...acme, [codecPath]: counting });
      await vi.waitFor(() => expect(others.reports[0]).toMatchObject({ outcome: 'failed', stateful: true }), {
        timeout: 10_000,
      });
      const device = others.catalogue.byId('acme/w1');
      for (let call = 0; call < 3; call += 1)
        expect(device && (await decodeStranger(sandbox, device, frame)).data).toMatchObject({ n: 1 });
    } finally {
      await others.stop();
    }
  });

  it('must be there at the start', async () => {
    const others = new DropInProfiles({ folder: join(folder, 'nowhere'), sandbox, log });
    await expect(others.start()).rejects.toThrow('name a folder this process can read');
    await others.stop();
  });
});
