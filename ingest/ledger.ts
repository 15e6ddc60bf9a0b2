import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Component, Health, LetterInFull } from '#core';
import { Drawer, type EvictedFor, type Letter } from './drawer.ts';
import { prepareLedger } from './ledger-schema.ts';
import type { RedriveMark } from './redrive-mark.ts';
import type { Mark } from './state-log.ts';

export type { Letter } from './drawer.ts';

export interface LedgerOptions {
  /** Letters of messages received longer ago leave; for ever where it is not given. */
  readonly drawerAgeMsMax?: number | undefined;
  readonly now?: () => number;
  /** Told of letters that left without their message having been stored. */
  readonly onEvicted?: (letters: number, why: EvictedFor) => void;
}

const copiesOf = z.array(z.tuple([z.number(), z.number()]));

const forgetEveryMs = 3_600_000;
/** So many leave at once: between such portions everything else has its turn. */
const forgetAtOnce = 200;
/** Letters are committed together: each commit waits for the disk, and large ones are written twice. */
const flushWithinMs = 250;
const waitingBytesMax = 4 * 1_048_576;
const waitingMax = 1000;
/** So long after letters had to leave someone should look. */
const alarmMs = 24 * 3_600_000;

/**
 * What ingest has to remember beside the log, in an SQLite file: dead letters, until someone looks; and, where an earlier
 * release wrote it, the last snapshot of the city's state. What a method wrote is durable when it returns (WAL with
 * synchronous=FULL), but for letters, which wait a moment for others.
 */
export class Ledger implements Component {
  readonly name = 'ledger';
  readonly #folder: string;
  readonly #drawerBytesMax: number;
  readonly #options: LedgerOptions;
  readonly #now: () => number;
  #database: DatabaseSync | undefined;
  #drawer: Drawer | undefined;
  #hasNoSnapshot = false;
  #evicted = 0;
  #evictedFirstMs = 0;
  #evictedLastMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  /** Letters that were put and are not written down yet. */
  #waiting: { readonly letter: Letter; readonly mark: RedriveMark | undefined }[] = [];
  #waitingBytes = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  /** Messages in hand that were sent again from here, by their position, and whether they failed again. */
  readonly #inHand = new Map<number, { readonly mark: RedriveMark; cameBack: boolean }>();

  constructor(folder: string, drawerBytesMax: number, options: LedgerOptions = {}) {
    this.#folder = folder;
    this.#drawerBytesMax = drawerBytesMax;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    this.#database = new DatabaseSync(path.join(this.#folder, 'ledger.sqlite'));
    prepareLedger(this.#database);
    this.#drawer = new Drawer(this.#database, {
      bytesMax: this.#drawerBytesMax,
      onEvicted: (letters, why) => this.#noteEvicted(letters, why),
    });
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

  /** The letters, for reading; they are written through the ledger. */
  get drawer(): Pick<Drawer, 'older' | 'newer' | 'letter'> {
    this.flush();
    return this.#letters;
  }

  get #letters(): Drawer {
    if (!this.#drawer) throw new Error('the ledger is not started');
    return this.#drawer;
  }

  /**
   * Puts letters into the drawer: at once for whoever looks, durable with the next {@link flush}, of which there is one
   * for many letters. Beyond the limit the oldest leave; the newest stays.
   */
  put(letters: readonly Letter[]): void {
    for (const letter of letters) {
      const again = this.#inHand.get(letter.position);
      if (again) again.cameBack = true;
      this.#waiting.push({ letter, mark: again?.mark });
      this.#waitingBytes += letter.letter.raw.payload.length;
    }
    if (this.#waitingBytes > waitingBytesMax || this.#waiting.length > waitingMax) this.flush();
    else if (letters.length > 0)
      this.#flushTimer ??= setTimeout(() => this.#flushIfPossible(), flushWithinMs);
  }

  /** All letters that were put are durable when it returns. @throws {Error} where they cannot be kept; they then wait. */
  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#waiting.length === 0) return;
    this.#commit(() => {
      for (const { letter, mark } of this.#waiting)
        if (!mark || !this.#letters.cameBack(mark, letter)) this.#letters.add(letter);
      this.#letters.makeRoom();
    });
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Whoever confirms their messages flushes too, and says that it cannot. */
  #flushIfPossible(): void {
    try {
      this.flush();
    } catch {
      this.#flushTimer = setTimeout(() => this.#flushIfPossible(), flushWithinMs);
    }
  }

  /** Notes that these letters' messages are in the spool again, durably. */
  onTheirWay(marks: readonly RedriveMark[]): void {
    this.#transaction(() => {
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
    this.#transaction(() => {
      for (const position of positions) {
        const known = this.#inHand.get(position);
        if (known && !known.cameBack) this.#letters.stored(known.mark);
      }
    });
    for (const position of positions) this.#inHand.delete(position);
  }

  /** Behind all letters that were put before. */
  #transaction(work: () => void): void {
    this.flush();
    this.#commit(work);
  }

  #commit(work: () => void): void {
    this.#open.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#open.exec('COMMIT');
    } catch (cause) {
      this.#open.exec('ROLLBACK');
      this.#letters.recount();
      throw cause;
    }
  }

  /** Lets too old letters leave portion by portion. What cannot be deleted now is tried again in an hour. */
  #forgetOld(): void {
    const { drawerAgeMsMax } = this.#options;
    if (drawerAgeMsMax === undefined || !this.#database) return;
    let more = false;
    try {
      this.#transaction(() => {
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
    this.flush();
    const newest = this.#letters.older(Number.MAX_SAFE_INTEGER, count);
    return newest.flatMap(({ id }) => this.#letters.letter(id) ?? []);
  }

  /** The last snapshot of a release that kept it here, if there is one: the state as one text. */
  earlierSnapshot(): { readonly mark: Mark; readonly rows: readonly Uint8Array[] } | undefined {
    const row = this.#open.prepare('SELECT position, state, copies FROM snapshot WHERE id = 1').get();
    if (row === undefined) return undefined;
    const copies = copiesOf.parse(JSON.parse(String(row.copies)));
    return { mark: { position: Number(row.position), copies }, rows: [Buffer.from(String(row.state))] };
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
    if (this.#database) this.#flushIfPossible();
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#database?.close();
    this.#database = undefined;
    this.#drawer = undefined;
  }
}
