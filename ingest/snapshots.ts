import {
  type Delivery,
  type Logger,
  messageOf,
  OutageLog,
  type Position,
  type Spool,
  type StateSink,
} from '#core';
import type { DirtyBuckets } from './downsample/dirty.ts';
import type { Ledger } from './ledger.ts';
import type { RecentFrames } from './recent-frames.ts';
import type { Mark, StateLog } from './state-log.ts';

/** How long after one snapshot the next begins: later where it was large, but never so late that much comes again. */
const everyMs = 5000;
const everyMsMax = 15_000;
const bytesPerSMax = 4 * 1_048_576;
const checkEveryMs = 500;

export interface SnapshotsParts {
  readonly spool: Pick<Spool, 'confirm'>;
  /** Where releases before the state log kept their snapshot. */
  readonly ledger: Pick<Ledger, 'earlierSnapshot' | 'flush' | 'forgetEarlierSnapshot'>;
  readonly stateLog: StateLog;
  readonly dirty: DirtyBuckets;
  readonly recent: RecentFrames;
  readonly state: StateSink;
  readonly log: Logger;
}

/**
 * Keeps the city's state across restarts, and confirms to the spool what is safe: stored, in the drawer, and its effect
 * on the state in a snapshot. What it confirms was settled before the first row was written, so every row holds it; what is
 * applied while rows are being written may be in some of them, and comes again after a crash, which changes nothing. Which
 * of it were copies is noted last: the mark names all that any row may know of.
 */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  readonly #outage: OutageLog;
  /** Safe in store and drawer, not yet in a snapshot. */
  #settled: Position[][] = [];
  /** Copies of a frame that were handled in this run and may come again in the next: position and time of receipt. */
  readonly #copies = new Map<number, number>();
  /** Copies of earlier runs, until all that was handled then and was not confirmed has come again. */
  #earlierCopies = new Map<number, number>();
  #earlierPosition = 0;
  #lastPosition = 0;
  #timer: NodeJS.Timeout | undefined;
  /** By the clock that is never set. */
  #dueMs = 0;
  #saving: Promise<void> | undefined;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, 'state snapshot');
  }

  /** Since when snapshots have failed, and why; undefined while they succeed. */
  get outage(): Pick<OutageLog, 'sinceMs' | 'reason'> {
    return this.#outage;
  }

  /** Restores the last snapshot; an unreadable one is said and left behind, the windows then fill anew. */
  async start(): Promise<void> {
    this.#restore();
    this.#dueMs = performance.now() + everyMs;
    this.#timer = setInterval(() => this.#saveIfDue(), checkEveryMs);
    this.#timer.unref();
  }

  #restore(): void {
    const { ledger, stateLog, state, log } = this.#parts;
    const kept = stateLog.load() ?? ledger.earlierSnapshot();
    this.#earlierCopies = new Map(kept?.mark.copies);
    this.#earlierPosition = kept?.mark.position ?? 0;
    this.#lastPosition = this.#earlierPosition;
    this.#parts.recent.restore(kept?.mark.frames ?? []);
    try {
      if (kept !== undefined) state.restore(kept.rows);
    } catch (cause) {
      log.warn({ reason: messageOf(cause) }, 'the state snapshot cannot be read, starting without it');
    }
  }

  /**
   * Whether the points of a message are those of a copy: the state says so, or said so in an earlier run, after which it
   * may have forgotten the frame because it was far ahead of the store.
   */
  isCopy({ position, message: { receivedAtMs } }: Delivery, duplicate: boolean): boolean {
    const copy = duplicate || this.#earlierCopies.get(position) === receivedAtMs;
    if (copy) this.#copies.set(position, receivedAtMs);
    return copy;
  }

  /** Whether an earlier run has handled the message, and only could not confirm it. */
  comesAgain({ position }: Delivery): boolean {
    return position <= this.#earlierPosition;
  }

  /** Messages up to this one were applied, but for those that are late. */
  applied(position: number): void {
    this.#lastPosition = Math.max(this.#lastPosition, position);
  }

  /** None is late: once all that earlier runs handled has come again, it is no longer needed what was a copy then. */
  noneLate(): void {
    if (this.#lastPosition > this.#earlierPosition) this.#earlierCopies.clear();
  }

  /** These messages were applied, their points stored and their letters put: the next snapshot confirms them. */
  settle(positions: Position[]): void {
    this.#settled.push(positions);
  }

  #saveIfDue(): void {
    if (this.#saving !== undefined || performance.now() < this.#dueMs || this.#settled.length === 0) return;
    this.#saving = this.#save()
      .then(
        () => this.#outage.back(),
        // Nothing is confirmed meanwhile, so nothing can be lost; the spool grows until it works again.
        (cause: unknown) => this.#outage.away(messageOf(cause)),
      )
      .finally(() => {
        this.#saving = undefined;
      });
  }

  async #save(): Promise<void> {
    const { ledger, stateLog, state, spool, dirty } = this.#parts;
    this.#dueMs = performance.now() + everyMs;
    const settled = this.#settled;
    this.#settled = [];
    try {
      const bytes = await stateLog.save(
        (which) => state.rows(which),
        () => this.#mark(),
      );
      const spacingMs = Math.min((bytes / bytesPerSMax) * 1000, everyMsMax);
      this.#dueMs = Math.max(this.#dueMs, performance.now() + spacingMs);
      ledger.forgetEarlierSnapshot();
      await ledger.flush();
      dirty.flush();
    } catch (cause) {
      this.#settled = [...settled, ...this.#settled];
      throw cause;
    }
    for (const positions of settled) spool.confirm(positions);
    // Not before: what is confirmed after this snapshot comes again if the process ends now.
    for (const positions of settled) for (const position of positions) this.#copies.delete(position);
  }

  #mark(): Mark {
    const copies = [...new Map([...this.#earlierCopies, ...this.#copies])];
    return { position: this.#lastPosition, copies, frames: this.#parts.recent.kept };
  }

  /** Takes no more snapshots by itself. */
  pause(): void {
    clearInterval(this.#timer);
  }

  /** A last snapshot, where it is wanted. Rejects where it cannot be kept: what it would have confirmed comes again. */
  async stop(keepLast: boolean): Promise<void> {
    this.pause();
    await this.#saving;
    if (keepLast) await this.#save();
    await this.#parts.stateLog.close();
  }
}
