import {
  type Component,
  type DeadLetter,
  type Delivery,
  type DeviceDirectory,
  type Health,
  type Logger,
  messageOf,
  type Point,
  type Spool,
  type StateSink,
  type Translate,
  type Translation,
} from '#core';
import type { DirtyBuckets } from './downsample/dirty.ts';
import type { Ledger, Letter } from './ledger.ts';
import type { IngestMetrics } from './metrics.ts';
import { gatewayPoint, pointsOf } from './points.ts';
import { RecentFrames } from './recent-frames.ts';
import { Snapshots } from './snapshots.ts';
import type { StateLog } from './state-log.ts';
import { answersWithin } from './within.ts';
import type { RejectedPoint, StoreWriter } from './writer.ts';

const batch = { messagesMax: 1000, bytesMax: 4 * 1_048_576 };
/** What may wait for the store: beyond either the pump pauses, and the backlog stays in the spool. */
const waitingPointsMax = 50_000;
const waitingBytesMax = 64 * 1_048_576;
/** A message that was in hand at so many crashes is taken for their cause. */
const crashesMax = 3;
/** So long a batch waits for strangers' codecs; what they have not read by then follows by itself. */
const togetherMs = 250;
/** The same while there are such followers: a codec in trouble does not slow every batch. */
const togetherInTroubleMs = 25;
/** Beyond so many messages that follow by themselves the pump pauses. */
const lateMessagesMax = 10_000;
const stopGraceMs = 3000;

export interface PumpParts {
  readonly spool: Spool;
  readonly ledger: Ledger;
  readonly stateLog: StateLog;
  readonly writer: StoreWriter;
  readonly dirty: DirtyBuckets;
  readonly translate: Translate;
  readonly directory: DeviceDirectory;
  readonly state: StateSink;
  /** Whether uplinks that gave readings are in the radio log too. */
  readonly archive: boolean;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
  /** Called once when going on is impossible (spool or drawer cannot be read or written). */
  readonly onFatal: (cause: unknown) => void;
}

/** Deliveries that are translated, and what came of them. */
interface Batch {
  readonly deliveries: Delivery[];
  readonly points: Point[];
  /** Which delivery each point came from. */
  readonly origin: number[];
  readonly letters: Letter[];
  readonly kinds: Record<Translation['kind'], number>;
}

const kinds = [
  'uplink',
  'event',
  'gateway-stats',
  'dead-letter',
] as const satisfies readonly Translation['kind'][];

function emptyBatch(): Batch {
  return {
    deliveries: [],
    points: [],
    origin: [],
    letters: [],
    kinds: { uplink: 0, event: 0, 'gateway-stats': 0, 'dead-letter': 0 },
  };
}

/** A message that a stranger's codec is reading. */
interface Asked {
  readonly delivery: Delivery;
  readonly answer: Promise<Translation>;
}

/**
 * Moves messages from the spool to where they belong: translated, into the city's state at once, into the store in
 * batches, dead letters into the drawer. A message is confirmed to the spool only when all of it is safe: its points
 * with the store, its dead letter in the drawer, its effect on the state in a snapshot.
 */
export class Pump implements Component {
  readonly name = 'pump';
  readonly #parts: PumpParts;
  readonly #stopping = new AbortController();
  readonly #snapshots: Snapshots;
  readonly #recent = new RecentFrames();
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  #waitingBytes = 0;
  /** Messages strangers' codecs are still reading, of batches that went on without them. */
  #lateMessages = 0;
  readonly #late = new Set<Promise<void>>();
  #isClosed = false;
  #room: (() => void) | undefined;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#snapshots = new Snapshots({ ...parts, recent: this.#recent });
  }

  /** Restores the state of the last snapshot and goes on from there. */
  async start(): Promise<void> {
    await this.#snapshots.start();
    this.#stopping.signal.addEventListener('abort', () => this.#room?.());
    this.#running = this.#run().catch((cause: unknown) => {
      if (!this.#stopping.signal.aborted) this.#fail(cause);
    });
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = messageOf(cause);
    this.#parts.log.fatal({ err: cause }, 'the pump has failed: the spool keeps everything until a restart');
    this.#stopping.abort();
    this.#parts.onFatal(cause);
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#untilRoom();
      await this.#handle(await this.#parts.spool.consume(batch, this.#stopping.signal));
      // Promises alone would never let timers and sockets have their turn while a backlog is worked off.
      await new Promise(setImmediate);
    }
  }

  async #untilRoom(): Promise<void> {
    while (
      this.#parts.writer.waiting >= waitingPointsMax ||
      this.#waitingBytes >= waitingBytesMax ||
      this.#lateMessages >= lateMessagesMax
    ) {
      this.#stopping.signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    this.#wait(bytesOf(deliveries));
    const asked: Asked[] = [];
    const work = emptyBatch();
    // One after the other to its end, so that what is made of a message need not outlive it.
    for (const delivery of deliveries) {
      const answer = this.#translate(delivery);
      if (answer instanceof Promise) asked.push({ delivery, answer });
      else this.#add(delivery, answer, work);
    }
    this.#take(work);
    const late = await this.#takeWithin(asked, this.#lateMessages > 0 ? togetherInTroubleMs : togetherMs);
    this.#snapshots.applied(deliveries.at(-1)?.position ?? 0);
    if (late.length > 0) this.#follow(late);
    if (this.#lateMessages === 0) this.#snapshots.noneLate();
    // What is late is in a stranger's hands, who runs in a process of its own.
    this.#parts.spool.release();
  }

  /** Takes what is translated within a time, and gives back what is not. */
  async #takeWithin(asked: readonly Asked[], withinMs: number): Promise<Asked[]> {
    if (asked.length === 0) return [];
    const answers = await answersWithin(
      asked.map(({ answer }) => answer),
      withinMs,
    );
    // After a stop or a failure they are not confirmed, and come again.
    if (this.#isClosed || this.#failure !== undefined) return [];
    const work = emptyBatch();
    const late: Asked[] = [];
    for (const [index, one] of asked.entries()) {
      const answer = answers[index];
      if (answer === undefined) late.push(one);
      else this.#add(one.delivery, answer, work);
    }
    this.#take(work);
    return late;
  }

  /** Takes what comes later as it comes: a codec that is slow, or ends its process, holds up its own devices only. */
  #follow(late: readonly Asked[]): void {
    const inTurns = async (): Promise<void> => {
      for (let left = late; left.length > 0; ) {
        this.#lateMessages += left.length;
        const stillLate = await this.#takeWithin(left, togetherMs);
        this.#lateMessages -= left.length;
        left = stillLate;
      }
      if (this.#lateMessages === 0) this.#snapshots.noneLate();
      this.#room?.();
    };
    const following = inTurns()
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => this.#late.delete(following));
    this.#late.add(following);
  }

  /** Puts what messages mean where it belongs. */
  #take(work: Batch): void {
    if (work.deliveries.length === 0) return;
    for (const kind of kinds)
      if (work.kinds[kind] > 0) this.#parts.metrics.translated.inc({ kind }, work.kinds[kind]);
    // The drawer's from now on: they would otherwise stay in memory until the store has what came with them.
    this.#put(work.letters.splice(0));
    this.#store(work).catch((cause: unknown) => this.#fail(cause));
  }

  #wait(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#parts.metrics.waitingBytes.set(this.#waitingBytes);
  }

  #put(letters: readonly Letter[]): void {
    this.#parts.ledger.put(letters);
    for (const { letter } of letters) this.#parts.metrics.deadLetters.inc({ code: letter.code });
  }

  #translate({ attempt, message: raw }: Delivery): Translation | Promise<Translation> {
    if (attempt <= crashesMax) return this.#parts.translate(raw);
    const reason = `the process ended ${attempt - 1} times while this message was being translated`;
    return { kind: 'dead-letter', raw, code: 'translate_crashed', reason };
  }

  /** Adds the points of one message to the work, or a dead letter. */
  #add(delivery: Delivery, translated: Translation, work: Batch): void {
    work.kinds[translated.kind]++;
    if (translated.kind === 'dead-letter') {
      work.letters.push({ position: delivery.position, letter: translated });
      work.deliveries.push(withoutPayload(delivery));
      // Its bytes are the drawer's, which has a limit of its own; they do not wait for the store.
      this.#wait(-delivery.message.payload.length);
      return;
    }
    const index = work.deliveries.push(delivery) - 1;
    try {
      for (const point of this.#apply(translated, delivery)) {
        work.points.push(point);
        work.origin.push(index);
      }
    } catch (cause) {
      // A fault of ours that one message brings out must not stop all others.
      work.letters.push(letterOf(withoutPersonal(delivery, translated), 'apply_failed', messageOf(cause)));
    }
  }

  #apply(translated: Exclude<Translation, DeadLetter>, delivery: Delivery): Point[] {
    const { state, directory, archive, metrics } = this.#parts;
    // The live picture of the city knows devices only.
    if (translated.kind === 'gateway-stats') return [gatewayPoint(translated)];
    if (translated.kind === 'uplink' && translated.error) {
      metrics.decodeErrors.inc({ code: translated.error.code });
    }
    const { duplicate: known, repeated } = state.apply(translated);
    if (repeated && !this.#snapshots.comesAgain(delivery)) metrics.repeated.inc();
    const isCopy = translated.kind === 'uplink' && this.#recent.isCopy(translated, known, Date.now());
    const duplicate = this.#snapshots.isCopy(delivery, isCopy);
    for (const flag of translated.flags) metrics.flagged.inc({ flag });
    if (duplicate) metrics.flagged.inc({ flag: 'duplicate' });
    return pointsOf(translated, directory, duplicate, archive);
  }

  async #store(work: Batch): Promise<void> {
    const rejected = await this.#parts.writer.write(work.points);
    this.#parts.dirty.mark(work.points);
    this.#put(await this.#rejectedLetters(work, rejected));
    this.#snapshots.settle(work.deliveries.map(({ position }) => position));
    this.#wait(-bytesOf(work.deliveries));
    this.#room?.();
  }

  async #rejectedLetters(work: Batch, rejected: readonly RejectedPoint[]): Promise<Letter[]> {
    const letters = rejected.map(async ({ index, reason }): Promise<Letter[]> => {
      const delivery = work.deliveries[work.origin[index] ?? -1];
      const point = work.points[index];
      if (!delivery || !point) return [];
      const allowed = withoutPersonal(delivery, await this.#parts.translate(delivery.message));
      return [letterOf(allowed, 'point_rejected', `${point.measurement}: ${reason}`)];
    });
    return (await Promise.all(letters)).flat();
  }

  health(): Health {
    if (this.#failure !== undefined) return { status: 'down', detail: this.#failure };
    const { sinceMs, reason } = this.#snapshots.outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'degraded', detail: reason, sinceMs };
  }

  /** Stops taking messages, waits a while for the store, then keeps a last snapshot. */
  async stop(): Promise<void> {
    this.#snapshots.pause();
    this.#stopping.abort();
    await this.#running;
    await answersWithin([...this.#late], stopGraceMs);
    this.#isClosed = true;
    await this.#parts.writer.stop(stopGraceMs);
    // Jobs the writer gave up stay unsettled for ever: their messages come again after a restart.
    await new Promise(setImmediate);
    await this.#snapshots.stop(this.#failure === undefined);
  }
}

function bytesOf(deliveries: readonly Delivery[]): number {
  return deliveries.reduce((sum, { message }) => sum + message.payload.length, 0);
}

function letterOf({ position, message: raw }: Delivery, code: string, reason: string): Letter {
  return { position, letter: { kind: 'dead-letter', raw, code, reason } };
}

/** A delivery as it may lie in the drawer: without the payload where that may not be archived. */
function withoutPersonal(delivery: Delivery, translated: Translation): Delivery {
  if (translated.kind !== 'uplink' || translated.archivePayload) return delivery;
  return withoutPayload(delivery);
}

function withoutPayload(delivery: Delivery): Delivery {
  return { ...delivery, message: { ...delivery.message, payload: new Uint8Array() } };
}
