import {
  type Component,
  type Delivery,
  type DeviceDirectory,
  type DeviceEvent,
  type Health,
  type Logger,
  messageOf,
  type Point,
  type Position,
  type Spool,
  type StateSink,
  type Translate,
  type Uplink,
} from '#core';
import type { Ledger, Letter } from './ledger.ts';
import type { IngestMetrics } from './metrics.ts';
import { pointsOf } from './points.ts';
import type { StoreWriter } from './writer.ts';

const batch = { messagesMax: 1000, bytesMax: 4 * 1_048_576 };
/** Points that may wait for the store: beyond it the pump pauses, and the backlog stays in the spool. */
const waitingPointsMax = 50_000;
/** A message that was in hand at so many crashes is taken for their cause. */
const crashesMax = 3;
const snapshotEveryMs = 5000;
/** Share of the time that may be spent on snapshots. */
const snapshotShare = 0.05;

export interface PumpParts {
  readonly spool: Spool;
  readonly ledger: Ledger;
  readonly writer: StoreWriter;
  readonly translate: Translate;
  readonly directory: DeviceDirectory;
  readonly state: StateSink;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
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
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  /** Safe in store and drawer, not yet in a snapshot. */
  #settled: Position[][] = [];
  #snapshotDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastPosition = 0;
  #room: (() => void) | undefined;

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** Restores the last snapshot; an unreadable one is said and left behind, the windows then fill anew. */
  async start(): Promise<void> {
    const { ledger, state, log } = this.#parts;
    const snapshot = ledger.loadSnapshot();
    try {
      if (snapshot !== undefined) state.restore(snapshot);
    } catch (cause) {
      log.warn({ reason: messageOf(cause) }, 'the state snapshot cannot be read, starting without it');
    }
    this.#snapshotDueMs = Date.now() + snapshotEveryMs;
    this.#running = this.#run().catch((cause: unknown) => {
      if (!this.#stopping.signal.aborted) this.#fail(cause);
    });
    this.#timer = setInterval(() => this.#snapshotIfDue(), 500);
    this.#timer.unref();
  }

  #fail(cause: unknown): void {
    this.#failure ??= messageOf(cause);
    this.#parts.log.fatal({ err: cause }, 'the pump has failed: the spool keeps everything until a restart');
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#untilRoom();
      this.#handle(await this.#parts.spool.consume(batch, this.#stopping.signal));
      // Promises alone would never let timers and sockets have their turn while a backlog is worked off.
      await new Promise(setImmediate);
    }
  }

  async #untilRoom(): Promise<void> {
    while (this.#parts.writer.waiting >= waitingPointsMax) {
      this.#stopping.signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#room = resolve;
        this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #handle(deliveries: readonly Delivery[]): void {
    const { spool, ledger, metrics } = this.#parts;
    const letters: Letter[] = [];
    const points: Point[] = [];
    /** Which delivery each point came from. */
    const origin: number[] = [];
    for (const [index, delivery] of deliveries.entries()) {
      for (const point of this.#translate(delivery, letters)) {
        points.push(point);
        origin.push(index);
      }
    }
    spool.release();
    ledger.put(letters);
    for (const { letter } of letters) metrics.deadLetters.inc({ code: letter.code });
    this.#lastPosition = deliveries.at(-1)?.position ?? this.#lastPosition;
    this.#store(deliveries, points, origin).catch((cause: unknown) => this.#fail(cause));
  }

  /** The points of one message; a dead letter goes to `letters`. */
  #translate(delivery: Delivery, letters: Letter[]): Point[] {
    const { translate, metrics } = this.#parts;
    const { position, message: raw, attempt } = delivery;
    if (attempt > crashesMax) {
      const reason = `the process ended ${attempt - 1} times while this message was being translated`;
      letters.push({ position, letter: { kind: 'dead-letter', raw, code: 'translate_crashed', reason } });
      return [];
    }
    const translated = translate(raw);
    metrics.translated.inc({ kind: translated.kind });
    if (translated.kind === 'dead-letter') {
      letters.push({ position, letter: translated });
      return [];
    }
    try {
      return this.#apply(translated);
    } catch (cause) {
      // A fault of ours that one message brings out must not stop all others.
      letters.push({
        position,
        letter: { kind: 'dead-letter', raw, code: 'apply_failed', reason: messageOf(cause) },
      });
      return [];
    }
  }

  #apply(translated: Uplink | DeviceEvent): Point[] {
    const { state, directory, metrics } = this.#parts;
    if (translated.kind === 'uplink' && translated.error)
      metrics.decodeErrors.inc({ code: translated.error.code });
    const { duplicate } = state.apply(translated);
    return pointsOf(translated, directory, duplicate);
  }

  async #store(
    deliveries: readonly Delivery[],
    points: readonly Point[],
    origin: readonly number[],
  ): Promise<void> {
    const rejected = await this.#parts.writer.write(points);
    const letters = rejected.flatMap(({ index, reason }) => {
      const delivery = deliveries[origin[index] ?? -1];
      const measurement = points[index]?.measurement ?? '';
      return delivery
        ? [{ position: delivery.position, letter: rejectedLetter(delivery, measurement, reason) }]
        : [];
    });
    this.#parts.ledger.put(letters);
    for (const { letter } of letters) this.#parts.metrics.deadLetters.inc({ code: letter.code });
    this.#settled.push(deliveries.map(({ position }) => position));
    this.#room?.();
  }

  #snapshotIfDue(): void {
    if (Date.now() < this.#snapshotDueMs || this.#settled.length === 0) return;
    try {
      this.#snapshot();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Saves the state, then confirms what is safe: everything settled was applied to the state before. */
  #snapshot(): void {
    const { ledger, state, spool } = this.#parts;
    const startedMs = Date.now();
    ledger.saveSnapshot(this.#lastPosition, state.snapshot());
    const settled = this.#settled;
    this.#settled = [];
    for (const positions of settled) spool.confirm(positions);
    const tookMs = Date.now() - startedMs;
    this.#snapshotDueMs = Date.now() + Math.max(snapshotEveryMs, tookMs / snapshotShare);
  }

  health(): Health {
    if (this.#failure !== undefined) return { status: 'down', detail: this.#failure };
    return { status: 'ok' };
  }

  /** Stops taking messages, waits a while for the store, then keeps a last snapshot. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    this.#room?.();
    await this.#running;
    await this.#parts.writer.stop(3000);
    // Jobs the writer gave up stay unsettled for ever: their messages come again after a restart.
    await new Promise(setImmediate);
    if (this.#failure === undefined) this.#snapshot();
  }
}

function rejectedLetter({ message: raw }: Delivery, measurement: string, reason: string): Letter['letter'] {
  return { kind: 'dead-letter', raw, code: 'point_rejected', reason: `${measurement}: ${reason}` };
}
