import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderLock } from './data-folder.ts';

const holdUntilKilled = `
  const [module, folder] = process.argv.slice(1);
  const { DataFolderLock } = await import(module);
  const lock = new DataFolderLock(folder);
  await lock.start();
  process.stdout.write('held');
  setInterval(() => lock.health(), 60_000);
`;

let folder = '';
let holder: ChildProcess | undefined;

/** Another process that holds the folder. */
async function holdElsewhere(): Promise<ChildProcess> {
  const module = new URL('./data-folder.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', holdUntilKilled, module, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holder = child;
  const [text] = await once(child.stdout, 'data');
  expect(String(text)).toBe('held');
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-lock-')), 'data');
});
afterEach(async () => {
  if (holder?.exitCode === null && holder.signalCode === null) await killed(holder);
  await rm(path.dirname(folder), { recursive: true, force: true });
});

describe('the data folder', () => {
  it('is made where it is missing, and belongs to one at a time', async () => {
    const first = new DataFolderLock(folder);
    const second = new DataFolderLock(folder);
    await first.start();
    await expect(second.start()).rejects.toMatchObject({
      code: 'spool_in_use',
      message: `another process (pid ${process.pid}) uses the data folder ${folder}: stop it, or give this one a folder of its own (STADTPEGEL_DATA_DIR)`,
    });
    await first.stop();
    await second.start();
    await second.stop();
  });

  it('is refused to a second process, until the first one ends by kill -9', async () => {
    const child = await holdElsewhere();
    const lock = new DataFolderLock(folder);
    await expect(lock.start()).rejects.toMatchObject({
      code: 'spool_in_use',
      message: expect.stringContaining(`(pid ${child.pid})`),
    });
    await killed(child);
    await lock.start();
    await lock.stop();
  });

  it('can be given back before it was taken', async () => {
    await new DataFolderLock(folder).stop();
  });
});
