import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createLogger, type DeviceEvent, type RawMessage, Registry, startAll, stopAll } from '#core';
import { ingestConfig } from './config.ts';
import { createIngest, type Ingest } from './ingest.ts';

const minuteMs = 60_000;

/** A battery level, as many per cent as the payload has bytes. */
function level({ receivedAtMs, payload }: RawMessage): DeviceEvent {
  const reading = {
    device: 'd',
    time: receivedAtMs,
    quantity: 'battery_level',
    value: payload.length,
  } as const;
  return {
    kind: 'event',
    type: 'status',
    devEui: 'd',
    time: receivedAtMs,
    receivedAtMs,
    flags: [],
    deduplicationId: '',
    profile: { id: 'v/m', theme: 'building', rhythm: {} },
    details: {},
    readings: [reading],
  };
}

function ingestIn(dataDir: string, influxUrl?: string): Ingest {
  return createIngest({
    config: ingestConfig.parse({ dataDir, influxUrl }),
    translate: level,
    directory: { profileOf: () => undefined, placeOf: () => ({ asset: 'room' }) },
    state: { apply: () => ({ duplicate: false, repeated: false }), rows: () => [], restore: () => undefined },
    registry: new Registry(),
    log: createLogger('silent'),
    onFatal: (cause) => {
      throw cause;
    },
  });
}

it('keeps readings in InfluxDB where its address is given, else in the data folder', () => {
  const storeOf = ({ components }: Ingest): (string | undefined)[] =>
    components.map(({ name }) => name).filter((name) => ['influxdb', 'embedded store'].includes(name));
  expect(storeOf(ingestIn('unused', 'http://127.0.0.1:8086'))).toEqual(['influxdb']);
  expect(storeOf(ingestIn('unused'))).toEqual(['embedded store']);
});

it('brings messages from the spool to the embedded store, and finds them there after a restart', async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-ingest-'));
  const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const answer = ({ store }: Ingest) =>
    store.series({
      assets: ['room'],
      quantities: ['battery_level'],
      fromMs: nowMs,
      toMs: nowMs + minuteMs,
      bucketMs: minuteMs,
    });
  const expected = [{ asset: 'room', quantity: 'battery_level', values: [[nowMs, 80]] }];
  const first = ingestIn(dataDir);
  await startAll(first.components);
  const message = { receivedAtMs: nowMs, broker: 'b', topic: 't', payload: new Uint8Array(80) };
  await first.spool.append([message, message]);
  await expect.poll(() => answer(first), { timeout: 5000 }).toEqual(expected);
  await stopAll(first.components);
  const second = ingestIn(dataDir);
  await startAll(second.components);
  expect(await answer(second)).toEqual(expected);
  await stopAll(second.components);
  await rm(dataDir, { recursive: true, force: true });
});
