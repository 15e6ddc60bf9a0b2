import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { DeadLetter, LetterFacts, LetterInFull, LetterState, Position } from '#core';
import type { FilePart, LetterFiles } from './letter-files.ts';
import { LetterParts } from './letter-parts.ts';
import type { RedriveMark } from './redrive-mark.ts';
import { type Statements, statementsOf } from './statements.ts';

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

/** What a letter's row counts towards the limit, here and in SQL: what is in it, and an overhead. Files count beside. */
const overheadBytes = 200;
const rowBytes = `(LENGTH(payload) + LENGTH(CAST(topic AS BLOB)) + LENGTH(CAST(reason AS BLOB)) + ${overheadBytes})`;
const payloadBytes =
  '(LENGTH(payload) + COALESCE((SELECT bytes FROM letter_file WHERE letter = dead_letter.id), 0))';

const facts = `id, state, code, reason, received_at_ms, broker, topic, ${payloadBytes} AS payload_bytes, withheld,
  attempts, redriven_at_ms`;

/** These come of messages that were understood; without a byte no message can be. */
const understoodCodes: readonly string[] = ['point_rejected', 'apply_failed'];

/** What of its payload lies in the row itself. */
const inRow = ({ raw }: DeadLetter, part: FilePart | undefined): Uint8Array =>
  part === undefined ? raw.payload : new Uint8Array();

function bytesOf(letter: DeadLetter, part: FilePart | undefined): number {
  const { raw, reason } = letter;
  return (
    inRow(letter, part).length + Buffer.byteLength(raw.topic) + Buffer.byteLength(reason) + overheadBytes
  );
}

/** Whether what is personal was left out of it (the pump then leaves out all bytes). */
function isWithheld({ raw, code }: DeadLetter): boolean {
  return raw.payload.length === 0 && understoodCodes.includes(code);
}

/**
 * Dead letters in the ledger's database, and the files of the large ones. Every method is one or a few statements; whoever calls those that write wraps
 * them in a transaction. Rows are read a window at a time, so that no question holds up what comes in.
 */
export class Drawer {
  readonly #sql: Statements;
  readonly #files: LetterFiles;
  readonly #parts: LetterParts;
  readonly #limits: DrawerLimits;
  #bytes = 0;

  constructor(database: DatabaseSync, files: LetterFiles, limits: DrawerLimits) {
    this.#sql = statementsOf(database);
    this.#files = files;
    this.#parts = new LetterParts(this.#sql);
    this.#limits = limits;
    this.#recount();
  }

  /** What it holds, by the measure of its limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The letters whose payloads are in files, by the file's name. */
  lettersByFile(): Map<string, readonly number[]> {
    return this.#parts.byFile();
  }

  /** What was written is durable: the files it made superfluous may go. */
  committed(): void {
    const released = this.#parts.takeReleased();
    if (released.length > 0) this.#files.remove(released);
  }

  /** What was written was taken back: counts again what is there. */
  takenBack(): void {
    this.#parts.takeReleased();
    this.#recount();
  }

  #recount(): void {
    const row = this.#sql(`SELECT COALESCE(SUM(${rowBytes}), 0) AS bytes FROM dead_letter`).get();
    this.#bytes = Number(row?.bytes ?? 0) + this.#parts.bytes;
  }

  /** Takes note of files that were written durably, of which every part may be named by `add` and `cameBack` within `work`. */
  withFiles(parts: readonly FilePart[], work: () => void): void {
    this.#bytes += this.#parts.addFiles(parts);
    work();
    this.#bytes -= this.#parts.dropUnnamed(parts);
  }

  /**
   * Adds a letter; the same message with the same code is there only once.
   * @param part where its payload is, durably; without one it goes into the row
   */
  add({ position, letter }: Letter, part?: FilePart): void {
    const { raw, code, reason } = letter;
    const { changes, lastInsertRowid } = this.#sql(
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
      inRow(letter, part),
    );
    if (Number(changes) === 0) return;
    if (part) this.#parts.name(Number(lastInsertRowid), part);
    this.#bytes += bytesOf(letter, part);
  }

  /**
   * The message of a letter failed again: the letter says so, and stays one. False where the letter has left the drawer
   * since. Where it was sent yet another time meanwhile, that one's outcome is waited for.
   * @param part as for {@link add}
   */
  cameBack({ letter: id, attempt }: RedriveMark, { position, letter }: Letter, part?: FilePart): boolean {
    const { raw, code, reason } = letter;
    const receivedAtMs = Math.trunc(raw.receivedAtMs);
    const known = this.#sql(
      `SELECT attempts, ${rowBytes} AS bytes FROM dead_letter WHERE id = ? AND received_at_ms = ? AND topic = ?`,
    ).get(id, receivedAtMs, raw.topic);
    if (!known) return false;
    if (Number(known.attempts) > attempt) return true;
    const same = this.#sql(
      `SELECT id, ${rowBytes} AS bytes FROM dead_letter
       WHERE position = ? AND received_at_ms = ? AND code = ? AND id <> ?`,
    ).get(position, receivedAtMs, code, id);
    if (same) this.#remove(same);
    this.#bytes -= this.#parts.release(id);
    this.#sql(
      `UPDATE dead_letter SET position = ?, code = ?, reason = ?, withheld = ?, payload = ?,
       state = 'waiting', attempts = ?, redriven_at_ms = COALESCE(redriven_at_ms, received_at_ms) WHERE id = ?`,
    ).run(position, code, reason, isWithheld(letter) ? 1 : 0, inRow(letter, part), attempt, id);
    if (part) this.#parts.name(id, part);
    this.#bytes += bytesOf(letter, part) - Number(known.bytes);
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
    this.#bytes -= Number(row.bytes) + this.#parts.release(id);
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
    this.#bytes -= Number(bytes) + this.#parts.release(Number(id));
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

  /** A letter whose bytes are missing says so in its reason, and has none though `payloadBytes` counts them. */
  letter(id: number): LetterInFull | undefined {
    const row = this.#sql(`SELECT ${facts}, payload FROM dead_letter WHERE id = ?`).get(id);
    if (!row) return undefined;
    const letter = factsOf(row);
    const part = this.#parts.of(id);
    if (!part)
      return { ...letter, payload: row.payload instanceof Uint8Array ? row.payload : new Uint8Array() };
    const payload = this.#files.read(part);
    if (payload) return { ...letter, payload };
    const missing = `its ${part.bytes} bytes should be in ${this.#files.pathOf(part.name)}, and are not`;
    return { ...letter, reason: `${letter.reason} (${missing})`, payload: new Uint8Array() };
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
