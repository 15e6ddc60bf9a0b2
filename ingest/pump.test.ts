import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Applied,
  createLogger,
  type DeviceDirectory,
  type GatewayStats,
  type Point,
  type RawMessage,
  Registry,
  type Spool,
  type StateSink,
  type TimeSeriesStore,
  type Translate,
  type Uplink,
  type WriteResult,
} from '#core';
import { DirtyBuckets } from './downsample/dirty.ts';
import { Ledger } from './ledger.ts';
import { createIngestMetrics, type IngestMetrics } from './metrics.ts';
import { Pump } from './pump.ts';
import { SegmentLog } from './spool/spool.ts';
import { type Mark, StateLog } from './state-log.ts';
import { StoreWriter } from './writer.ts';

const receivedAtMs = 1_795_305_600_123;
const silent = createLogger('silent');
const directory: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({ asset: 'bay-1' }) };

/** A message of this test: the frame counter, the name of one processing, and how many readings it gives. */
interface Said {
  readonly fCnt: number;
  readonly id?: string;
  readonly readings?: number;
}

const message = (said: Said | string): RawMessage => ({
  receivedAtMs,
  broker: 'b',
  topic: 't',
  payload: Buffer.from(typeof said === 'string' ? said : JSON.stringify(said)),
});

function uplink({ fCnt, id = `id-${fCnt}`, readings = 1 }: Said, raw: RawMessage): Uplink {
  const time = raw.receivedAtMs + fCnt;
  return {
    kind: 'uplink',
    deduplicationId: id,
    devEui: 'fcd6bd00001a2b3c',
    devAddr: '007e5f43',
    fCnt,
    fPort: 1,
    time,
    receivedAtMs: raw.receivedAtMs,
    flags: [],
    confirmed: false,
    dataRate: 5,
    frequencyHz: 868_100_000,
    spreadingFactor: 7,
    gateways: [],
    data: Buffer.from('01', 'hex'),
    profile: { id: 'bosch/tps110', theme: 'parking', rhythm: {} },
    readings: Array.from({ length: readings }, (_, index) => ({
      device: 'fcd6bd00001a2b3c',
      time,
      quantity: 'bay_occupied',
      value: true,
      channel: `c${index}`,
    })),
    warnings: [],
    archivePayload: true,
  };
}

function statistics({ receivedAtMs: time }: RawMessage): GatewayStats {
  return {
    kind: 'gateway-stats',
    gatewayId: '0016c001f1500001',
    time,
    receivedAtMs: time,
    flags: [],
    rxPacketsReceived: 1,
    rxPacketsReceivedOk: 1,
    txPacketsReceived: 0,
    txPacketsEmitted: 0,
    metadata: {},
  };
}

const translate: Translate = (raw) => {
  const text = Buffer.from(raw.payload).toString();
  if (text === 'statistics') return statistics(raw);
  if (text.startsWith('{')) return uplink(JSON.parse(text), raw);
  return { kind: 'dead-letter', raw, code: 'encoding_unknown', reason: `cannot read ${text}` };
};

/** Remembers which frame came under which name. */
class Frames implements StateSink {
  known = new Map<number, string>();

  apply(translated: Parameters<StateSink['apply']>[0]): Applied {
    if (translated.kind === 'event') return { duplicate: false, repeated: false };
    const known = this.known.get(translated.fCnt);
    const first = known ?? translated.deduplicationId;
    this.known.set(translated.fCnt, first);
    return {
      duplicate: first !== translated.deduplicationId,
      repeated: known === translated.deduplicationId,
    };
  }

  rows(): Uint8Array[] {
    return [Buffer.from(JSON.stringify([...this.known]))];
  }

  restore(rows: Iterable<Uint8Array>): void {
    for (const row of rows) this.known = new Map(JSON.parse(Buffer.from(row).toString()));
  }
}

const takeAll = async (): Promise<WriteResult> => ({ rejected: [], keep: [] });

/** Knows nothing of what came before: its windows have moved on. */
const forgetful: StateSink = {
  apply: () => ({ duplicate: false, repeated: false }),
  rows: () => [],
  restore: () => {},
};

/** A store that answers as told, by default taking everything. */
class Store implements TimeSeriesStore {
  answer: (points: readonly Point[]) => Promise<WriteResult> = takeAll;
  readonly asked: Point[] = [];

  write(points: readonly Point[]): Promise<WriteResult> {
    this.asked.push(...points);
    return this.answer(points);
  }

  async series(): Promise<[]> {
    return [];
  }
}

const keepAll: Store['answer'] = async (points) => ({
  rejected: [],
  keep: [...points.keys()],
  keepReason: 'away',
});
const rejecting =
  (isBad: (point: Point) => boolean): Store['answer'] =>
  async (points) => ({
    rejected: points.flatMap((point, index) => (isBad(point) ? [{ index, reason: 'type conflict' }] : [])),
    keep: [],
  });

let folder = '';
let log: SegmentLog;
let ledger: Ledger;
let dirty: DirtyBuckets;
let store: Store;
let state: Frames;
let pump: Pump;
let metrics: IngestMetrics;
/** Called with each confirmation before the spool hears of it. */
let onConfirm: () => void = () => {};

async function openLog(): Promise<SegmentLog> {
  const opened = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8 * 1_048_576, log: silent });
  await opened.start();
  return opened;
}

async function open(): Promise<void> {
  log = await openLog();
  ledger = new Ledger(folder, 1_048_576);
  await ledger.start();
  dirty = new DirtyBuckets(folder);
  await dirty.start();
  store = new Store();
  state = new Frames();
  build(translate, state);
}

/** The pump on what is open; whoever wants to crash or watch it brings a translation or a state of their own. */
function build(translateWith: Translate, stateWith: StateSink): void {
  metrics = createIngestMetrics(new Registry());
  const spool: Spool = {
    append: (messages) => log.append(messages),
    consume: (limit, signal) => log.consume(limit, signal),
    newest: () => log.newest(),
    release: () => log.release(),
    confirm: (positions) => {
      if (positions.length > 0) onConfirm();
      log.confirm(positions);
    },
    status: () => log.status(),
  };
  const writer = new StoreWriter(store, () => {});
  pump = new Pump({
    onFatal: () => {},
    spool,
    ledger,
    stateLog: new StateLog(path.join(folder, 'state')),
    writer,
    dirty,
    translate: translateWith,
    directory,
    state: stateWith,
    archive: true,
    metrics,
    log: silent,
  });
}

async function close(): Promise<void> {
  await pump.stop();
  await dirty.stop();
  await ledger.stop();
  await log.stop();
}

const sendAll = (...said: readonly (Said | string)[]): Promise<void> => log.append(said.map(message));
const pending = (): number => log.status().pending;
/** The last snapshot: the rows that count, and what goes with them. */
function snapshot(): { readonly mark: Mark; readonly row: string | undefined } | undefined {
  const kept = new StateLog(path.join(folder, 'state')).load();
  return kept && { mark: kept.mark, row: Array.from(kept.rows, String).at(-1) };
}
const drawer = () => ledger.list(100).map(({ code, reason }) => [code, reason]);
const soon = { timeout: 5000 };
const untilAsked = (points: number): Promise<void> =>
  expect.poll(() => store.asked.length, soon).toBeGreaterThanOrEqual(points);
const untilApplied = (frames: number): Promise<void> =>
  expect.poll(() => state.known.size, soon).toBe(frames);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-pump-'));
  onConfirm = () => {};
  await open();
});
afterEach(async () => {
  vi.useRealTimers();
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('a message is confirmed', () => {
  it('only when the store has its points and a snapshot its effect', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'], now: receivedAtMs });
    let release: (result: WriteResult) => void = () => {};
    store.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await pump.start();
    await sendAll({ fCnt: 1 });
    await untilAsked(2);
    vi.advanceTimersByTime(60_000);
    expect([pending(), snapshot()]).toEqual([1, undefined]);
    const snapshots: (string | undefined)[] = [];
    onConfirm = () => snapshots.push(snapshot()?.row);
    release({ rejected: [], keep: [] });
    await expect
      .poll(() => {
        vi.advanceTimersByTime(1000);
        return pending();
      }, soon)
      .toBe(0);
    expect(snapshots).toEqual(['[[1,"id-1"]]']);
  });

  it('with a stop at the latest', async () => {
    await pump.start();
    await sendAll({ fCnt: 1 }, { fCnt: 2 });
    await untilAsked(4);
    await pump.stop();
    expect(pending()).toBe(0);
  });

  it('as a dead letter only when the drawer holds it', async () => {
    const found: number[] = [];
    onConfirm = () => found.push(ledger.list(10).length);
    await pump.start();
    await sendAll('rubbish');
    await expect.poll(drawer, soon).toEqual([['encoding_unknown', 'cannot read rubbish']]);
    await pump.stop();
    expect([found, pending()]).toEqual([[1], 0]);
  });
});

describe('statistics of a gateway', () => {
  it('are stored, and not told to the state, which knows devices only', async () => {
    const told: string[] = [];
    const watched: StateSink = {
      apply: (translated) => {
        told.push(translated.kind);
        return state.apply(translated);
      },
      rows: () => state.rows(),
      restore: (rows) => state.restore(rows),
    };
    build(translate, watched);
    await pump.start();
    await sendAll('statistics', { fCnt: 1 });
    await untilAsked(3);
    expect(store.asked.map(({ measurement }) => measurement)).toEqual(['gateway', 'parking', 'uplink']);
    expect(told).toEqual(['uplink']);
    await pump.stop();
    expect(pending()).toBe(0);
  });
});

describe('what goes wrong with one message', () => {
  it('puts points the store rejects into the drawer, with measurement and reason, and stores the others', async () => {
    store.answer = rejecting(
      ({ time, measurement }) => measurement === 'parking' && time === receivedAtMs + 2,
    );
    await pump.start();
    await sendAll({ fCnt: 1 }, { fCnt: 2 }, 'rubbish', { fCnt: 3 });
    await untilAsked(6);
    await expect.poll(drawer, soon).toContainEqual(['point_rejected', 'parking: type conflict']);
    const [letter] = ledger.list(1);
    expect(Buffer.from(letter?.payload ?? []).toString()).toBe('{"fCnt":2}');
    expect(drawer()).toHaveLength(2);
    expect((await metrics.deadLetters.get()).values).toMatchObject([{ value: 1 }, { value: 1 }]);
  });

  it('does not translate again what the process ended on three times', async () => {
    await sendAll({ fCnt: 1 }, { fCnt: 2 });
    for (let crash = 1; crash <= 3; crash++) {
      await log.consume({ messagesMax: 1, bytesMax: 1_048_576 }, AbortSignal.timeout(5000));
      await log.stop();
      log = await openLog();
    }
    const translated: string[] = [];
    build((raw) => {
      translated.push(Buffer.from(raw.payload).toString());
      return translate(raw);
    }, state);
    await pump.start();
    await untilApplied(1);
    expect(translated).toEqual(['{"fCnt":2}']);
    expect(drawer()).toEqual([['translate_crashed', expect.stringContaining('3 times')]]);
  });

  it('flags the points of a frame that came before under another name', async () => {
    await pump.start();
    await sendAll({ fCnt: 1, id: 'a' }, { fCnt: 1, id: 'a' }, { fCnt: 1, id: 'b' });
    await untilAsked(6);
    const flags = store.asked
      .filter(({ measurement }) => measurement === 'uplink')
      .map((p) => p.fields.flags);
    expect(flags).toEqual([undefined, undefined, 'duplicate']);
  });

  it('counts the very same message that was sent again, but not what comes again after a restart', async () => {
    const repeated = async () => (await metrics.repeated.get()).values[0]?.value;
    store.answer = keepAll;
    await pump.start();
    await sendAll({ fCnt: 1 }, { fCnt: 1 }, { fCnt: 2 });
    await untilAsked(6);
    expect(await repeated()).toBe(1);
    await close();
    await open();
    await pump.start();
    await untilAsked(6);
    expect(await repeated()).toBe(0);
    await sendAll({ fCnt: 2 });
    await untilAsked(8);
    expect(await repeated()).toBe(1);
  }, 30_000);
});

describe('a store that keeps everything back', () => {
  it('delays neither the live state nor loses a message: it comes again after a restart, as the same points', async () => {
    store.answer = keepAll;
    await pump.start();
    await sendAll({ fCnt: 1 }, { fCnt: 2 });
    await untilApplied(2);
    await untilAsked(4);
    const kept = store.asked.slice(0, 4);
    await close();
    expect(pending()).toBe(2);
    await open();
    await pump.start();
    await untilAsked(4);
    expect(store.asked).toEqual(kept);
    await pump.stop();
    expect(pending()).toBe(0);
  }, 30_000);

  it('makes the pump pause, and the backlog stays in the spool', async () => {
    let release: () => void = () => {};
    store.answer = () =>
      new Promise((resolve) => {
        release = () => {
          store.answer = async () => ({ rejected: [], keep: [] });
          resolve({ rejected: [], keep: [] });
        };
      });
    await sendAll(...Array.from({ length: 100 }, (_, fCnt) => ({ fCnt, readings: 600 })));
    await pump.start();
    await untilApplied(100);
    await sendAll({ fCnt: 100 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([state.known.size, pending()]).toEqual([100, 101]);
    release();
    await untilApplied(101);
  });
});

describe('a restart', () => {
  it('goes on with the state of the last snapshot, and hands nothing in again', async () => {
    await pump.start();
    await sendAll({ fCnt: 1, id: 'a' });
    await untilAsked(2);
    await close();
    await open();
    await pump.start();
    await sendAll({ fCnt: 1, id: 'b' });
    await untilAsked(2);
    expect(store.asked.map(({ fields }) => fields.flags)).toEqual(['duplicate', 'duplicate']);
  });

  it('still flags the copy of a frame the state has forgotten, for as long as the store has not had it', async () => {
    store.answer = keepAll;
    await pump.start();
    await sendAll({ fCnt: 1, id: 'a' }, { fCnt: 1, id: 'b' });
    await untilAsked(4);
    await close();
    const flags = () => store.asked.map(({ fields }) => fields.flags);
    for (const answer of [keepAll, takeAll]) {
      await open();
      store.answer = answer;
      build(translate, forgetful);
      await pump.start();
      await untilAsked(4);
      expect(flags().slice(0, 4)).toEqual([undefined, undefined, 'duplicate', 'duplicate']);
      await close();
    }
    await open();
    expect(pending()).toBe(0);
    await pump.start();
    await sendAll({ fCnt: 2 });
    await untilAsked(2);
    await pump.stop();
    await pump.stop();
    expect(snapshot()?.mark.copies).toEqual([]);
  }, 30_000);

  it('goes on without a snapshot that cannot be read', async () => {
    const stateLog = new StateLog(path.join(folder, 'state'));
    await stateLog.save(
      () => [Buffer.from('not JSON')],
      () => ({ position: 1, copies: [], frames: [] }),
    );
    await stateLog.close();
    await pump.start();
    await sendAll({ fCnt: 1 });
    await untilAsked(2);
    expect(pump.health()).toEqual({ status: 'ok' });
  });
});

describe('a failure of our own', () => {
  const stateWith = (over: Partial<StateSink>): StateSink => ({
    apply: () => ({ duplicate: false, repeated: false }),
    rows: () => [],
    restore: () => {},
    ...over,
  });

  it('that one message brings out costs that message only', async () => {
    const apply: StateSink['apply'] = (translated) => {
      if (translated.kind === 'uplink' && translated.fCnt === 2) throw new Error('broken state');
      return { duplicate: false, repeated: false };
    };
    build(translate, stateWith({ apply }));
    await pump.start();
    await sendAll({ fCnt: 1 }, { fCnt: 2 }, { fCnt: 3 });
    await untilAsked(4);
    expect(drawer()).toEqual([['apply_failed', 'broken state']]);
    expect(pump.health()).toEqual({ status: 'ok' });
  });

  it('that concerns them all is said, and confirms nothing', async () => {
    const translateNothing: Translate = () => {
      throw new Error('broken translate');
    };
    build(translateNothing, stateWith({}));
    await pump.start();
    await sendAll({ fCnt: 1 });
    await expect.poll(() => pump.health(), soon).toEqual({ status: 'down', detail: 'broken translate' });
    await pump.stop();
    expect([pending(), snapshot()]).toEqual([1, undefined]);
  });
});
