import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { DeadLetter, LetterFacts, LetterInFull, LetterState, Position } from '#core';
import type { RedriveMark } from './redrive-mark.ts';

/** A letter and the spool position of its message, which keeps a redelivered one from lying there twice. */
export interface Letter {
  readonly position: Position;
  readonly letter: DeadLetter;
}

/** Why a letter left the drawer: for newer ones, or because of its age. */
export type EvictedFor = 'bytes' | 'age';

export interface DrawerLimits {
  readonly bytesMax: number;
  readonly onEvicted: (letters: number, why: EvictedFor) => void;
}

type Row = Record<string, SQLOutputValue>;

/** What a letter counts towards the limit, here and in SQL: its texts and payload, and a row's overhead. */
const overheadBytes = 200;
const rowBytes = `(LENGTH(payload) + LENGTH(CAST(topic AS BLOB)) + LENGTH(CAST(reason AS BLOB)) + ${overheadBytes})`;

const facts = `id, state, code, reason, received_at_ms, broker, topic, LENGTH(payload) AS payload_bytes, withheld,
  attempts, redriven_at_ms`;

/** These come of messages that were understood; without a byte no message can be. */
const understoodCodes: readonly string[] = ['point_rejected', 'apply_failed'];

function bytesOf({ raw, reason }: DeadLetter): number {
  return raw.payload.length + Buffer.byteLength(raw.topic) + Buffer.byteLength(reason) + overheadBytes;
}

/** Whether what is personal was left out of it (the pump then leaves out all bytes). */
function isWithheld({ raw, code }: DeadLetter): boolean {
  return raw.payload.length === 0 && understoodCodes.includes(code);
}

/**
 * Dead letters in the ledger's database. Every method is one or a few statements; whoever calls those that write wraps
 * them in a transaction. Rows are read a window at a time, so that no question holds up what comes in.
 */
export class Drawer {
  readonly #database: DatabaseSync;
  readonly #limits: DrawerLimits;
  readonly #prepared = new Map<string, StatementSync>();
  #bytes = 0;

  constructor(database: DatabaseSync, limits: DrawerLimits) {
    this.#database = database;
    this.#limits = limits;
    this.recount();
  }

  #sql(text: string): StatementSync {
    const known = this.#prepared.get(text) ?? this.#database.prepare(text);
    this.#prepared.set(text, known);
    return known;
  }

  /** What it holds, by the measure of its limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts again what is there: after a start, or a transaction that was taken back. */
  recount(): void {
    const row = this.#sql(`SELECT COALESCE(SUM(${rowBytes}), 0) AS bytes FROM dead_letter`).get();
    this.#bytes = Number(row?.bytes ?? 0);
  }

  /** Adds a letter; the same message with the same code is there only once. */
  add({ position, letter }: Letter): void {
    const { raw, code, reason } = letter;
    const { changes } = this.#sql(
      `INSERT INTO dead_letter (position, received_at_ms, broker, topic, code, reason, withheld, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position, received_at_ms, code) DO NOTHING`,
    ).run(
      position,
      Math.trunc(raw.receivedAtMs),
      raw.broker,
      raw.topic,
      code,
      reason,
      isWithheld(letter) ? 1 : 0,
      raw.payload,
    );
    if (Number(changes) > 0) this.#bytes += bytesOf(letter);
  }

  /**
   * The message of a letter failed again: the letter says so, and stays one. False where the letter has left the drawer
   * since. Where it was sent yet another time meanwhile, that one's outcome is waited for.
   */
  cameBack({ letter: id, attempt }: RedriveMark, { position, letter }: Letter): boolean {
    const { raw, code, reason } = letter;
    const known = this.#sql(
      `SELECT attempts, ${rowBytes} AS bytes FROM dead_letter WHERE id = ? AND received_at_ms = ? AND topic = ?`,
    ).get(id, Math.trunc(raw.receivedAtMs), raw.topic);
    if (!known) return false;
    if (Number(known.attempts) > attempt) return true;
    this.#sql(
      `UPDATE OR REPLACE dead_letter SET position = ?, code = ?, reason = ?, withheld = ?, payload = ?,
       state = 'waiting', attempts = ?, redriven_at_ms = COALESCE(redriven_at_ms, received_at_ms) WHERE id = ?`,
    ).run(position, code, reason, isWithheld(letter) ? 1 : 0, raw.payload, attempt, id);
    this.#bytes += bytesOf(letter) - Number(known.bytes);
    return true;
  }

  /** The message of a letter was sent again, durably. Changes nothing where the outcome is known already. */
  onItsWay({ letter: id, attempt }: RedriveMark, nowMs: number): void {
    this.#sql(
      `UPDATE dead_letter SET state = 'redriving', attempts = ?, redriven_at_ms = ? WHERE id = ? AND attempts < ?`,
    ).run(attempt, nowMs, id, attempt);
  }

  /** All that follows from the message is safe. Its bytes go: what they hold may be personal, which is only known now. */
  stored({ letter: id, attempt }: RedriveMark): void {
    const row = this.#sql(
      'SELECT LENGTH(payload) AS bytes FROM dead_letter WHERE id = ? AND attempts <= ?',
    ).get(id, attempt);
    if (!row) return;
    this.#sql(
      `UPDATE dead_letter SET state = 'stored', attempts = ?, payload = x'',
       redriven_at_ms = COALESCE(redriven_at_ms, received_at_ms) WHERE id = ?`,
    ).run(attempt, id);
    this.#bytes -= Number(row.bytes);
  }

  /** Beyond the limit the oldest leave, the newest stays. Those whose message was stored are no loss and not told. */
  makeRoom(): void {
    const oldest = this.#sql(
      `SELECT id, state, ${rowBytes} AS bytes FROM dead_letter
       WHERE id < (SELECT MAX(id) FROM dead_letter) ORDER BY id LIMIT 1`,
    );
    let lost = 0;
    while (this.#bytes > this.#limits.bytesMax) {
      const row = oldest.get();
      if (!row) break;
      this.#remove(row);
      if (row.state !== 'stored') lost++;
    }
    if (lost > 0) this.#limits.onEvicted(lost, 'bytes');
  }

  /** Lets letters of messages received before `beforeMs` leave, at most `limit`; false when there are no more. */
  forget(beforeMs: number, limit: number): boolean {
    const rows = this.#sql(
      `SELECT id, state, ${rowBytes} AS bytes FROM dead_letter WHERE received_at_ms < ? LIMIT ?`,
    ).all(Math.trunc(beforeMs), limit);
    for (const row of rows) this.#remove(row);
    const lost = rows.filter(({ state }) => state !== 'stored').length;
    if (lost > 0) this.#limits.onEvicted(lost, 'age');
    return rows.length === limit;
  }

  #remove({ id, bytes }: Row): void {
    this.#sql('DELETE FROM dead_letter WHERE id = ?').run(Number(id));
    this.#bytes -= Number(bytes);
  }

  /** The next letters with smaller ids, the largest first. */
  older(before: number, count: number): LetterFacts[] {
    const select = this.#sql(`SELECT ${facts} FROM dead_letter WHERE id < ? ORDER BY id DESC LIMIT ?`);
    return select.all(before, count).map(factsOf);
  }

  /** The next letters with larger ids, the smallest first. */
  newer(after: number, count: number): LetterFacts[] {
    const select = this.#sql(`SELECT ${facts} FROM dead_letter WHERE id > ? ORDER BY id LIMIT ?`);
    return select.all(after, count).map(factsOf);
  }

  letter(id: number): LetterInFull | undefined {
    const row = this.#sql(`SELECT ${facts}, payload FROM dead_letter WHERE id = ?`).get(id);
    if (!row) return undefined;
    const payload = row.payload instanceof Uint8Array ? row.payload : new Uint8Array();
    return { ...factsOf(row), payload };
  }
}

const stateOf = (text: SQLOutputValue | undefined): LetterState =>
  text === 'redriving' || text === 'stored' ? text : 'waiting';

function factsOf(row: Row): LetterFacts {
  return {
    id: Number(row.id),
    state: stateOf(row.state),
    code: String(row.code),
    reason: String(row.reason),
    receivedAtMs: Number(row.received_at_ms),
    broker: String(row.broker),
    topic: String(row.topic),
    payloadBytes: Number(row.payload_bytes),
    withheld: row.withheld === 1,
    attempts: Number(row.attempts),
    ...(row.redriven_at_ms !== null && { redrivenAtMs: Number(row.redriven_at_ms) }),
  };
}
