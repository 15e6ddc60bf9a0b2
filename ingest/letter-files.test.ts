import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LetterFiles } from './letter-files.ts';

let folder = '';
let files: LetterFiles;
const nowhere = { name: 'none.payload', offset: 0, bytes: 5 };
const inFolder = (): string[] => readdirSync(folder);

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'stadtpegel-letters-')), 'letters');
  files = new LetterFiles(folder, 100);
  await files.open(new Set());
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

describe('payloads in files', () => {
  it('are read as they were written, in the order they were given', async () => {
    const payload = fc.uint8Array({ maxLength: 150, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 12 }), async (payloads) => {
        const parts = await files.write(payloads);
        expect(parts.map((part) => Buffer.from(files.read(part) ?? 'none'))).toEqual(
          payloads.map((one) => Buffer.from(one)),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('share a file up to its limit; one beyond it has its own', async () => {
    const parts = await files.write([40, 60, 1, 101, 99].map((bytes) => Buffer.alloc(bytes, bytes)));
    const names = [...new Set(parts.map(({ name }) => name))];
    expect(parts.map(({ name, offset }) => [names.indexOf(name), offset])).toEqual([
      [0, 0],
      [0, 40],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    expect(inFolder().toSorted()).toEqual(names.toSorted());
  });

  it('are not given where the file is missing or ends before', async () => {
    const [part = nowhere, other = nowhere] = await files.write([Buffer.from('whole'), Buffer.from('part')]);
    truncateSync(files.pathOf(part.name), 8);
    expect(Buffer.from(files.read(part) ?? '')).toEqual(Buffer.from('whole'));
    expect([files.read(other), files.read(nowhere)]).toEqual([undefined, undefined]);
  });

  it('leave when asked to, also twice', async () => {
    const [{ name } = nowhere, other = nowhere] = await files.write([Buffer.alloc(99), Buffer.alloc(99)]);
    files.remove([name, name]);
    await files.close();
    expect(inFolder()).toEqual([other.name]);
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
    const [{ name } = nowhere, orphan = nowhere] = await files.write([Buffer.alloc(99), Buffer.alloc(99)]);
    writeFileSync(path.join(folder, 'notes.txt'), '');
    const next = new LetterFiles(folder, 100);
    expect(await next.open(new Set([name, 'gone.payload']))).toEqual(['gone.payload']);
    await next.close();
    expect(inFolder().toSorted()).toEqual([name, 'notes.txt'].toSorted());
    expect(next.read(orphan)).toBeUndefined();
  });
});
