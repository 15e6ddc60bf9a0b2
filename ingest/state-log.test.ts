import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Mark, StateLog } from './state-log.ts';

let folder = '';
let log: StateLog;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-state-'));
  log = new StateLog(folder);
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const markAt = (position: number): Mark => ({
  position,
  copies: [[position, 1_795_305_600_123.5]],
  frames: [['70b3d50000002001', 1_795_305_600_123.5, 2 ** 51, 1]],
});

/** Keeps a snapshot of these rows; gives which were wanted. */
async function save(position: number, ...rows: readonly string[]): Promise<string> {
  let wanted = '';
  const taken = (which: 'all' | 'changed'): Uint8Array[] => {
    wanted = which;
    return rows.map((row) => Buffer.from(row));
  };
  await log.save(taken, () => markAt(position));
  return wanted;
}

/** What another process finds: where it goes on, and the rows. */
function found(): unknown[] | undefined {
  const kept = new StateLog(folder).load();
  return kept && [kept.mark, Array.from(kept.rows, (row) => Buffer.from(row).toString())];
}

const files = (): Promise<string[]> => readdir(folder);
const newestFile = async (): Promise<string> => path.join(folder, (await files()).sort().at(-1) ?? '');

describe('snapshots of the state', () => {
  it('are none at first', () => {
    expect(found()).toBeUndefined();
  });

  it('begin with all rows, and go on with those that changed', async () => {
    expect([await save(1, 'a1', 'b1'), await save(2, 'b2'), await save(3)]).toEqual([
      'all',
      'changed',
      'changed',
    ]);
    expect(found()).toEqual([markAt(3), ['a1', 'b1', 'b2']]);
  });

  it('begin anew after a restart, and forget what was before when that is done', async () => {
    await save(1, 'a1');
    await log.close();
    log = new StateLog(folder);
    expect(await save(2, 'a2')).toBe('all');
    expect(await files()).toHaveLength(1);
    expect(found()).toEqual([markAt(2), ['a2']]);
  });

  it('begin anew when the file has grown by as much as it began with', async () => {
    await save(1, 'x'.repeat(1_048_576));
    const wanted = [];
    for (let position = 2; position <= 12; position++)
      wanted.push(await save(position, 'y'.repeat(1_048_576)));
    expect(wanted.indexOf('all')).toBe(8);
    const bytes = await Promise.all(
      (await files()).map(async (name) => (await stat(path.join(folder, name))).size),
    );
    expect(bytes).toHaveLength(1);
    expect(bytes[0]).toBeLessThan(4 * 1_048_576);
  });

  it('carry rows of any length, also longer than what is read at a time', async () => {
    const rows = [1, 262_143, 1_048_576, 3_000_000, 0].map((length, n) => `${n}`.repeat(length));
    await save(1, ...rows);
    expect(found()).toEqual([markAt(1), rows]);
  });
});

describe('whatever ends the process', () => {
  it('at any byte: the last snapshot whose mark was written counts, with its rows and those before', async () => {
    const ends = [0];
    const kept: unknown[] = [undefined];
    for (const [position, rows] of [['a1', 'b1'], ['b2'], ['a3', 'c3']].entries()) {
      await save(position, ...rows);
      ends.push((await stat(await newestFile())).size);
      kept.push(found());
    }
    const file = await newestFile();
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.boolean(), async (bytes, isDamaged) => {
        await writeFile(file, whole.subarray(0, bytes));
        if (isDamaged) await appendFile(file, Buffer.alloc(100, 0x55));
        expect(found()).toEqual(kept[ends.findLastIndex((end) => end <= bytes)]);
      }),
      { numRuns: 60 },
    );
  });

  it('in the first snapshot of a new file: the one before counts', async () => {
    await save(1, 'a1');
    await writeFile(path.join(folder, '0000000000ff.state'), Buffer.alloc(50));
    expect(found()).toEqual([markAt(1), ['a1']]);
    await log.close();
    await save(2, 'a2');
    expect(found()).toEqual([markAt(2), ['a2']]);
  });

  it('a damaged record: what comes behind it does not count', async () => {
    await save(1, 'a1');
    const { size } = await stat(await newestFile());
    await save(2, 'a2');
    const bytes = await readFile(await newestFile());
    bytes[size + 9] = 0;
    await writeFile(await newestFile(), bytes);
    expect(found()).toEqual([markAt(1), ['a1']]);
  });
});

describe('a snapshot that fails', () => {
  it('costs itself only, and the next one brings all', async () => {
    await save(1, 'a1');
    const broken = log.save(
      function* () {
        yield Buffer.from('a2');
        throw new Error('broken row');
      },
      () => markAt(2),
    );
    await expect(broken).rejects.toThrow('broken row');
    expect(found()).toEqual([markAt(1), ['a1']]);
    expect(await save(3, 'a3')).toBe('all');
    expect(found()).toEqual([markAt(3), ['a3']]);
  });
});

describe('the event loop', () => {
  it('has its turn while a large snapshot is kept', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await log.save(
      function* () {
        const row = Buffer.alloc(10_000);
        for (let n = 0; n < 5000; n++) yield row;
      },
      () => markAt(1),
    );
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(10);
  });
});
