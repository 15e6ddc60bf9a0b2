import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Component, Health, LetterInFull } from '#core';
import { Drawer, type EvictedFor, type Letter } from './drawer.ts';
import { prepareLedger } from './ledger-schema.ts';
import type { RedriveMark } from './redrive-mark.ts';

export type { Letter } from './drawer.ts';

/** What the pump goes on with after a restart. */
export interface Snapshot {
  /** The last message the state has taken in. */
  readonly position: number;
  readonly state: string;
  /** Messages that are copies of a frame and may come again, when the state has forgotten the frame. */
  readonly copies: readonly (readonly [position: number, receivedAtMs: number])[];
}

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
/** So long after letters had to leave someone should look. */
const alarmMs = 24 * 3_600_000;

/**
 * The two things ingest has to remember beside the log, in one SQLite file: dead letters (until someone looks) and the
 * last snapshot of the city's state. What a method wrote is durable when it returns (WAL with synchronous=FULL).
 */
export class Ledger implements Component {
  readonly name = 'ledger';
  readonly #folder: string;
  readonly #drawerBytesMax: number;
  readonly #options: LedgerOptions;
  readonly #now: () => number;
  #database: DatabaseSync | undefined;
  #drawer: Drawer | undefined;
  #evicted = 0;
  #evictedFirstMs = 0;
  #evictedLastMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
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
    return this.#drawer?.bytes ?? 0;
  }

  /** The letters, for reading; they are written through the ledger. */
  get drawer(): Pick<Drawer, 'older' | 'newer' | 'letter'> {
    return this.#letters;
  }

  get #letters(): Drawer {
    if (!this.#drawer) throw new Error('the ledger is not started');
    return this.#drawer;
  }

  /** Puts letters into the drawer in one transaction. Beyond the limit the oldest leave; the newest stays. */
  put(letters: readonly Letter[]): void {
    if (letters.length === 0) return;
    this.#transaction(() => {
      for (const letter of letters) {
        const again = this.#inHand.get(letter.position);
        if (again) again.cameBack = true;
        if (!again || !this.#letters.cameBack(again.mark, letter)) this.#letters.add(letter);
      }
      this.#letters.makeRoom();
    });
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

  #transaction(work: () => void): void {
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
    const newest = this.#letters.older(Number.MAX_SAFE_INTEGER, count);
    return newest.flatMap(({ id }) => this.#letters.letter(id) ?? []);
  }

  /** Replaces the snapshot. */
  saveSnapshot({ position, state, copies }: Snapshot): void {
    this.#open
      .prepare('INSERT OR REPLACE INTO snapshot (id, position, state, copies) VALUES (1, ?, ?, ?)')
      .run(position, state, JSON.stringify(copies));
  }

  /** The last snapshot, if there is one. */
  loadSnapshot(): Snapshot | undefined {
    const row = this.#open.prepare('SELECT position, state, copies FROM snapshot WHERE id = 1').get();
    if (row === undefined) return undefined;
    const copies = copiesOf.parse(JSON.parse(String(row.copies)));
    return { position: Number(row.position), state: String(row.state), copies };
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
    this.#database?.close();
    this.#database = undefined;
    this.#drawer = undefined;
  }
}
