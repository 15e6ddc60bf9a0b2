import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { profiles } from '#device-profiles';
import { addProfiles } from './profiles.ts';

let exported = '';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stadtpegel-profiles-'));
  exported = join(folder, 'exported');
  await run('export', exported);
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command line and gives what it wrote and its exit code. */
async function run(...args: string[]): Promise<{ text: string; code: number }> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  try {
    const program = new Command('stadtpegel').exitOverride();
    addProfiles(program, {});
    await program.parseAsync(['profiles', ...args], { from: 'user' });
    return { text: written.join(''), code: Number(process.exitCode ?? 0) };
  } finally {
    write.mockRestore();
    process.exitCode = 0;
  }
}

describe('stadtpegel profiles', () => {
  it('exports all our models so that the sandbox passes every vector of theirs', async () => {
    const { text, code } = await run('check', exported, '--json');
    const { devices, codecs, findings } = JSON.parse(text) as Record<string, { outcome?: string }[]>;
    expect(findings).toEqual([]);
    expect(devices).toHaveLength(profiles.length);
    expect(codecs?.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(code).toBe(0);
  });

  it('lists ours and those of a folder', async () => {
    const { text } = await run('list', '--dir', exported);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'bosch/tps110  Bosch TPS110  parking  stadtpegel',
        `bosch/tps110  Bosch TPS110  parking  ${exported}`,
      ]),
    );
    expect(JSON.parse((await run('list', '--json')).text)).toHaveLength(profiles.length);
  });

  it('imports a folder once, and only says so in a dry run', async () => {
    const into = join(folder, 'taken');
    const take = async (...more: string[]) => (await run('import', exported, '--into', into, ...more)).text;
    expect(await take('--dry-run')).toContain(`vendor  ${into}/bosch  new (dry run), 1 devices\n`);
    expect(await take()).toContain(`vendor  ${into}/bosch  new, 1 devices\n`);
    const again = JSON.parse(await take('--json')) as { vendors: { outcome: string }[] };
    expect(new Set(again.vendors.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    await expect(run('import', exported)).rejects.toThrow('where to?');
  });

  it('names every mistake with its place, and ends with 1', async () => {
    const file = join(exported, 'vendors/bosch/devices/tps110.toml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('tps110.js', 'gone.js'));
    const { text, code } = await run('check', exported);
    expect(text).toMatch(
      /^vendors\/bosch\/devices\/tps110\.toml:\d+: refused \[bosch\/tps110\]: there is no vendors\/bosch\/codecs\/gone\.js; add/m,
    );
    expect(code).toBe(1);
  });
});
