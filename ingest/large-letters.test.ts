/** Letters whose payloads are in files: rows and files go together, whatever happens. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type LetterInFull, type Position } from '#core';
import { Ledger, type Letter } from './ledger.ts';
import { Operator } from './operator.ts';
import { RedrivingSpool } from './redriving-spool.ts';
import { SegmentLog } from './spool/spool.ts';

const receivedAtMs = 1_795_305_600_123;
const largeBytes = 262_145;
const silent = createLogger('silent');

let folder = '';
let ledger: Ledger;
let missing: number[] = [];

/** Bytes that differ from one position and length to the next. */
const payloadOf = (position: number, bytes: number): Buffer =>
  Buffer.alloc(bytes, createHash('sha256').update(`${position}/${bytes}`).digest());

const letter = (position: number, bytes = largeBytes, code = 'payload_too_large'): Letter => ({
  position: position as Position,
  letter: {
    kind: 'dead-letter',
    raw: { receivedAtMs, broker: 'b', topic: 't', payload: payloadOf(position, bytes) },
    code,
    reason: 'too large',
  },
});

/** So small that each has a file of its own; of a larger drawer many share one. */
const open = async (drawerBytesMax = 16 * 1_048_576): Promise<Ledger> => {
  const opened = new Ledger(folder, drawerBytesMax, { onMissing: (letters) => missing.push(...letters) });
  await opened.start();
  return opened;
};
const reopen = async (drawerBytesMax?: number): Promise<void> => {
  await ledger.stop();
  ledger = await open(drawerBytesMax);
};
const put = async (...letters: readonly Letter[]): Promise<void> => {
  ledger.put(letters);
  await ledger.flush();
};
const files = (): string[] => readdirSync(path.join(folder, 'letters'));
const fileOf = (name = ''): string => path.join(folder, 'letters', name);
/** Those that are there after the next start, when what is no longer needed has left: a stop waits for it. */
const filesAtRest = async (): Promise<string[]> => {
  await reopen();
  await ledger.stop();
  const found = files();
  ledger = await open();
  return found;
};
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const isWhole = ({ payload, payloadBytes }: LetterInFull, position: number): boolean =>
  payloadBytes === payload.length && payloadOf(position, payloadBytes).equals(payload);

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stadtpegel-large-letters-'));
  missing = [];
  ledger = await open();
});
afterEach(async () => {
  await ledger.stop();
  rmSync(folder, { recursive: true });
});

describe('a large letter', () => {
  it('is kept whole over a restart, its bytes in a file and not in the database', async () => {
    await put(letter(1), letter(2, 100));
    await reopen();
    const [small, large] = ledger.list(9);
    expect([small?.payloadBytes, large?.payloadBytes, files().length]).toEqual([100, largeBytes, 1]);
    expect(large && isWhole(large, 1)).toBe(true);
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'), { readOnly: true });
    expect(database.prepare('SELECT SUM(LENGTH(payload)) AS bytes FROM dead_letter').get()).toEqual({
      bytes: 100,
    });
    database.close();
  });

  it('shows when it is durable, by itself and soon', async () => {
    ledger.put([letter(1), letter(2, 100)]);
    expect(ledger.list(9).map(({ payloadBytes }) => payloadBytes)).toEqual([100]);
    await expect.poll(() => ledger.list(9).length).toBe(2);
  });

  it('that comes again has one file', async () => {
    await put(letter(1), letter(1));
    await put(letter(1));
    expect([ledger.list(9).length, (await filesAtRest()).length]).toEqual([1, 1]);
  });

  it('takes its file with it when it leaves for newer ones', async () => {
    await reopen(1_048_576);
    await put(...[1, 2, 3, 4, 5].map((position) => letter(position)));
    expect(ledger.list(9).map((one) => isWhole(one, one.id))).toEqual([true, true, true]);
    expect(await filesAtRest()).toHaveLength(3);
  });

  it('lets go of its bytes when its message was stored', async () => {
    await put(letter(1));
    ledger.inHand(10, { letter: 1, attempt: 1 });
    ledger.settle([10]);
    expect(ledger.list(9)).toMatchObject([{ state: 'stored', payloadBytes: 0 }]);
    expect(await filesAtRest()).toEqual([]);
  });

  it('that failed again stays one, with one file', async () => {
    await put(letter(1));
    const [before] = files();
    ledger.inHand(10, { letter: 1, attempt: 1 });
    await put(letter(10));
    expect(ledger.list(9)).toMatchObject([{ id: 1, attempts: 1, state: 'waiting' }]);
    const after = await filesAtRest();
    expect([after.length, after.includes(before ?? '')]).toEqual([1, false]);
  });

  it('takes the place of another one of the same message, file and measure with it', async () => {
    await put(letter(1), letter(10));
    ledger.inHand(10, { letter: 1, attempt: 1 });
    await put(letter(10));
    const measured = ledger.drawerBytes;
    expect([ledger.list(9).map(({ id }) => id), (await filesAtRest()).length]).toEqual([[1], 1]);
    expect(ledger.drawerBytes).toBe(measured);
  });

  it('of a ledger of version 2 stays where it is', async () => {
    await put(letter(1), letter(2, 100));
    await ledger.stop();
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
    database.exec(`
      CREATE TABLE two (letter INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL) STRICT;
      INSERT INTO two SELECT letter, name, bytes FROM letter_file;
      DROP TABLE letter_file;
      DROP TABLE payload_file;
      ALTER TABLE two RENAME TO letter_file;
      PRAGMA user_version = 2`);
    database.close();
    ledger = await open();
    const bytes = ledger.drawerBytes;
    await put(letter(3));
    await reopen();
    expect(ledger.list(9).map((one) => isWhole(one, one.id))).toEqual([true, true, true]);
    expect([files().length, ledger.drawerBytes - bytes > largeBytes]).toEqual([2, true]);
  });

  it('of a ledger of version 1 lies in its row, and stays readable there', async () => {
    const payload = payloadOf(7, largeBytes);
    await ledger.stop();
    const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
    database.exec('DROP TABLE letter_file; DROP TABLE payload_file; PRAGMA user_version = 1');
    const insert = `INSERT INTO dead_letter (position, received_at_ms, broker, topic, code, reason, withheld, payload)
      VALUES (7, ${receivedAtMs}, 'b', 't', 'payload_too_large', 'too large', 0, ?)`;
    database.prepare(insert).run(payload);
    database.close();
    ledger = await open();
    await put(letter(8));
    expect(ledger.list(9).map((one) => isWhole(one, one.id + 6))).toEqual([true, true]);
    expect(files()).toHaveLength(1);
  });
});

describe('letters that share a file', () => {
  const large = 1_073_741_824;

  it('are each read from their place in it', async () => {
    await reopen(large);
    await put(letter(1, 40_000), letter(2, 100), letter(3, 50_000), letter(4, 60_000));
    await reopen(large);
    expect(ledger.list(9).map((one) => isWhole(one, one.id))).toEqual([true, true, true, true]);
    expect(files()).toHaveLength(1);
  });

  it('keep it, and count with all its bytes, until the last of them lets go', async () => {
    await reopen(large);
    const before = ledger.drawerBytes;
    await put(letter(1, 40_000), letter(2, 50_000));
    for (const [position, kept] of [
      [1, 90_000],
      [2, 0],
    ] as const) {
      ledger.inHand(10 + position, { letter: position, attempt: 1 });
      ledger.settle([10 + position]);
      const bytes = ledger.drawerBytes - before;
      expect([Math.floor(bytes / 1000) * 1000, (await filesAtRest()).length]).toEqual([
        kept,
        kept > 0 ? 1 : 0,
      ]);
      await reopen(large);
      expect(ledger.drawerBytes - before).toBe(bytes);
    }
  });

  it('keep it where one of them takes the place of another', async () => {
    await reopen(large);
    await put(letter(1, 40_000));
    const before = ledger.drawerBytes;
    ledger.put([letter(10, 40_000)]);
    ledger.inHand(10, { letter: 1, attempt: 1 });
    await put(letter(10, 40_000));
    expect(ledger.list(9).map(({ id }) => id)).toEqual([1]);
    expect((await filesAtRest()).length).toBe(1);
    await reopen(large);
    expect([missing, ledger.list(9).map((one) => isWhole(one, 10))]).toEqual([[], [true]]);
    // The file holds both.
    expect(ledger.drawerBytes).toBe(before + 40_000);
  });

  it('that came before have a file of which only the others are kept', async () => {
    await reopen(large);
    await put(letter(1, 40_000));
    await put(letter(1, 40_000), letter(2, 50_000));
    expect((await filesAtRest()).length).toBe(2);
    expect(ledger.list(9).map((one) => isWhole(one, one.id === 1 ? 1 : 2))).toEqual([true, true]);
  });
});

describe('row and file', () => {
  it('belong together after any sequence of what can happen', async () => {
    const bytes = fc.constantFrom(10, 32_768, 32_769, 200_000);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), position: fc.integer({ min: 1, max: 6 }), bytes }),
      fc.record({ kind: fc.constant('back' as const), letter: fc.integer({ min: 1, max: 9 }), bytes }),
      fc.record({ kind: fc.constant('stored' as const), letter: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constantFrom('flush' as const, 'reopen' as const, 'list' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(20, 27), async (steps, log2) => {
        const bytesMax = 2 ** log2;
        await ledger.stop();
        rmSync(folder, { recursive: true });
        ledger = await open(bytesMax);
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'put') ledger.put([letter(one.position, one.bytes)]);
          if (one.kind === 'back' || one.kind === 'stored')
            ledger.inHand(100 + index, { letter: one.letter, attempt: index + 1 });
          if (one.kind === 'back') ledger.put([letter(100 + index, one.bytes)]);
          if (one.kind === 'stored') ledger.settle([100 + index]);
          if (one.kind === 'flush') await ledger.flush();
          if (one.kind === 'reopen') await reopen(bytesMax);
          if (one.kind === 'list') ledger.list(9);
        }
        await ledger.flush();
        const measured = ledger.drawerBytes;
        await reopen(bytesMax);
        expect([ledger.drawerBytes, missing]).toEqual([measured, []]);
        const listed = ledger.list(99);
        expect(listed.every(({ payload, payloadBytes }) => payload.length === payloadBytes)).toBe(true);
        const found = files().map((name) => statSync(fileOf(name)).size);
        const large = listed.filter(({ payloadBytes }) => payloadBytes > 32_768);
        expect(found.length).toBeLessThanOrEqual(large.length);
        if (log2 === 20) expect(found).toHaveLength(large.length);
        const inRows = listed.filter(({ payloadBytes }) => payloadBytes <= 32_768);
        const rows = inRows.reduce((sum, one) => sum + one.payloadBytes, 0);
        expect(sumOf(found)).toBe(measured - rows - listed.length * (1 + 'too large'.length + 200));
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('are whole after kill -9 at any moment: all that was told durable is there, and no file is nobody’s', async () => {
    const program = `
      import { Ledger } from './ingest/ledger.ts';
      const ledger = new Ledger(${JSON.stringify(folder)}, 64 * 1048576);
      await ledger.start();
      const from = ledger.list(1)[0]?.id ?? 0;
      for (let position = from + 1; ; position++) {
        const raw = { receivedAtMs: ${receivedAtMs}, broker: 'b', topic: 't', payload: Buffer.alloc(40_000, position) };
        ledger.put([{ position, letter: { kind: 'dead-letter', raw, code: 'c', reason: 'r' } }]);
        await ledger.flush();
        process.stdout.write(position + '\\n');
      }`;
    await ledger.stop();
    for (const round of [1, 2, 3, 4, 5, 6]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
      let told = '';
      child.stdout.on('data', (data) => {
        told += data;
      });
      await expect.poll(() => told.length, { timeout: 20_000, interval: 2 + round }).toBeGreaterThan(9);
      child.kill('SIGKILL');
      await once(child, 'close');
      ledger = await open(64 * 1_048_576);
      const listed = ledger.list(9999);
      const last = Number(told.trimEnd().split('\n').at(-1));
      expect(listed.length).toBeGreaterThanOrEqual(last);
      for (const { id, payload } of listed) expect(Buffer.alloc(40_000, id).equals(payload)).toBe(true);
      await ledger.stop();
      expect([files().length, missing]).toEqual([listed.length, []]);
    }
  }, 60_000);

  it('nobody names, left by a process that ended before the row was written, are tidied away', async () => {
    writeFileSync(fileOf('0.payload'), 'half a lett');
    expect(await filesAtRest()).toEqual([]);
  });
});

describe('a letter whose file is gone or cut off', () => {
  const spoiled = async (spoil: (file: string) => void): Promise<Operator> => {
    await put(letter(1));
    spoil(fileOf(files()[0]));
    await put(letter(2));
    await reopen();
    const spool = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8_388_608, log: silent });
    return new Operator({ ledger, spool, folder, now: Date.now });
  };

  it('says so at the start and where it is shown; all others are as they were', async () => {
    await spoiled(unlinkSync);
    const [whole, broken] = ledger.list(9);
    expect([missing, whole && isWhole(whole, 2)]).toEqual([[1], true]);
    expect(broken).toMatchObject({ payloadBytes: largeBytes, payload: new Uint8Array() });
    expect(broken?.reason).toMatch(/^too large \(its 262145 bytes should be in .*letters.*, and are not\)$/);
  });

  it('is not sent again as if it had been empty', async () => {
    const operator = await spoiled((file) => truncateSync(file, 1000));
    await expect(operator.redrive(1)).rejects.toMatchObject({ code: 'letter_incomplete' });
    expect(await operator.redriveAll({}, { limit: 1 })).toEqual({ redriven: 0, withheld: 1, next: 1 });
  });
});

describe('letters that cannot be written down', () => {
  it('wait, hold the spool back when they are many, and go on when they can', async () => {
    const spool = new SegmentLog({ folder: path.join(folder, 'spool'), bytesMax: 8_388_608, log: silent });
    await spool.start();
    await spool.append([letter(1, 10).letter.raw]);
    rmSync(path.join(folder, 'letters'), { recursive: true });
    ledger.put(Array.from({ length: 17 }, (_, index) => letter(index + 1, 1_048_576)));
    await expect(ledger.flush()).rejects.toThrow('ENOENT');
    const redriving = new RedrivingSpool(spool, ledger, silent);
    const consumed = (ms: number) =>
      redriving.consume({ messagesMax: 9, bytesMax: 99_999 }, AbortSignal.timeout(ms));
    await expect(consumed(50)).rejects.toThrow();
    const other = new Ledger(folder, 1_048_576);
    await other.start();
    await other.stop();
    expect(await consumed(10_000)).toHaveLength(1);
    expect(ledger.list(99).length).toBeGreaterThan(14);
    await spool.stop();
  });
});
