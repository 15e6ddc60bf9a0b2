/** For tests: a pump whose messages say what they are to mean. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Applied,
  createLogger,
  type DeviceDirectory,
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
import { createIngestMetrics } from './metrics.ts';
import { Pump } from './pump.ts';
import { SegmentLog } from './spool/spool.ts';
import { type Mark, StateLog } from './state-log.ts';
import { anUplink, gatewayStats, receivedAtMs } from './testing-messages.ts';
import { StoreWriter } from './writer.ts';

const silent = createLogger('silent');
const directory: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({ asset: 'bay-1' }) };

/** A message of these tests: the frame counter, the name of one processing, and how many readings it gives. */
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
  const device = 'fcd6bd00001a2b3c';
  return anUplink({
    deduplicationId: id,
    devEui: device,
    fCnt,
    time,
    receivedAtMs: raw.receivedAtMs,
    profile: { id: 'bosch/tps110', theme: 'parking', rhythm: {} },
    readings: Array.from({ length: readings }, (_, index) => ({
      device,
      time,
      quantity: 'bay_occupied',
      value: true,
      channel: `c${index}`,
    })),
  });
}

/** Gives what the message says, a gateway's statistics, or a dead letter. */
export const translateSaid: Translate = (raw) => {
  const text = Buffer.from(raw.payload).toString();
  if (text === 'statistics') return gatewayStats({ time: raw.receivedAtMs, receivedAtMs: raw.receivedAtMs });
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

export const takeAll = async (): Promise<WriteResult> => ({ rejected: [], keep: [] });

/** Knows nothing of what came before: its windows have moved on. */
export const forgetful: StateSink = {
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

/** Keeps everything back. */
export const keepAll: Store['answer'] = async (points) => ({
  rejected: [],
  keep: [...points.keys()],
  keepReason: 'away',
});
/** Rejects points by their own fault. */
export const rejecting =
  (isBad: (point: Point) => boolean): Store['answer'] =>
  async (points) => ({
    rejected: points.flatMap((point, index) => (isBad(point) ? [{ index, reason: 'type conflict' }] : [])),
    keep: [],
  });

async function until(what: string, holds: () => boolean): Promise<void> {
  const untilMs = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(`not in 5 s: ${what}`);
    await sleep(10);
  }
}

/** What a pump stands on: opened together, closed together. */
interface Ground {
  log: SegmentLog;
  readonly ledger: Ledger;
  readonly dirty: DirtyBuckets;
  readonly store: Store;
  readonly state: Frames;
}

async function openLog(folder: string): Promise<SegmentLog> {
  const opened = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8 * 1_048_576, log: silent });
  await opened.start();
  return opened;
}

async function openGround(folder: string): Promise<Ground> {
  const log = await openLog(folder);
  const ledger = new Ledger(folder, 1_048_576);
  await ledger.start();
  const dirty = new DirtyBuckets(folder);
  await dirty.start();
  return { log, ledger, dirty, store: new Store(), state: new Frames() };
}

/** A pump on a spool, a ledger and snapshots of its own, between a translation and a store that do as told. */
export class PumpRig {
  readonly folder: string;
  pump: Pump;
  metrics = createIngestMetrics(new Registry());
  /** Called with each confirmation before the spool hears of it. */
  onConfirm: () => void = () => {};
  #ground: Ground;

  private constructor(folder: string, ground: Ground) {
    this.folder = folder;
    this.#ground = ground;
    this.pump = this.#pumpWith(translateSaid, ground.state);
  }

  static async create(): Promise<PumpRig> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-pump-'));
    return new PumpRig(folder, await openGround(folder));
  }

  get store(): Store {
    return this.#ground.store;
  }

  get state(): Frames {
    return this.#ground.state;
  }

  get ledger(): Ledger {
    return this.#ground.ledger;
  }

  /** Another pump, not started yet, with a translation or a state that crashes or watches. */
  build(translate: Translate, state: StateSink): void {
    this.metrics = createIngestMetrics(new Registry());
    this.pump = this.#pumpWith(translate, state);
  }

  #pumpWith(translate: Translate, state: StateSink): Pump {
    const { ledger, dirty, store } = this.#ground;
    return new Pump({
      onFatal: () => {},
      spool: this.#spool(),
      ledger,
      stateLog: new StateLog(path.join(this.folder, 'state')),
      writer: new StoreWriter(store, () => {}),
      dirty,
      translate,
      directory,
      state,
      archive: true,
      metrics: this.metrics,
      log: silent,
    });
  }

  #spool(): Spool {
    const { log } = this.#ground;
    return {
      append: (messages) => log.append(messages),
      consume: (limit, signal) => log.consume(limit, signal),
      newest: () => log.newest(),
      release: () => log.release(),
      confirm: (positions) => {
        if (positions.length > 0) this.onConfirm();
        log.confirm(positions);
      },
      status: () => log.status(),
    };
  }

  async close(): Promise<void> {
    const { dirty, ledger, log } = this.#ground;
    await this.pump.stop();
    await dirty.stop();
    await ledger.stop();
    await log.stop();
  }

  /** Closes it and opens it anew, with a store and a state that know nothing. */
  async restart(): Promise<void> {
    await this.close();
    this.#ground = await openGround(this.folder);
    this.build(translateSaid, this.state);
  }

  /** Takes a message into hand and ends as a process that is killed over it. */
  async crashOverNext(): Promise<void> {
    await this.#ground.log.consume({ messagesMax: 1, bytesMax: 1_048_576 }, AbortSignal.timeout(5000));
    await this.#ground.log.stop();
    this.#ground.log = await openLog(this.folder);
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  sendAll(...said: readonly (Said | string)[]): Promise<void> {
    return this.#ground.log.append(said.map(message));
  }

  get pending(): number {
    return this.#ground.log.status().pending;
  }

  /** The last snapshot: the rows that count, and what goes with them. */
  get snapshot(): { readonly mark: Mark; readonly row: string | undefined } | undefined {
    const kept = new StateLog(path.join(this.folder, 'state')).load();
    return kept && { mark: kept.mark, row: Array.from(kept.rows, String).at(-1) };
  }

  /** Code and reason of the letters, the newest first. */
  readonly drawer = (): string[][] => this.ledger.list(100).map(({ code, reason }) => [code, reason]);

  /** Resolves when the store was asked to take so many points since it was opened. */
  untilAsked(points: number): Promise<void> {
    return until(`the store is asked to take ${points} points`, () => this.store.asked.length >= points);
  }

  untilApplied(frames: number): Promise<void> {
    return until(`the state knows ${frames} frames`, () => this.state.known.size === frames);
  }
}
