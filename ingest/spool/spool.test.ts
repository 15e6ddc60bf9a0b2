import { appendFile, mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Delivery, type RawMessage } from '#core';
import { SegmentLog } from './spool.ts';

const message = (text: string, bytes = text.length): RawMessage => ({
  receivedAtMs: 1_795_000_000_000,
  broker: 'b',
  topic: 't',
  payload: Buffer.from(text.padEnd(bytes)),
});
const textOf = ({ message: { payload } }: Delivery): string => Buffer.from(payload).toString().trim();

let folder = '';
const openLog = async (onDamage?: (bytes: number) => void): Promise<SegmentLog> => {
  const log = new SegmentLog({
    folder,
    bytesMax: 8 * 1_048_576,
    log: createLogger('silent'),
    ...(onDamage && { onDamage }),
  });
  await log.start();
  return log;
};
const takeAll = async (log: SegmentLog): Promise<string[]> => {
  const texts: string[] = [];
  const pending = log.status().pending;
  while (texts.length < pending) {
    const batch = await log
      .consume({ messagesMax: 7, bytesMax: 1_048_576 }, AbortSignal.timeout(300))
      .catch(() => undefined);
    if (!batch) break;
    texts.push(...batch.map(textOf));
    log.release();
  }
  return texts;
};
const segments = async (): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .map((name) => path.join(folder, name));
const newest = async (): Promise<string> => (await segments()).at(-1) ?? '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-segments-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the segment log after a crash', () => {
  it('keeps every whole record of a segment torn at any byte', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `record ${i}`);
    const log = await openLog();
    await log.append(texts.map((text) => message(text)));
    await log.stop();
    const file = await newest();
    const { size } = await stat(file);
    const recordBytes = size / texts.length < 60 ? Math.ceil(size / texts.length) : 60;
    for (let cut = size - 1; cut > size - 3 * recordBytes; cut--) {
      await truncate(file, cut);
      const torn = await openLog();
      const kept = await takeAll(torn);
      expect(kept).toEqual(texts.slice(0, kept.length));
      expect(kept.length).toBeGreaterThanOrEqual(texts.length - 4);
      await torn.append([message('after')]);
      expect(
        (await torn.consume({ messagesMax: 9, bytesMax: 9999 }, AbortSignal.timeout(500))).map(textOf),
      ).toEqual(['after']);
      torn.release();
      await torn.stop();
      for (const later of (await segments()).slice(1)) await rm(later);
    }
  });

  it('cuts off rubbish behind the last record', async () => {
    const log = await openLog();
    await log.append([message('good')]);
    await log.stop();
    await appendFile(await newest(), Buffer.alloc(5000, 7));
    const reopened = await openLog();
    expect(await takeAll(reopened)).toEqual(['good']);
    await reopened.stop();
  });

  it('steps over one damaged record and says how many bytes were damaged', async () => {
    const log = await openLog();
    await log.append(Array.from({ length: 9 }, (_, i) => message(`record ${i}`, 300)));
    await log.stop();
    const file = await open(await newest(), 'r+');
    await file.write(Buffer.from([255, 0, 255]), 0, 3, 4 * 340 - 100);
    await file.close();
    let damaged = 0;
    const reopened = await openLog((bytes) => {
      damaged += bytes;
    });
    const kept = await takeAll(reopened);
    expect(kept).toEqual(
      Array.from({ length: 9 }, (_, i) => `record ${i}`).filter((text) => text !== 'record 3'),
    );
    expect(damaged).toBeGreaterThan(300);
    expect(damaged).toBeLessThan(400);
    await reopened.stop();
  });

  it('never gives out a number again whose message was confirmed, even if the end of the log is lost', async () => {
    const log = await openLog();
    await log.append(Array.from({ length: 10 }, (_, i) => message(`old ${i}`)));
    const taken = await log.consume({ messagesMax: 10, bytesMax: 9999 }, AbortSignal.timeout(500));
    log.release();
    log.confirm(taken.slice(5).map(({ position }) => position));
    await log.stop();
    await truncate(await newest(), 0);
    const reopened = await openLog();
    await reopened.append(Array.from({ length: 10 }, (_, i) => message(`new ${i}`)));
    const got: string[] = [];
    while (got.length < 10) {
      got.push(
        ...(await reopened.consume({ messagesMax: 10, bytesMax: 9999 }, AbortSignal.timeout(500))).map(
          textOf,
        ),
      );
    }
    expect(got).toEqual(Array.from({ length: 10 }, (_, i) => `new ${i}`));
    await reopened.stop();
  });

  it('goes on behind a segment that is shorter than it was, or gone', async () => {
    let log = await openLog();
    for (const start of [0, 10, 20]) {
      await log.append(Array.from({ length: 10 }, (_, i) => message(`m${start + i}`)));
      await log.stop();
      log = await openLog();
    }
    const [first = '', second = ''] = await segments();
    await rm(first);
    await truncate(second, 100);
    const kept = await takeAll(log);
    expect(kept.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => `m${20 + i}`));
    expect(kept).not.toContain('m0');
    await log.stop();
  });

  it('starts with unreadable progress files and hands everything out again', async () => {
    const log = await openLog();
    await log.append([message('a'), message('b')]);
    log.confirm(
      (await log.consume({ messagesMax: 9, bytesMax: 9999 }, AbortSignal.timeout(500))).map(
        (d) => d.position,
      ),
    );
    await log.stop();
    for (const name of ['confirmed.json', 'in-hand']) {
      await truncate(path.join(folder, name), 3);
    }
    const reopened = await openLog();
    expect(await takeAll(reopened)).toEqual(['a', 'b']);
    await reopened.stop();
  });
});

describe('the segment log over time', () => {
  it('behaves like a queue under any mix of appends, takes, confirmations and restarts', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          count: fc.integer({ min: 1, max: 30 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 40 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('confirm' as const),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await rm(folder, { recursive: true, force: true });
        let log = await openLog();
        let next = 0;
        let waiting: string[] = [];
        let taken: Delivery[] = [];
        for (const one of steps) {
          if (one.kind === 'append') {
            const texts = Array.from({ length: one.count }, () => `m${next++}`);
            // 30 kB each, so that segments of 1 MiB come and go.
            await log.append(texts.map((text) => message(text, 30_000)));
            waiting.push(...texts);
          } else if (one.kind === 'take' && waiting.length > 0) {
            const batch = await log.consume(
              { messagesMax: one.count, bytesMax: 2_000_000 },
              AbortSignal.timeout(2000),
            );
            log.release();
            expect(batch.map(textOf)).toEqual(waiting.slice(0, batch.length));
            waiting = waiting.slice(batch.length);
            taken.push(...batch);
          } else if (one.kind === 'confirm') {
            const done = taken.slice(0, Math.round(taken.length * one.share));
            log.confirm(done.map(({ position }) => position));
            taken = taken.slice(done.length);
          } else if (one.kind === 'restart') {
            await log.stop();
            log = await openLog();
            waiting = [...taken.map(textOf), ...waiting];
            taken = [];
          }
          expect(log.status().pending).toBe(waiting.length + taken.length);
          if (log.status().bytes > 6_000_000) break;
        }
        await log.stop();
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('makes room by ending the segment being written to when all in it is done with', async () => {
    const log = new SegmentLog({ folder, bytesMax: 1_048_576, log: createLogger('silent') });
    await log.start();
    for (let i = 0; i < 5; i++) {
      await log.append([message('most of it', 700_000)]);
      const [taken] = await log.consume({ messagesMax: 1, bytesMax: 1_048_576 }, AbortSignal.timeout(500));
      log.release();
      log.confirm(taken ? [taken.position] : []);
    }
    expect(log.status()).toMatchObject({ pending: 0 });
    await log.stop();
  });

  it('deletes segments that are done with', async () => {
    const log = await openLog();
    for (let i = 0; i < 40; i++) {
      await log.append(Array.from({ length: 10 }, () => message('x', 20_000)));
      const batch = await log.consume({ messagesMax: 10, bytesMax: 1_048_576 }, AbortSignal.timeout(500));
      log.release();
      log.confirm(batch.map(({ position }) => position));
    }
    await log.stop();
    expect((await segments()).length).toBeLessThanOrEqual(2);
  });
});

describe('a reader that was behind', () => {
  it('takes what comes from the writer again once it has read all there was, though not all of that is taken', async () => {
    const before = await openLog();
    await before.append(['one', 'two', 'three'].map((text) => message(text)));
    await before.stop();
    const log = await openLog();
    const [first] = await log.consume({ messagesMax: 1, bytesMax: 99_999 }, AbortSignal.timeout(2000));
    await log.append([message('four')]);
    for (const file of await segments()) await rm(file);
    expect([first && textOf(first), ...(await takeAll(log))]).toEqual(['one', 'two', 'three', 'four']);
    await log.stop();
  });
});
