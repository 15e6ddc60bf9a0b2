import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Gives a statement by its text. */
export type Statements = (text: string) => StatementSync;

/** Prepares each statement once. */
export function statementsOf(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>();
  return (text) => {
    const known = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, known);
    return known;
  };
}
