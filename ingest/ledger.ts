import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Component, DeadLetter, Health, Position } from '#core';

/** A dead letter as it lies in the drawer. */
export interface DrawerEntry {
  readonly id: number;
  readonly receivedAtMs: number;
  readonly broker: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly code: string;
  readonly reason: string;
}

/** What the pump goes on with after a restart. */
export interface Snapshot {
  /** The last message the state has taken in. */
  readonly position: number;
  readonly state: string;
  /** Messages that are copies of a frame and may come again, when the state has forgotten the frame. */
  readonly copies: readonly (readonly [position: number, receivedAtMs: number])[];
}

/** A letter and the spool position of its message, which keeps a redelivered one from lying there twice. */
export interface Letter {
  readonly position: Position;
  readonly letter: DeadLetter;
}

const copiesOf = z.array(z.tuple([z.number(), z.number()]));

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    broker TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (position, received_at_ms, code)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS snapshot (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    copies TEXT NOT NULL
  ) STRICT;
`;

/** What a letter counts towards the limit, here and in SQL: its texts and payload, and a row's overhead. */
const overheadBytes = 200;
const rowBytes = `(LENGTH(payload) + LENGTH(CAST(topic AS BLOB)) + LENGTH(CAST(reason AS BLOB)) + ${overheadBytes})`;

function bytesOf({ raw, reason }: DeadLetter): number {
  return raw.payload.length + Buffer.byteLength(raw.topic) + Buffer.byteLength(reason) + overheadBytes;
}

/**
 * The two things ingest has to remember beside the log, in one SQLite file: dead letters (until someone looks) and the
 * last snapshot of the city's state. What a method wrote is durable when it returns (WAL with synchronous=FULL).
 */
export class Ledger implements Component {
  readonly name = 'ledger';
  readonly #folder: string;
  readonly #drawerBytesMax: number;
  #database: DatabaseSync | undefined;
  #evicted = 0;
  #bytes = 0;

  constructor(folder: string, drawerBytesMax: number) {
    this.#folder = folder;
    this.#drawerBytesMax = drawerBytesMax;
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    this.#database = new DatabaseSync(path.join(this.#folder, 'ledger.sqlite'));
    this.#database.exec(schema);
    this.#bytes = this.#storedBytes();
  }

  #storedBytes(): number {
    const row = this.#open.prepare(`SELECT COALESCE(SUM(${rowBytes}), 0) AS bytes FROM dead_letter`).get();
    return Number(row?.bytes ?? 0);
  }

  get #open(): DatabaseSync {
    if (!this.#database) throw new Error('the ledger is not started');
    return this.#database;
  }

  /** Puts letters into the drawer in one transaction. Beyond the limit the oldest leave, counted in {@link evicted}; the newest stays. */
  put(letters: readonly Letter[]): void {
    if (letters.length === 0) return;
    const insert = this.#open.prepare(
      `INSERT INTO dead_letter (position, received_at_ms, broker, topic, payload, code, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position, received_at_ms, code) DO NOTHING`,
    );
    this.#transaction(() => {
      for (const { position, letter } of letters) {
        const { raw, code, reason } = letter;
        const { changes } = insert.run(
          position,
          Math.trunc(raw.receivedAtMs),
          raw.broker,
          raw.topic,
          raw.payload,
          code,
          reason,
        );
        if (Number(changes) > 0) this.#bytes += bytesOf(letter);
      }
      this.#evict();
    });
  }

  #evict(): void {
    const oldest = this.#open.prepare(
      `SELECT id, ${rowBytes} AS bytes FROM dead_letter WHERE id < (SELECT MAX(id) FROM dead_letter) ORDER BY id LIMIT 1`,
    );
    const remove = this.#open.prepare('DELETE FROM dead_letter WHERE id = ?');
    while (this.#bytes > this.#drawerBytesMax) {
      const row = oldest.get();
      if (!row) break;
      remove.run(Number(row.id));
      this.#bytes -= Number(row.bytes);
      this.#evicted++;
    }
  }

  #transaction(work: () => void): void {
    this.#open.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#open.exec('COMMIT');
    } catch (cause) {
      this.#open.exec('ROLLBACK');
      this.#bytes = this.#storedBytes();
      throw cause;
    }
  }

  /** Letters that had to leave for newer ones since the start. */
  get evicted(): number {
    return this.#evicted;
  }

  /** How many letters there are of each code. */
  countByCode(): Readonly<Record<string, number>> {
    const rows = this.#open.prepare('SELECT code, COUNT(*) AS count FROM dead_letter GROUP BY code').all();
    return Object.fromEntries(rows.map((row) => [String(row.code), Number(row.count)]));
  }

  /** The newest letters first. */
  list(limit: number): DrawerEntry[] {
    const rows = this.#open.prepare('SELECT * FROM dead_letter ORDER BY id DESC LIMIT ?').all(limit);
    return rows.map((row) => ({
      id: Number(row.id),
      receivedAtMs: Number(row.received_at_ms),
      broker: String(row.broker),
      topic: String(row.topic),
      payload: row.payload instanceof Uint8Array ? row.payload : new Uint8Array(),
      code: String(row.code),
      reason: String(row.reason),
    }));
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

  health(): Health {
    if (this.#evicted === 0) return { status: 'ok' };
    return {
      status: 'degraded',
      detail: `the dead-letter drawer is full: ${this.#evicted} letters were dropped`,
    };
  }

  async stop(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
  }
}
