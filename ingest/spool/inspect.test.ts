import { appendFile, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type RawMessage } from '#core';
import { type SpooledMessage, spooledMessages, verifySpool } from './inspect.ts';
import { SegmentLog } from './spool.ts';

const startMs = 1_795_000_000_000;
const message = (index: number, bytes = 100): RawMessage => ({
  receivedAtMs: startMs + index,
  broker: 'b',
  topic: `t${index}`,
  payload: Buffer.alloc(bytes, index),
});

let folder = '';
const openLog = async (): Promise<SegmentLog> => {
  const log = new SegmentLog({ folder, bytesMax: 8 * 1_048_576, log: createLogger('silent') });
  await log.start();
  return log;
};
const filled = async (count: number, bytes?: number): Promise<SegmentLog> => {
  const log = await openLog();
  for (let i = 0; i < count; i++) await log.append([message(i, bytes)]);
  return log;
};
const confirm = async (log: SegmentLog, count: number): Promise<void> => {
  const taken = await log.consume({ messagesMax: count, bytesMax: 9_999_999 }, AbortSignal.timeout(2000));
  log.release();
  log.confirm(taken.map(({ position }) => position));
};
const segments = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.segment')).map((name) => path.join(folder, name));
/** Every file with its content and times: what nobody may have touched. */
const everything = async (): Promise<unknown[]> =>
  Promise.all(
    (await readdir(folder)).sort().map(async (name) => {
      const { mtimeMs } = await stat(path.join(folder, name));
      return [name, mtimeMs, await readFile(path.join(folder, name), 'hex')];
    }),
  );

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-inspect-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a spool at rest', () => {
  it('is told record by record, and left as it was', async () => {
    const log = await filled(10);
    await confirm(log, 4);
    await log.stop();
    const before = await everything();
    expect(await verifySpool(folder)).toEqual({
      segments: 1,
      bytes: 10 * (32 + 1 + 2 + 100),
      records: 10,
      confirmed: 4,
      pending: 6,
      oldestReceivedAtMs: startMs,
      newestReceivedAtMs: startMs + 9,
      tornBytes: 0,
      damagedBytes: 0,
    });
    const told: SpooledMessage[] = [];
    for await (const one of spooledMessages(folder)) told.push(one);
    expect(told.map(({ position, confirmed }) => [position, confirmed])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i + 1, i < 4]),
    );
    expect(told[9]?.message).toEqual({ ...message(9), payload: expect.anything() });
    expect(Buffer.from(told[9]?.message.payload ?? [])).toEqual(message(9).payload);
    expect(await everything()).toEqual(before);
  });

  it('is whole over many segments', async () => {
    await (await filled(100, 50_000)).stop();
    const report = await verifySpool(folder);
    expect(report).toMatchObject({ records: 100, damagedBytes: 0, tornBytes: 0 });
    expect(report.segments).toBeGreaterThan(3);
  });

  it('holds nothing where nothing was ever received', async () => {
    await (await openLog()).stop();
    expect(await verifySpool(folder)).toMatchObject({ records: 0, bytes: 0, oldestReceivedAtMs: undefined });
  });

  it('is an error where there is none', async () => {
    await expect(verifySpool(path.join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it('tells an unfinished end from damage before it', async () => {
    await (await filled(9)).stop();
    const [file = ''] = await segments();
    const { size } = await stat(file);
    await appendFile(file, (await readFile(file)).subarray(0, 77));
    expect(await verifySpool(folder)).toMatchObject({ records: 9, tornBytes: 77, damagedBytes: 0 });
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([255, 0]), 0, 2, size / 2);
    await handle.close();
    expect(await verifySpool(folder)).toMatchObject({
      records: 8,
      tornBytes: 77,
      damagedBytes: size / 9,
    });
  });

  it('hands everything out as pending where its progress cannot be read', async () => {
    const log = await filled(3);
    await confirm(log, 3);
    await log.stop();
    await rm(path.join(folder, 'confirmed.json'));
    expect(await verifySpool(folder)).toMatchObject({ records: 3, pending: 3 });
  });
});

describe('a spool in use', () => {
  it('can be read while segments come and go', async () => {
    const log = await filled(20, 100_000);
    let stopped = false;
    const working = (async () => {
      for (let i = 0; !stopped; i++) {
        await log.append([message(i, 100_000)]);
        await confirm(log, 1);
      }
    })();
    for (let i = 0; i < 30; i++) expect(await verifySpool(folder)).toMatchObject({ damagedBytes: 0 });
    stopped = true;
    await working;
    await log.stop();
    expect(await verifySpool(folder)).toMatchObject({ pending: 20, damagedBytes: 0, tornBytes: 0 });
  });
});
