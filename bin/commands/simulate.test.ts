import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { faults } from '#simulator';

const run = promisify(execFile);

/** What `stadtpegel simulate` prints, and how it ends. */
async function simulate(...options: string[]) {
  const done = run(process.execPath, ['bin/stadtpegel.mjs', 'simulate', ...options], {
    env: { PATH: process.env.PATH },
  });
  const { stdout, stderr } = await done.catch((cause: { stdout: string; stderr: string }) => cause);
  return { stdout, stderr, code: done.child.exitCode };
}

describe('stadtpegel simulate --scenario', () => {
  it('list: every fault in a line, without a broker', async () => {
    const { stdout, code } = await simulate('--scenario', 'list');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual(faults.map(({ name }) => name));
    expect(lines[0]).toMatch(/^stuck-sensor:1 +devices +For twelve hours/);
    expect(code).toBe(0);
  });

  it('of an unknown name: the nearest', async () => {
    const { stderr, code } = await simulate('--scenario', 'duplicates,stuck-sensr:3');
    expect(stderr).toContain('No fault is called "stuck-sensr". The nearest are stuck-sensor,');
    expect(code).toBe(1);
  });

  it('is of a town, not of a load', async () => {
    const { stderr } = await simulate('--scenario', 'duplicates', '--rate', '10/s');
    expect(stderr).toMatch(/'--rate <uplinks\/s>' cannot be used with option '--scenario <faults>'/);
  });
});

describe('stadtpegel simulate --truth', () => {
  it('tells what is true in the town, the same each time, without a broker', async () => {
    const [first, again] = await Promise.all(
      [1, 2].map(() => simulate('--truth', '2026-05-08T09:30:00Z', '--seed', '7')),
    );
    const truth: {
      at: string;
      devices: unknown[];
      bays: unknown[];
      points: { asset: string; status: string }[];
    } = JSON.parse(first?.stdout ?? '');
    expect(truth.at).toBe('2026-05-08T09:30:00.000Z');
    expect(truth.devices.length).toBeGreaterThan(100);
    expect(new Set(truth.points.map(({ status }) => status)).size).toBeGreaterThan(1);
    expect(again).toEqual(first);
  });

  it('of no time: says what it takes', async () => {
    const { stderr, code } = await simulate('--truth', 'yesterday');
    expect(stderr).toContain('It takes "now", or a time');
    expect(code).toBe(1);
  });
});
