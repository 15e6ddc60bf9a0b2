import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';

const freshCount = 1000;
const lateCount = 200;

/**
 * Batch n: new rows with the value n, the first rows of the batch before rewritten to n, and rows from before all
 * others. Every tenth time the store is stopped and started, so that a kill meets checkpoints and openings too.
 */
const writeUntilKilled = `
  const [storeModule, coreModule, file, first] = process.argv.slice(1);
  const { DuckDbStore } = await import(storeModule);
  const { createLogger } = await import(coreModule);
  const log = createLogger('silent');
  const retention = { readings: '0s', uplinks: '0s' };
  const store = new DuckDbStore({ file, memoryBytesMax: 134217728, retention, log, now: () => 0 });
  const point = (device, time, value) =>
    ({ retention: 'readings', measurement: 'm', time, tags: { device }, fields: { value } });
  const start = 1e12;
  await store.start();
  for (let n = Number(first); ; n++) {
    const points = [];
    for (let i = 0; i < ${freshCount}; i++) points.push(point('d' + i % 50, start + n * ${freshCount} + i, n));
    for (let i = 0; i < ${lateCount}; i++) {
      if (n > 0) points.push(point('d' + i % 50, start + (n - 1) * ${freshCount} + i, n));
      points.push(point('old', start - n * ${lateCount} - i, 0));
    }
    const { rejected, keep, keepReason } = await store.write(points);
    if (rejected.length + keep.length > 0) throw new Error(keepReason ?? 'rejected');
    process.stdout.write(n + '\\n');
    if (n % 10 === 9) {
      await store.stop();
      await store.start();
    }
  }
`;

/** Lets a process of its own write from batch `first` on, and kills it; gives the last batch it called durable. */
async function writeAndKill(file: string, first: number, afterMs: number): Promise<number> {
  const modules = ['./store.ts', '../../core/index.ts'].map((name) => new URL(name, import.meta.url).href);
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', writeUntilKilled, ...modules, file, String(first)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  let last = first - 1;
  const lines = createInterface(child.stdout).on('line', (line) => {
    last = Number(line);
  });
  await once(lines, 'line');
  await sleep(afterMs);
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  return last;
}

/** Rows, identities and the sum of all values after batch n. */
function expectedAfter(n: number): number[] {
  const rows = (n + 1) * (freshCount + lateCount);
  const written = (freshCount * n * (n + 1)) / 2;
  return [rows, rows, written + n * lateCount];
}

async function heldBy(file: string): Promise<unknown[] | undefined> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(
    'SELECT count(*)::DOUBLE, count(DISTINCT (series, time))::DOUBLE, sum(number) FROM readings',
  );
  connection.closeSync();
  instance.closeSync();
  return result.getRows()[0];
}

it('holds whole batches and all that was called durable, each row once, through kill -9 and writing again', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-kill-'));
  const file = path.join(folder, 'readings.duckdb');
  let acknowledged = -1;
  for (const afterMs of [20, 70, 130, 200, 290, 410, 550]) {
    acknowledged = await writeAndKill(file, acknowledged + 1, afterMs);
    expect([expectedAfter(acknowledged), expectedAfter(acknowledged + 1)]).toContainEqual(await heldBy(file));
  }
  expect(acknowledged).toBeGreaterThan(10);
  await rm(folder, { recursive: true, force: true });
}, 60_000);
