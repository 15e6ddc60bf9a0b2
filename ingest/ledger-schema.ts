import type { DatabaseSync } from 'node:sqlite';

/** Raised with every change of the tables, together with a step in {@link prepareLedger}. */
const version = 3;

// The payload comes last: whoever looks for a code or a topic need not pass over a megabyte of it in each row.
const letters = `
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    broker TEXT NOT NULL,
    topic TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    withheld INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    redriven_at_ms INTEGER,
    payload BLOB NOT NULL,
    UNIQUE (position, received_at_ms, code)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS dead_letter_received ON dead_letter (received_at_ms);
`;

/** Where payloads are that are not in their letters' rows, whose `payload` is empty. In tables beside: no row has to be made anew. */
const files = `
  CREATE TABLE IF NOT EXISTS payload_file (
    name TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS letter_file (
    letter INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    offset INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS letter_file_name ON letter_file (name);
`;

const snapshot = `
  CREATE TABLE IF NOT EXISTS snapshot (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    copies TEXT NOT NULL
  ) STRICT;
`;

/** A drawer of version 0 could neither say what became of a letter nor keep an id from being given out again. */
const fromVersion0 = `
  ALTER TABLE dead_letter RENAME TO dead_letter_0;
  ${letters}
  INSERT INTO dead_letter (id, position, received_at_ms, broker, topic, code, reason, withheld, payload)
    SELECT id, position, received_at_ms, broker, topic, code, reason,
      LENGTH(payload) = 0 AND code IN ('point_rejected', 'apply_failed'), payload
    FROM dead_letter_0;
  DROP TABLE dead_letter_0;
`;

/** In version 2 every payload had a file of its own. */
const fromVersion2 = `
  ALTER TABLE letter_file RENAME TO letter_file_2;
  ${files}
  INSERT INTO payload_file (name, bytes) SELECT name, bytes FROM letter_file_2;
  INSERT INTO letter_file (letter, name, offset, bytes) SELECT letter, name, 0, bytes FROM letter_file_2;
  DROP TABLE letter_file_2;
`;

/** Makes the tables, or brings those of an earlier version up to date, keeping what they hold. */
export function prepareLedger(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  const isOld =
    found === 0 && database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'dead_letter'").get();
  database.exec(
    `BEGIN IMMEDIATE; ${isOld ? fromVersion0 : letters} ${found === 2 ? fromVersion2 : files} ${snapshot}
     PRAGMA user_version = ${version}; COMMIT`,
  );
}
