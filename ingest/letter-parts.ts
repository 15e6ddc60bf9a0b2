import type { SQLOutputValue } from 'node:sqlite';
import type { FilePart } from './letter-files.ts';
import type { Statements } from './statements.ts';

/**
 * Which letters' payloads lie in which files, as the ledger knows it. A file goes when the last letter that named it has
 * let go of it; until then all its bytes are taken, and count.
 */
export class LetterParts {
  readonly #sql: Statements;
  /** Files no letter names any more, if what is being written is committed. */
  #released: string[] = [];
  /** Files of which letters that are still to come in what is being written may name parts. */
  readonly #fresh = new Set<string>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return Number(this.#sql('SELECT COALESCE(SUM(bytes), 0) AS bytes FROM payload_file').get()?.bytes);
  }

  /** The letters that name each file. */
  byFile(): Map<string, number[]> {
    const rows = this.#sql('SELECT letter, name FROM letter_file').all();
    return new Map(
      [...Map.groupBy(rows, ({ name }) => String(name))].map(([name, own]) => [
        name,
        own.map(({ letter }) => Number(letter)),
      ]),
    );
  }

  /** Where the payload of a letter lies; undefined where that is its row. */
  of(letter: number): FilePart | undefined {
    const row = this.#sql('SELECT name, offset, bytes FROM letter_file WHERE letter = ?').get(letter);
    return row && { name: String(row.name), offset: Number(row.offset), bytes: Number(row.bytes) };
  }

  /** Notes files that were written: they stay until {@link dropUnnamed}, named or not. Gives the bytes they take. */
  addFiles(parts: readonly FilePart[]): number {
    this.#fresh.clear();
    const insert = this.#sql(
      `INSERT INTO payload_file (name, bytes) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET bytes = bytes + excluded.bytes`,
    );
    for (const { name, bytes } of parts) {
      insert.run(name, bytes);
      this.#fresh.add(name);
    }
    return sumOf(parts);
  }

  /** Lets go of those of the files that no letter came to name. Gives the bytes they took. */
  dropUnnamed(parts: readonly FilePart[]): number {
    this.#fresh.clear();
    return [...new Set(parts.map(({ name }) => name))].reduce((sum, name) => sum + this.#drop(name), 0);
  }

  /** The letter's payload lies there. */
  name(letter: number, { name, offset, bytes }: FilePart): void {
    const insert = this.#sql('INSERT INTO letter_file (letter, name, offset, bytes) VALUES (?, ?, ?, ?)');
    insert.run(letter, name, offset, bytes);
  }

  /** The letter needs its payload no more. Gives the bytes that are free then: those of a file, or none. */
  release(letter: number): number {
    const row = this.#sql('DELETE FROM letter_file WHERE letter = ? RETURNING name').get(letter);
    return row ? this.#drop(row.name) : 0;
  }

  /** Gives the bytes that are free then. */
  #drop(name: SQLOutputValue | undefined): number {
    if (this.#fresh.has(String(name))) return 0;
    const row = this.#sql(
      `DELETE FROM payload_file WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM letter_file WHERE name = ?1)
       RETURNING bytes`,
    ).get(String(name));
    if (!row) return 0;
    this.#released.push(String(name));
    return Number(row.bytes);
  }

  /** The files that were let go of since this was asked last. */
  takeReleased(): readonly string[] {
    return this.#released.splice(0);
  }
}

function sumOf(parts: readonly FilePart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
