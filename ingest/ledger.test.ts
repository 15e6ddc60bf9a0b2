import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position } from '#core';
import { Ledger, type Letter } from './ledger.ts';

const receivedAtMs = 1_795_305_600_123;

interface Given {
  readonly code?: string;
  readonly reason?: string;
  readonly payload?: Uint8Array;
  readonly receivedAtMs?: number;
  readonly topic?: string;
}

const letter = (position: number, given: Given = {}): Letter => ({
  position: position as Position,
  letter: {
    kind: 'dead-letter',
    raw: {
      receivedAtMs: given.receivedAtMs ?? receivedAtMs,
      broker: 'broker-ä',
      topic: given.topic ?? `t${position}`,
      payload: given.payload ?? Buffer.from(`payload ${position}`),
    },
    code: given.code ?? 'json_invalid',
    reason: given.reason ?? 'why',
  },
});

const dayMs = 86_400_000;

let folder = '';
let ledger: Ledger;
let nowMs = receivedAtMs;
let evicted: [count: number, why: string][] = [];

const open = async (drawerBytesMax = 1_048_576): Promise<Ledger> => {
  const opened = new Ledger(folder, drawerBytesMax, {
    drawerAgeMsMax: 90 * dayMs,
    now: () => nowMs,
    onEvicted: (count, why) => evicted.push([count, why]),
  });
  await opened.start();
  return opened;
};
const lost = (): number => evicted.reduce((sum, [count]) => sum + count, 0);
const reopen = async (drawerBytesMax?: number): Promise<void> => {
  await ledger.stop();
  ledger = await open(drawerBytesMax);
};
const topics = (): string[] => ledger.list(100).map(({ topic }) => topic);

beforeEach(async () => {
  nowMs = receivedAtMs;
  evicted = [];
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-ledger-'));
  ledger = await open();
});
afterEach(async () => {
  await ledger.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the drawer', () => {
  it('keeps a letter as it came, over a restart', async () => {
    const payload = Buffer.from([0, 255, 10, 0]);
    ledger.put([letter(1, { payload, receivedAtMs: receivedAtMs + 0.5 })]);
    await reopen();
    const [entry] = ledger.list(10);
    expect(entry).toMatchObject({
      receivedAtMs,
      broker: 'broker-ä',
      topic: 't1',
      code: 'json_invalid',
      reason: 'why',
    });
    expect(Buffer.from(entry?.payload ?? [])).toEqual(payload);
  });

  it('keeps a letter with nothing in it', () => {
    ledger.put([letter(1, { payload: new Uint8Array() })]);
    expect(ledger.list(10)).toMatchObject([{ topic: 't1', payload: new Uint8Array() }]);
  });

  it('shows what another reader of the file finds when flush returns', async () => {
    ledger.put([letter(1)]);
    await ledger.flush();
    const other = await open();
    expect(other.list(10)).toHaveLength(1);
    await other.stop();
  });

  it('lists the newest first, as many as asked for', () => {
    ledger.put([letter(1), letter(2), letter(3)]);
    expect(ledger.list(2).map(({ topic }) => topic)).toEqual(['t3', 't2']);
  });

  it('holds a redelivered letter once, also after a restart', async () => {
    ledger.put([letter(1), letter(1)]);
    await reopen();
    ledger.put([letter(1, { reason: 'another time' })]);
    expect(ledger.list(10)).toMatchObject([{ topic: 't1', reason: 'why' }]);
  });

  it('tells apart letters of one message for two reasons, and of a new spool at an old position', () => {
    ledger.put([
      letter(1),
      letter(1, { code: 'point_rejected' }),
      letter(1, { receivedAtMs: receivedAtMs + 1 }),
    ]);
    expect(ledger.list(9).map(({ code }) => code)).toEqual([
      'json_invalid',
      'point_rejected',
      'json_invalid',
    ]);
  });

  it('writes letters of several calls together, by itself, soon, or when they are many or large', async () => {
    const other = await open();
    const written = (): number => other.list(9999).length;
    ledger.put([letter(1)]);
    ledger.put([letter(2)]);
    expect(written()).toBe(0);
    await expect.poll(written).toBe(2);
    for (let position = 3; position <= 1100; position++) ledger.put([letter(position)]);
    expect(written()).toBeGreaterThan(1000);
    await other.stop();
  });

  it('writes all that waits or nothing, and what cannot be written goes on waiting', async () => {
    const other = await open();
    const broken = letter(2, { receivedAtMs: Number.POSITIVE_INFINITY });
    ledger.put([letter(1), broken]);
    for (const _ of [1, 2]) await expect(ledger.flush()).rejects.toThrow();
    expect(other.list(10)).toEqual([]);
    await other.stop();
  });
});

describe('a full drawer', () => {
  const large = (position: number): Letter => letter(position, { payload: Buffer.alloc(300_000) });

  const put = async (...positions: readonly number[]): Promise<void> => {
    ledger.put(positions.map(large));
    await ledger.flush();
  };

  it('lets the oldest leave, counts them and says so', async () => {
    expect(ledger.health().status).toBe('ok');
    await put(1, 2, 3, 4, 5);
    expect(topics()).toEqual(['t5', 't4', 't3']);
    expect(evicted).toEqual([[2, 'bytes']]);
  });

  it('says so for a day, and since when', async () => {
    await put(1, 2, 3, 4);
    nowMs += 1000;
    await put(5);
    const said = {
      status: 'degraded',
      detail: expect.stringMatching(/: 2 letters were evicted since 2026-11-22T0/),
      sinceMs: receivedAtMs,
    };
    nowMs += dayMs;
    expect(ledger.health()).toEqual(said);
    nowMs += 1;
    expect(ledger.health()).toEqual({ status: 'ok' });
  });

  it('lets letters whose message was stored leave without a word', async () => {
    await put(1);
    ledger.inHand(10, { letter: 1, attempt: 1 });
    ledger.settle([10]);
    await put(2, 3, 4, 5);
    expect([topics(), evicted]).toEqual([['t5', 't4', 't3'], [[1, 'bytes']]]);
  });

  it('measures what it holds as a restart does', async () => {
    await put(1, 2);
    ledger.inHand(10, { letter: 1, attempt: 1 });
    ledger.put([
      letter(10, { topic: 't1', code: 'event_invalid', reason: 'ä', payload: Buffer.from('short') }),
    ]);
    ledger.inHand(11, { letter: 2, attempt: 1 });
    ledger.settle([10, 11]);
    await ledger.flush();
    const measured = ledger.drawerBytes;
    await reopen();
    expect(measured).toBe(ledger.drawerBytes);
    expect(measured).toBe(2 * 200 + 't1'.length + 'short'.length + 2 + 't2'.length + 'why'.length);
  });

  it('knows after a restart how much it holds', async () => {
    await put(1, 2, 3);
    await reopen();
    await put(4);
    expect(topics()).toEqual(['t4', 't3', 't2']);
    expect(lost()).toBe(1);
  });

  it('does not count a redelivered letter again', async () => {
    await put(1, 2, 3);
    await put(1, 2, 3);
    expect([topics().length, lost()]).toEqual([3, 0]);
  });

  it('counts small letters too, so that many of them find a limit', () => {
    const many = Array.from({ length: 6000 }, (_, index) => letter(index + 1, { payload: new Uint8Array() }));
    ledger.put(many);
    expect(lost()).toBeGreaterThan(0);
    expect(ledger.list(1)).toMatchObject([{ topic: 't6000' }]);
  });
});

describe('an old letter', () => {
  const daysLater = (days: number, position: number): Letter =>
    letter(position, { receivedAtMs: receivedAtMs + days * dayMs });

  it('leaves with a start, counted and without an alarm, however many there are', async () => {
    ledger.put(Array.from({ length: 450 }, (_, index) => daysLater(0, index + 1)));
    ledger.put([daysLater(1, 1000)]);
    nowMs += 90 * dayMs;
    await reopen();
    expect(evicted).toEqual([]);
    nowMs += 1;
    await reopen();
    await expect.poll(topics).toEqual(['t1000']);
    expect([lost(), new Set(evicted.map(([, why]) => why))]).toEqual([450, new Set(['age'])]);
    expect(ledger.health().status).toBe('ok');
  });

  it('stays for ever where there is no limit', async () => {
    ledger.put([daysLater(-10_000, 1)]);
    await ledger.stop();
    ledger = new Ledger(folder, 1_048_576);
    await ledger.start();
    expect(topics()).toEqual(['t1']);
  });
});

describe('an id', () => {
  it('is never given out again, also when the drawer was empty meanwhile', async () => {
    ledger.put([letter(1), letter(2)]);
    nowMs += 91 * dayMs;
    await reopen();
    expect(topics()).toEqual([]);
    ledger.put([letter(3)]);
    expect(ledger.list(1)).toMatchObject([{ id: 3 }]);
  });
});

describe('a drawer of an earlier version', () => {
  it('is taken over with all it holds, and the snapshot beside it', async () => {
    await ledger.stop();
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
    database.exec(`
      PRAGMA user_version = 0;
      DROP TABLE dead_letter;
      CREATE TABLE dead_letter (
        id INTEGER PRIMARY KEY, position INTEGER NOT NULL, received_at_ms INTEGER NOT NULL, broker TEXT NOT NULL,
        topic TEXT NOT NULL, payload BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
        UNIQUE (position, received_at_ms, code)
      ) STRICT;
      INSERT INTO snapshot VALUES (1, 7, 'kept', '[]');
      INSERT INTO dead_letter VALUES
        (4, 1, ${receivedAtMs}, 'b', 't1', x'00ff', 'json_invalid', 'why'),
        (9, 2, ${receivedAtMs}, 'b', 't2', x'', 'point_rejected', 'type conflict');
    `);
    database.close();
    ledger = await open();
    await reopen();
    const [second, first] = ledger.list(9);
    expect(second).toMatchObject({ id: 9, topic: 't2', withheld: true, state: 'waiting', attempts: 0 });
    expect(first).toMatchObject({ id: 4, code: 'json_invalid', reason: 'why', withheld: false });
    expect(Buffer.from(first?.payload ?? [])).toEqual(Buffer.from('00ff', 'hex'));
    expect(ledger.earlierSnapshot()?.rows).toEqual([Buffer.from('kept')]);
    ledger.put([letter(1), letter(3)]);
    expect(ledger.list(1)).toMatchObject([{ id: expect.any(Number), topic: 't3' }]);
    expect(ledger.list(1)[0]?.id).toBeGreaterThan(9);
  });
});

describe('the snapshot of an earlier release', () => {
  it('is given until another has taken its place', async () => {
    await ledger.stop();
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
    database
      .prepare('INSERT INTO snapshot VALUES (1, 2, ?, ?)')
      .run('{"ä":1}', `[[1,${receivedAtMs + 0.5}]]`);
    database.close();
    await reopen();
    expect(ledger.earlierSnapshot()).toEqual({
      mark: { position: 2, copies: [[1, receivedAtMs + 0.5]], frames: [] },
      rows: [Buffer.from('{"ä":1}')],
    });
    ledger.forgetEarlierSnapshot();
    await reopen();
    expect(ledger.earlierSnapshot()).toBeUndefined();
  });
});

describe('a ledger that is not started', () => {
  it('says so', () => {
    expect(() => new Ledger(folder, 1_048_576).list(1)).toThrow('not started');
  });

  it('can be stopped', async () => {
    await new Ledger(folder, 1_048_576).stop();
  });
});
