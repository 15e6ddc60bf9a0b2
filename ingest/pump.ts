import {
  type Component,
  type DeadLetter,
  type Delivery,
  type DeviceDirectory,
  type Health,
  type Logger,
  messageOf,
  OutageLog,
  type Point,
  type Position,
  type Spool,
  type StateSink,
  type Translate,
  type Translation,
} from '#core';
import type { DirtyBuckets } from './downsample/dirty.ts';
import type { Ledger, Letter } from './ledger.ts';
import type { IngestMetrics } from './metrics.ts';
import { gatewayPoint, pointsOf } from './points.ts';
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
const snapshotEveryMs = 5000;
/** Share of the time that may be spent on snapshots. */
const snapshotShare = 0.05;
const stopGraceMs = 3000;

export interface PumpParts {
  readonly spool: Spool;
  readonly ledger: Ledger;
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

/** A batch of deliveries on its way, and what came of it. */
interface Batch {
  readonly deliveries: readonly Delivery[];
  readonly bytes: number;
  readonly points: Point[];
  /** Which delivery each point came from. */
  readonly origin: number[];
  readonly letters: Letter[];
}

/** A message that is being translated, or is already. */
interface Asked {
  readonly delivery: Delivery;
  readonly answer: Translation | Promise<Translation>;
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
  readonly #snapshotOutage: OutageLog;
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  /** Safe in store and drawer, not yet in a snapshot. */
  #settled: Position[][] = [];
  /** Copies of a frame that were handled in this run and may come again in the next: position and time of receipt. */
  readonly #copies = new Map<number, number>();
  /** Copies of earlier runs, until all that was handled then and was not confirmed has come again. */
  #earlierCopies = new Map<number, number>();
  #earlierPosition = 0;
  #waitingBytes = 0;
  /** Messages strangers' codecs are still reading, of batches that went on without them. */
  #lateMessages = 0;
  readonly #late = new Set<Promise<void>>();
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #snapshotDueMs = 0;
  #lastPosition = 0;
  #room: (() => void) | undefined;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#snapshotOutage = new OutageLog(parts.log, 'state snapshot');
  }

  /** Restores the last snapshot; an unreadable one is said and left behind, the windows then fill anew. */
  async start(): Promise<void> {
    const { ledger, state, log } = this.#parts;
    const snapshot = ledger.loadSnapshot();
    this.#earlierCopies = new Map(snapshot?.copies);
    this.#earlierPosition = snapshot?.position ?? 0;
    this.#lastPosition = this.#earlierPosition;
    try {
      if (snapshot !== undefined) state.restore(snapshot.state);
    } catch (cause) {
      log.warn({ reason: messageOf(cause) }, 'the state snapshot cannot be read, starting without it');
    }
    this.#snapshotDueMs = Date.now() + snapshotEveryMs;
    this.#stopping.signal.addEventListener('abort', () => this.#room?.());
    this.#running = this.#run().catch((cause: unknown) => {
      if (!this.#stopping.signal.aborted) this.#fail(cause);
    });
    this.#timer = setInterval(() => this.#snapshotIfDue(), 500);
    this.#timer.unref();
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
    // All are asked at once, so that what strangers' codecs have to say comes in one go.
    const asked = deliveries.map((delivery) => ({ delivery, answer: this.#translate(delivery) }));
    this.#wait(bytesOf(deliveries));
    const late = await this.#takeWithin(asked, this.#lateMessages > 0 ? togetherInTroubleMs : togetherMs);
    this.#lastPosition = Math.max(this.#lastPosition, deliveries.at(-1)?.position ?? 0);
    if (late.length > 0) this.#follow(late);
    this.#forgetCopies();
    // What is late is in a stranger's hands, who runs in a process of its own.
    this.#parts.spool.release();
  }

  /** Takes what is translated within a time, and gives back what is not. */
  async #takeWithin(asked: readonly Asked[], withinMs: number): Promise<Asked[]> {
    const answers = await answersWithin(
      asked.map(({ answer }) => answer),
      withinMs,
    );
    // After a stop or a failure they are not confirmed, and come again.
    if (this.#isClosed || this.#failure !== undefined) return [];
    const there = asked.filter((_, index) => answers[index] !== undefined);
    this.#take(
      there.map(({ delivery }) => delivery),
      answers.filter((answer) => answer !== undefined),
    );
    return asked.filter((_, index) => answers[index] === undefined);
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
      this.#forgetCopies();
      this.#room?.();
    };
    const following = inTurns()
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => this.#late.delete(following));
    this.#late.add(following);
  }

  /** Once all that earlier runs have handled has come again, it is no longer needed what was a copy then. */
  #forgetCopies(): void {
    if (this.#lastPosition > this.#earlierPosition && this.#lateMessages === 0) this.#earlierCopies.clear();
  }

  /** Puts what messages mean where it belongs. */
  #take(deliveries: readonly Delivery[], translated: readonly Translation[]): void {
    if (deliveries.length === 0) return;
    const work: Batch = { deliveries, bytes: bytesOf(deliveries), points: [], origin: [], letters: [] };
    for (const [index, one] of translated.entries()) this.#add(index, one, work);
    this.#put(work.letters);
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
  #add(index: number, translated: Translation, work: Batch): void {
    const delivery = work.deliveries[index];
    if (!delivery) return;
    this.#parts.metrics.translated.inc({ kind: translated.kind });
    if (translated.kind === 'dead-letter') {
      work.letters.push({ position: delivery.position, letter: translated });
      return;
    }
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

  #apply(translated: Exclude<Translation, DeadLetter>, { position, message }: Delivery): Point[] {
    const { state, directory, archive, metrics } = this.#parts;
    // The live picture of the city knows devices only.
    if (translated.kind === 'gateway-stats') return [gatewayPoint(translated)];
    if (translated.kind === 'uplink' && translated.error) {
      metrics.decodeErrors.inc({ code: translated.error.code });
    }
    // The state may be far ahead of the store and have forgotten the frame when its copy comes again after a restart.
    const wasCopy = this.#earlierCopies.get(position) === message.receivedAtMs;
    const duplicate = state.apply(translated).duplicate || wasCopy;
    if (duplicate) this.#copies.set(position, message.receivedAtMs);
    return pointsOf(translated, directory, duplicate, archive);
  }

  async #store(work: Batch): Promise<void> {
    const rejected = await this.#parts.writer.write(work.points);
    this.#parts.dirty.mark(work.points);
    this.#put(await this.#rejectedLetters(work, rejected));
    this.#settled.push(work.deliveries.map(({ position }) => position));
    this.#wait(-work.bytes);
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

  #snapshotIfDue(): void {
    if (Date.now() < this.#snapshotDueMs || this.#settled.length === 0) return;
    try {
      this.#snapshot();
      this.#snapshotOutage.back();
    } catch (cause) {
      // Nothing is confirmed meanwhile, so nothing can be lost; the spool grows until it works again.
      this.#snapshotDueMs = Date.now() + snapshotEveryMs;
      this.#snapshotOutage.away(messageOf(cause));
    }
  }

  /** Saves the state, then confirms what is safe: everything settled was applied to the state before. */
  #snapshot(): void {
    const { ledger, state, spool, dirty } = this.#parts;
    const startedMs = Date.now();
    const copies = [...new Map([...this.#earlierCopies, ...this.#copies])];
    ledger.saveSnapshot({ position: this.#lastPosition, state: state.snapshot(), copies });
    dirty.flush();
    const settled = this.#settled;
    this.#settled = [];
    for (const positions of settled) spool.confirm(positions);
    // Not before: what is confirmed after this snapshot comes again if the process ends now.
    for (const position of settled.flat()) this.#copies.delete(position);
    const tookMs = Date.now() - startedMs;
    this.#snapshotDueMs = Date.now() + Math.max(snapshotEveryMs, tookMs / snapshotShare);
  }

  health(): Health {
    if (this.#failure !== undefined) return { status: 'down', detail: this.#failure };
    const { sinceMs, reason } = this.#snapshotOutage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'degraded', detail: reason, sinceMs };
  }

  /** Stops taking messages, waits a while for the store, then keeps a last snapshot. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
    await answersWithin([...this.#late], stopGraceMs);
    this.#isClosed = true;
    await this.#parts.writer.stop(stopGraceMs);
    // Jobs the writer gave up stay unsettled for ever: their messages come again after a restart.
    await new Promise(setImmediate);
    if (this.#failure === undefined) this.#snapshot();
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
  return { ...delivery, message: { ...delivery.message, payload: new Uint8Array() } };
}
