import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Component, Health, LetterInFull } from '#core';
import { Drawer, type EvictedFor, type Letter } from './drawer.ts';
import { prepareLedger } from './ledger-schema.ts';
import { type FilePart, LetterFiles } from './letter-files.ts';
import type { RedriveMark } from './redrive-mark.ts';
import type { Mark } from './state-log.ts';

export type { Letter } from './drawer.ts';

export interface LedgerOptions {
  /** Letters of messages received longer ago leave; for ever where it is not given. */
  readonly drawerAgeMsMax?: number | undefined;
  readonly now?: () => number;
  /** Told of letters that left without their message having been stored. */
  readonly onEvicted?: (letters: number, why: EvictedFor) => void;
  /** Told at the start of letters whose bytes should be in a file of their own, and are not. */
  readonly onMissing?: (letters: readonly number[]) => void;
}

/** A letter that was put and is not written down yet. */
interface Waiting {
  readonly letter: Letter;
  readonly mark: RedriveMark | undefined;
  /** Where its payload lies durably, if it is large. */
  part: FilePart | undefined;
}

const copiesOf = z.array(z.tuple([z.number(), z.number()]));

const forgetEveryMs = 3_600_000;
/** So many leave at once: between such portions everything else has its turn. */
const forgetAtOnce = 200;
/**
 * A larger payload goes to a file: it is then written once instead of twice (SQLite's log, then its file), and not
 * by the main thread. Below some ten thousand bytes rows are the faster place (https://sqlite.org/intern-v-extern-blob.html).
 */
const rowPayloadBytesMax = 32_768;
/** A file is taken until the last letter in it leaves: the drawer has as many at least, unless one payload is larger. */
const drawerFilesMin = 64;
const fileBytesMax = 4 * 1_048_576;
/** Letters are committed together: each commit waits for the disk. */
const flushWithinMs = 250;
const flushAt = { letters: 1000, bytes: 4 * 1_048_576 };
/** With so many not written down yet no more messages are taken from the spool. */
const waitingMax = { letters: 4000, bytes: 16 * 1_048_576 };
/** So long after letters had to leave someone should look. */
const alarmMs = 24 * 3_600_000;

/**
 * What ingest has to remember beside the log, in an SQLite file: dead letters, until someone looks, the large ones in
 * files of the folder `letters`; and, where an earlier release wrote it, the last snapshot of the city's state. What a
 * method wrote is durable when it returns (WAL with synchronous=FULL), but for letters, which wait a moment for others.
 */
export class Ledger implements Component {
  readonly name = 'ledger';
  readonly #folder: string;
  readonly #drawerBytesMax: number;
  readonly #options: LedgerOptions;
  readonly #now: () => number;
  readonly #files: LetterFiles;
  #database: DatabaseSync | undefined;
  #drawer: Drawer | undefined;
  #hasNoSnapshot = false;
  #evicted = 0;
  #evictedFirstMs = 0;
  #evictedLastMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  /** Messages in hand that were sent again from here, by their position, and whether they failed again. */
  readonly #inHand = new Map<number, { readonly mark: RedriveMark; cameBack: boolean }>();

  constructor(folder: string, drawerBytesMax: number, options: LedgerOptions = {}) {
    this.#folder = folder;
    this.#drawerBytesMax = drawerBytesMax;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#files = new LetterFiles(
      path.join(folder, 'letters'),
      Math.min(fileBytesMax, drawerBytesMax / drawerFilesMin),
    );
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    this.#database = new DatabaseSync(path.join(this.#folder, 'ledger.sqlite'));
    prepareLedger(this.#database);
    const drawer = new Drawer(this.#database, this.#files, {
      bytesMax: this.#drawerBytesMax,
      onEvicted: (letters, why) => this.#noteEvicted(letters, why),
    });
    const letters = drawer.lettersByFile();
    const missing = await this.#files.open(new Set(letters.keys()));
    if (missing.length > 0) this.#options.onMissing?.(missing.flatMap((name) => letters.get(name) ?? []));
    this.#drawer = drawer;
    this.#timer = setInterval(() => this.#forgetOld(), forgetEveryMs);
    this.#timer.unref();
    this.#forgetOld();
  }

  get #open(): DatabaseSync {
    if (!this.#database) throw new Error('the ledger is not started');
    return this.#database;
  }

  /** What the drawer holds, by the measure of its limit; 0 before the start. */
  get drawerBytes(): number {
    return (this.#drawer?.bytes ?? 0) + this.#waitingBytes;
  }

  /** The letters, for reading; they are written through the ledger. Large ones show when they are durable. */
  get drawer(): Pick<Drawer, 'older' | 'newer' | 'letter'> {
    this.#commitReady();
    return this.#letters;
  }

  get #letters(): Drawer {
    if (!this.#drawer) throw new Error('the ledger is not started');
    return this.#drawer;
  }

  /**
   * Puts letters into the drawer: durable with the next {@link flush}, of which there is one for many letters. Beyond the
   * limit the oldest leave; the newest stays.
   */
  put(letters: readonly Letter[]): void {
    for (const letter of letters) {
      const again = this.#inHand.get(letter.position);
      if (again) again.cameBack = true;
      this.#waiting.push({ letter, mark: again?.mark, part: undefined });
      this.#waitingBytes += letter.letter.raw.payload.length;
    }
    if (this.#isBeyond(flushAt)) this.#flushIfPossible();
    else if (letters.length > 0)
      this.#flushTimer ??= setTimeout(() => this.#flushIfPossible(), flushWithinMs);
  }

  #isBeyond({ letters, bytes }: typeof waitingMax): boolean {
    return this.#waiting.length > letters || this.#waitingBytes > bytes;
  }

  /** Resolves when more may be put. Rejects with the signal's reason. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#isBeyond(waitingMax)) {
      signal.throwIfAborted();
      await this.flush().catch(() => sleep(flushWithinMs));
    }
  }

  /** Resolves when all letters that were put are durable. Rejects where they cannot be kept; they then wait. */
  async flush(): Promise<void> {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    // One that is under way may have begun before the last of them was put.
    if (this.#flushing) await this.#flushing.catch(() => undefined);
    this.#flushing ??= this.#writeDown().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #writeDown(): Promise<void> {
    const large = this.#waiting.filter((waiting) => !isReady(waiting));
    if (large.length > 0) {
      const parts = await this.#files.write(large.map(({ letter }) => letter.letter.raw.payload));
      for (const [index, waiting] of large.entries()) waiting.part = parts[index];
    }
    this.#commitReady();
  }

  /** Writes down what waits and lies in files where it should; all of it or nothing. */
  #commitReady(): void {
    const ready = this.#waiting.filter(isReady);
    if (ready.length === 0) return;
    this.#commit(() => {
      this.#letters.withFiles(
        ready.flatMap(({ part }) => part ?? []),
        () => {
          for (const { letter, mark, part } of ready)
            if (!mark || !this.#letters.cameBack(mark, letter, part)) this.#letters.add(letter, part);
        },
      );
      this.#letters.makeRoom();
    });
    this.#waiting = this.#waiting.filter((waiting) => !isReady(waiting));
    this.#waitingBytes = this.#waiting.reduce((sum, { letter }) => sum + letter.letter.raw.payload.length, 0);
  }

  /** Whoever confirms their messages flushes too, and says that it cannot. */
  #flushIfPossible(): void {
    this.flush().catch(() => {
      this.#flushTimer ??= setTimeout(() => this.#flushIfPossible(), flushWithinMs);
    });
  }

  /** Notes that these letters' messages are in the spool again, durably. */
  onTheirWay(marks: readonly RedriveMark[]): void {
    this.#commit(() => {
      for (const mark of marks) this.#letters.onItsWay(mark, this.#now());
    });
  }

  /** The message at this position was sent again from here and is being handled now. */
  inHand(position: number, mark: RedriveMark): void {
    this.#inHand.set(position, { mark, cameBack: false });
  }

  get anyInHand(): boolean {
    return this.#inHand.size > 0;
  }

  isInHand(position: number): boolean {
    return this.#inHand.has(position);
  }

  /** All that follows from the messages at these positions is safe: letters that did not come back were stored. */
  settle(positions: readonly number[]): void {
    this.#commit(() => {
      for (const position of positions) {
        const known = this.#inHand.get(position);
        if (known && !known.cameBack) this.#letters.stored(known.mark);
      }
    });
    for (const position of positions) this.#inHand.delete(position);
  }

  #commit(work: () => void): void {
    this.#open.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#open.exec('COMMIT');
    } catch (cause) {
      this.#open.exec('ROLLBACK');
      this.#letters.takenBack();
      throw cause;
    }
    this.#letters.committed();
  }

  /** Lets too old letters leave portion by portion. What cannot be deleted now is tried again in an hour. */
  #forgetOld(): void {
    const { drawerAgeMsMax } = this.#options;
    if (drawerAgeMsMax === undefined || !this.#database) return;
    let more = false;
    try {
      this.#commit(() => {
        more = this.#letters.forget(this.#now() - drawerAgeMsMax, forgetAtOnce);
      });
    } catch {
      return;
    }
    if (more) setImmediate(() => this.#forgetOld());
  }

  #noteEvicted(letters: number, why: EvictedFor): void {
    this.#options.onEvicted?.(letters, why);
    if (why === 'age') return;
    if (this.#evicted === 0) this.#evictedFirstMs = this.#now();
    this.#evicted += letters;
    this.#evictedLastMs = this.#now();
  }

  /** The newest letters first. */
  list(count: number): LetterInFull[] {
    const { drawer } = this;
    const newest = drawer.older(Number.MAX_SAFE_INTEGER, count);
    return newest.flatMap(({ id }) => drawer.letter(id) ?? []);
  }

  /** The last snapshot of a release that kept it here, if there is one: the state as one text. */
  earlierSnapshot(): { readonly mark: Mark; readonly rows: readonly Uint8Array[] } | undefined {
    const row = this.#open.prepare('SELECT position, state, copies FROM snapshot WHERE id = 1').get();
    if (row === undefined) return undefined;
    const copies = copiesOf.parse(JSON.parse(String(row.copies)));
    return {
      mark: { position: Number(row.position), copies, frames: [] },
      rows: [Buffer.from(String(row.state))],
    };
  }

  /** Another snapshot has taken the place of the one kept here. */
  forgetEarlierSnapshot(): void {
    if (this.#hasNoSnapshot) return;
    this.#open.exec('DELETE FROM snapshot');
    this.#hasNoSnapshot = true;
  }

  /** Degraded for a day after letters had to leave for newer ones. */
  health(): Health {
    if (this.#now() - this.#evictedLastMs > alarmMs) return { status: 'ok' };
    const since = new Date(this.#evictedFirstMs).toISOString();
    return {
      status: 'degraded',
      detail:
        `the dead-letter drawer is full: ${this.#evicted} letters were evicted since ${since}; ` +
        'look at them (stadtpegel letters list), or raise STADTPEGEL_DRAWER_BYTES_MAX',
      sinceMs: this.#evictedFirstMs,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // What cannot be kept now is of messages that were not confirmed, and comes again.
    if (this.#database) await this.flush().catch(() => undefined);
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    await this.#files.close();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#database?.close();
    this.#database = undefined;
    this.#drawer = undefined;
  }
}

/** Whether a letter can be written down: what is large must lie in a file before. */
function isReady({ letter, part }: Waiting): boolean {
  return part !== undefined || letter.letter.raw.payload.length <= rowPayloadBytesMax;
}
