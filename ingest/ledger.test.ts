import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position } from '#core';
import { Ledger, type Letter } from './ledger.ts';

const receivedAtMs = 1_795_305_600_123;

interface Given {
  readonly code?: string;
  readonly reason?: string;
  readonly payload?: Uint8Array;
  readonly receivedAtMs?: number;
}

const letter = (position: number, given: Given = {}): Letter => ({
  position: position as Position,
  letter: {
    kind: 'dead-letter',
    raw: {
      receivedAtMs: given.receivedAtMs ?? receivedAtMs,
      broker: 'broker-ä',
      topic: `t${position}`,
      payload: given.payload ?? Buffer.from(`payload ${position}`),
    },
    code: given.code ?? 'json_invalid',
    reason: given.reason ?? 'why',
  },
});

let folder = '';
let ledger: Ledger;

const open = async (drawerBytesMax = 1_048_576): Promise<Ledger> => {
  const opened = new Ledger(folder, drawerBytesMax);
  await opened.start();
  return opened;
};
const reopen = async (drawerBytesMax?: number): Promise<void> => {
  await ledger.stop();
  ledger = await open(drawerBytesMax);
};
const topics = (): string[] => ledger.list(100).map(({ topic }) => topic);

beforeEach(async () => {
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

  it('shows what another reader of the file finds when put returns', async () => {
    ledger.put([letter(1)]);
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
    expect(ledger.countByCode()).toEqual({ json_invalid: 2, point_rejected: 1 });
  });

  it('holds all letters of a call or none', () => {
    const broken = letter(2, { receivedAtMs: Number.POSITIVE_INFINITY });
    expect(() => ledger.put([letter(1), broken])).toThrow();
    expect(topics()).toEqual([]);
    ledger.put([letter(1)]);
    expect(topics()).toEqual(['t1']);
  });
});

describe('a full drawer', () => {
  const large = (position: number): Letter => letter(position, { payload: Buffer.alloc(300_000) });

  it('lets the oldest leave, counts them and says so', () => {
    expect(ledger.health().status).toBe('ok');
    for (const position of [1, 2, 3, 4, 5]) ledger.put([large(position)]);
    expect(topics()).toEqual(['t5', 't4', 't3']);
    expect(ledger.evicted).toBe(2);
    expect(ledger.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('2 letters'),
    });
  });

  it('knows after a restart how much it holds', async () => {
    ledger.put([large(1), large(2), large(3)]);
    await reopen();
    ledger.put([large(4)]);
    expect(topics()).toEqual(['t4', 't3', 't2']);
    expect(ledger.evicted).toBe(1);
  });

  it('does not count a redelivered letter again', () => {
    ledger.put([large(1), large(2), large(3)]);
    ledger.put([large(1), large(2), large(3)]);
    expect([topics().length, ledger.evicted]).toEqual([3, 0]);
  });

  it('counts small letters too, so that many of them find a limit', () => {
    const many = Array.from({ length: 6000 }, (_, index) => letter(index + 1, { payload: new Uint8Array() }));
    ledger.put(many);
    expect(ledger.evicted).toBeGreaterThan(0);
    expect(ledger.list(1)).toMatchObject([{ topic: 't6000' }]);
  });
});

describe('the snapshot', () => {
  it('is the last one saved, over a restart', async () => {
    ledger.saveSnapshot({ position: 1, state: 'first', copies: [] });
    const newest = { position: 2, state: '{"ä":"\\u0000"}', copies: [[1, receivedAtMs + 0.5]] } as const;
    ledger.saveSnapshot(newest);
    await reopen();
    expect(ledger.loadSnapshot()).toEqual(newest);
  });

  it('is absent at first', () => {
    expect(ledger.loadSnapshot()).toBeUndefined();
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
