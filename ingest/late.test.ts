/** Messages whose meaning a stranger's codec has to be asked for, on the pump with everything real around it. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type GatewayStats, type RawMessage, Registry, type TimeSeriesStore } from '#core';
import { DirtyBuckets } from './downsample/dirty.ts';
import { Ledger } from './ledger.ts';
import { createIngestMetrics } from './metrics.ts';
import { Pump } from './pump.ts';
import { SegmentLog } from './spool/spool.ts';
import { StateLog } from './state-log.ts';
import { gatewayStats, receivedAtMs } from './testing-messages.ts';
import { StoreWriter } from './writer.ts';

const log = createLogger('silent');

/** Any kind of message will do; this one gives a single point and asks nothing of the state. */
const meaningOf = ({ payload }: RawMessage): GatewayStats =>
  gatewayStats({ gatewayId: Buffer.from(payload).toString() });

let folder = '';
let spool: SegmentLog;
let ledger: Ledger;
let pump: Pump;
/** What the store has, by the message it came from. */
let stored: Set<string>;
/** The stranger answers: to all it was asked and will be asked. */
let answer: () => void;

async function open(): Promise<void> {
  spool = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8 * 1_048_576, log });
  ledger = new Ledger(folder, 1_048_576);
  await Promise.all([spool.start(), ledger.start()]);
  stored = new Set();
  const store: TimeSeriesStore = {
    write: async (points) => {
      for (const { tags } of points) stored.add(tags.gateway ?? '');
      return { rejected: [], keep: [] };
    },
    series: async () => [],
  };
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  pump = new Pump({
    onFatal: () => {},
    spool,
    ledger,
    writer: new StoreWriter(store, () => {}),
    dirty: new DirtyBuckets(folder),
    stateLog: new StateLog(path.join(folder, 'state')),
    translate: (raw) => {
      const meaning = meaningOf(raw);
      return meaning.gatewayId.startsWith('stranger') ? answered.then(() => meaning) : meaning;
    },
    directory: { profileOf: () => undefined, placeOf: () => ({}) },
    archive: true,
    state: { apply: () => ({ duplicate: false, repeated: false }), rows: () => [], restore: () => {} },
    metrics: createIngestMetrics(new Registry()),
    log,
  });
  await pump.start();
}

async function close(): Promise<void> {
  await pump.stop();
  await ledger.stop();
  await spool.stop();
}

const send = (...names: readonly string[]): Promise<void> =>
  spool.append(names.map((name) => ({ receivedAtMs, broker: 'b', topic: 't', payload: Buffer.from(name) })));
const untilStored = (...names: readonly string[]): Promise<void> =>
  expect.poll(() => names.every((name) => stored.has(name)), { timeout: 5000, interval: 5 }).toBe(true);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-late-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('a stranger who takes its time', () => {
  it('holds up nobody else, and its messages are confirmed when they are read', async () => {
    const startedMs = performance.now();
    for (let turn = 0; turn < 12; turn++) {
      await send(`stranger ${turn}`, `ours ${turn}`);
      await untilStored(`ours ${turn}`);
    }
    expect(performance.now() - startedMs).toBeLessThan(2500);
    expect(stored.size).toBe(12);
    answer();
    await untilStored('stranger 0', 'stranger 11');
    await pump.stop();
    expect(spool.status().pending).toBe(0);
  });

  it('has its messages again after a stop it did not answer before', { timeout: 30_000 }, async () => {
    await send('stranger', 'ours');
    await untilStored('ours');
    await close();
    expect(spool.status().pending).toBe(1);
    await open();
    answer();
    await untilStored('stranger');
    await pump.stop();
    expect([[...stored], spool.status().pending]).toEqual([['stranger'], 0]);
  });

  it('makes the pump pause where more than 10,000 messages wait for it', { timeout: 30_000 }, async () => {
    await send(...Array.from({ length: 12_000 }, (_, at) => `stranger ${at}`), 'ours');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(stored.size).toBe(0);
    answer();
    await untilStored('ours', 'stranger 11999');
    expect(stored.size).toBe(12_001);
  });
});
