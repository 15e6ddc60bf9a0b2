/** What ChirpStack said is decoded from the radio log as it was decoded live, to the last flag. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectory, loadInventory } from '#city-state';
import { createLogger, type DeviceDirectory } from '#core';
import { createRedecoder, createTranslate } from '#gateway-bridge';
import { type DuckDbStore, pointsOf, Replayer } from '#ingest';
import { capturedMessages } from './services/captured.ts';
import { EmbeddedStore } from './services/embedded-store.ts';

describe('the captured events, decoded from the radio log', () => {
  const embedded = new EmbeddedStore();
  let store: DuckDbStore;
  let directory: DeviceDirectory;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-replay-'));
    directory = createDirectory(await loadInventory('cities/captured'));
    store = await embedded.open();
    await store.start();
    const translate = createTranslate(directory);
    for (const { at, topic, payload } of capturedMessages()) {
      const raw = { receivedAtMs: Date.parse(at), broker: 'b', topic, payload: Buffer.from(payload) };
      const translated = translate(raw);
      if (translated.kind !== 'uplink' && translated.kind !== 'event') continue;
      expect(await store.write(pointsOf(translated, directory, false))).toEqual({ rejected: [], keep: [] });
    }
  });
  afterAll(async () => {
    await store.stop();
    await embedded.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('say the same', async () => {
    const replayer = new Replayer({
      folder,
      store: store.past,
      redecoder: createRedecoder(directory),
      directory,
      dirty: { mark: () => undefined, flush: () => undefined },
      limits: { uplinksKeptMs: undefined, archive: true },
      keptMs: () => undefined,
      isBusy: () => false,
      now: Date.now,
      log: createLogger('silent'),
    });
    await replayer.start();
    await replayer.begin({ fromMs: 0, toMs: Date.parse('2100-01-01'), dryRun: true });
    await expect.poll(() => replayer.status()?.state).toBe('done');
    const { profiles = [] } = replayer.status() ?? {};
    await replayer.stop();
    expect(profiles.flatMap(({ profile, uplinks }) => (uplinks > 0 ? [profile] : []))).toEqual([
      'bosch/tps110',
      'cayenne/lpp',
      'elsys/ers',
      'milesight/am307',
      'milesight/ct103',
    ]);
    for (const { uplinks, same, ...counts } of profiles) {
      expect(counts).toMatchObject({ changed: 0, new: 0, gone: 0, examples: [] });
      expect(same).toBeGreaterThanOrEqual(uplinks);
    }
  });
});
