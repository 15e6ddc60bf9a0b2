import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, type Delivery, type Position, type StateSink } from '#core';
import { DirtyBuckets } from './downsample/dirty.ts';
import { Ledger } from './ledger.ts';
import { RecentFrames } from './recent-frames.ts';
import { Snapshots } from './snapshots.ts';
import { StateLog } from './state-log.ts';

const receivedAtMs = 1_795_305_600_123;
const at = (position: number): Position => position as Position;
const delivery = (position: number): Delivery => ({
  position: at(position),
  message: { receivedAtMs, broker: 'b', topic: 't', payload: new Uint8Array() },
  attempt: 1,
});

let folder = '';
let ledger: Ledger;
let dirty: DirtyBuckets;
let snapshots: Snapshots;
let confirmed: number[];
let restored: string[];
/** What happens while rows are written. */
let meanwhile: () => void;

const state: StateSink = {
  apply: () => ({ duplicate: false, repeated: false }),
  *rows() {
    yield Buffer.from('one');
    meanwhile();
    yield Buffer.from('two');
  },
  restore: (rows) => {
    restored = Array.from(rows, (row) => Buffer.from(row).toString());
  },
};

async function open(): Promise<void> {
  ledger = new Ledger(folder, 1_048_576);
  dirty = new DirtyBuckets(folder);
  await ledger.start();
  await dirty.start();
  build();
}

function build(): void {
  const spool = { confirm: (positions: readonly Position[]) => confirmed.push(...positions) };
  const stateLog = new StateLog(path.join(folder, 'state'));
  const recent = new RecentFrames();
  snapshots = new Snapshots({ spool, ledger, stateLog, dirty, recent, state, log: createLogger('silent') });
}

/** The process ends without a word, and another one begins. */
async function crash(): Promise<void> {
  await snapshots.stop(false);
  build();
  await snapshots.start();
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-snapshots-'));
  [confirmed, restored, meanwhile] = [[], [], () => {}];
  await open();
});
afterEach(async () => {
  vi.useRealTimers();
  await snapshots.stop(false);
  await dirty.stop();
  await ledger.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a snapshot', () => {
  it('confirms what was settled before its first row, and nothing that was settled while it was made', async () => {
    await snapshots.start();
    snapshots.settle([at(1), at(2)]);
    meanwhile = () => snapshots.settle([at(3)]);
    await snapshots.stop(true);
    expect(confirmed).toEqual([1, 2]);
  });

  it('remembers copies that came while it was made, because its later rows may know of them', async () => {
    await snapshots.start();
    snapshots.settle([at(1)]);
    meanwhile = () => {
      snapshots.applied(at(2));
      snapshots.isCopy(delivery(2), true);
    };
    await snapshots.stop(true);
    await crash();
    expect(restored).toEqual(['one', 'two']);
    expect([1, 2, 3].map((position) => snapshots.isCopy(delivery(position), false))).toEqual([
      false,
      true,
      false,
    ]);
    snapshots.noneLate();
    expect(snapshots.isCopy(delivery(2), false)).toBe(true);
    snapshots.applied(at(3));
    snapshots.noneLate();
    expect(snapshots.isCopy(delivery(2), false)).toBe(false);
  });

  it('that fails confirms nothing and is said; the next one confirms it all', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'], now: receivedAtMs });
    await snapshots.start();
    snapshots.settle([at(1)]);
    meanwhile = () => {
      throw new Error('broken row');
    };
    vi.advanceTimersByTime(6000);
    await expect.poll(() => snapshots.outage).toMatchObject({ reason: 'broken row' });
    snapshots.settle([at(2)]);
    meanwhile = () => {};
    expect(confirmed).toEqual([]);
    vi.advanceTimersByTime(6000);
    await expect.poll(() => confirmed).toEqual([1, 2]);
    await expect.poll(() => snapshots.outage.sinceMs).toBeUndefined();
  });

  it('of an earlier release is restored, and forgotten when there is one of this', async () => {
    await ledger.stop();
    await dirty.stop();
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
    database.exec(`INSERT INTO snapshot VALUES (1, 7, '{"version":1}', '[[7,${receivedAtMs}]]')`);
    database.close();
    await open();
    await snapshots.start();
    expect(restored).toEqual(['{"version":1}']);
    expect(snapshots.isCopy(delivery(7), false)).toBe(true);
    await crash();
    expect(restored).toEqual(['{"version":1}']);
    await snapshots.stop(true);
    expect(ledger.earlierSnapshot()).toBeUndefined();
    await crash();
    expect(restored).toEqual(['one', 'two']);
  });
});
