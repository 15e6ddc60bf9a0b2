import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LetterFiles } from './letter-files.ts';

let folder = '';
let files: LetterFiles;
const inFolder = (): string[] => readdirSync(folder);

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'stadtpegel-letters-')), 'letters');
  files = new LetterFiles(folder);
  await files.open(new Set());
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

describe('payloads with a file each', () => {
  it('are read as they were written, under names given in the same order', async () => {
    const payloads = [Buffer.from([0, 255, 10]), new Uint8Array(), Buffer.alloc(1_048_576, 7)];
    const names = await files.write(payloads);
    expect(new Set(names).size).toBe(3);
    for (const [index, payload] of payloads.entries())
      expect(
        Buffer.from(payload).equals(files.read(names[index] ?? '', payload.length) ?? Buffer.alloc(0)),
      ).toBe(true);
  });

  it('are not given where the file is missing or not of that length', async () => {
    const [name = ''] = await files.write([Buffer.from('whole')]);
    truncateSync(files.pathOf(name), 4);
    expect([files.read(name, 5), files.read('none.payload', 5)]).toEqual([undefined, undefined]);
  });

  it('leave when asked to, also twice', async () => {
    const [name = '', other = ''] = await files.write([Buffer.from('a'), Buffer.from('b')]);
    files.remove([name, name]);
    await files.close();
    expect(inFolder()).toEqual([other]);
  });

  it('leave nothing behind where one of them cannot be written', async () => {
    const detached = new Uint8Array(8);
    const unreadable = new Proxy(detached, {
      get: () => {
        throw new Error('gone');
      },
    });
    await expect(files.write([Buffer.from('a'), unreadable])).rejects.toThrow('gone');
    await files.close();
    expect(inFolder()).toEqual([]);
  });
});

describe('opening the folder', () => {
  it('removes files nobody names, tells which are missing, and leaves what is not its own', async () => {
    const [name = '', orphan = ''] = await files.write([Buffer.from('a'), Buffer.from('b')]);
    writeFileSync(path.join(folder, 'notes.txt'), '');
    const next = new LetterFiles(folder);
    expect(await next.open(new Set([name, 'gone.payload']))).toEqual(['gone.payload']);
    await next.close();
    expect(inFolder().toSorted()).toEqual([name, 'notes.txt'].toSorted());
    expect(next.read(orphan, 1)).toBeUndefined();
  });
});
