import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from './install.ts';
import { gather, understand } from './load.ts';
import { acme, zipOfFiles } from './testing.ts';

let folder = '';
let into = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stadtpegel-install-'));
  into = join(folder, 'taken');
});

afterAll(() => rm(folder, { recursive: true }));

/** Imports the files, packed as a code forge does. */
async function take(files: Readonly<Record<string, string>>, dryRun = false) {
  const archive = join(folder, 'acme.zip');
  await writeFile(archive, zipOfFiles(files, 'profiles-main/vendors'));
  const gathered = await gather(archive);
  return install(gathered, await understand(gathered, archive), into, { dryRun });
}

describe('an import', () => {
  const codec = 'acme/codecs/weather.js';

  it('first only says what it would do', async () => {
    expect(await take(acme, true)).toEqual([{ vendor: 'acme', outcome: 'new', devices: 2 }]);
    await expect(readdir(into)).rejects.toThrow('ENOENT');
  });

  it('takes over every file as it is, once', async () => {
    expect(await take({ ...acme, 'acme/evil.sh': 'rm' })).toMatchObject([{ outcome: 'new' }]);
    for (const [path, text] of Object.entries(acme))
      expect(await readFile(join(into, path), 'utf8')).toBe(text);
    expect((await readdir(join(into, 'acme'))).sort()).toEqual([
      'codecs',
      'devices',
      'profiles',
      'vendor.toml',
    ]);
    expect(await take(acme)).toMatchObject([{ outcome: 'unchanged' }]);
  });

  it('puts back what one that was ended in the middle had moved away', async () => {
    await rename(join(into, 'acme'), join(into, '.acme.previous'));
    expect(await take(acme)).toMatchObject([{ outcome: 'unchanged', devices: 2 }]);
    expect(await readdir(into)).toEqual(['acme']);
  });

  it('replaces what changed, and keeps what was there', async () => {
    const newer = { ...acme, [codec]: `${acme[codec]}// newer\n` };
    expect(await take(newer)).toMatchObject([{ outcome: 'replaced', devices: 2 }]);
    expect(await readFile(join(into, codec), 'utf8')).toContain('newer');
    expect((await readdir(into)).sort()).toEqual(['.acme.previous', 'acme']);
    expect(await readFile(join(into, '.acme.previous', 'codecs', 'weather.js'), 'utf8')).toBe(acme[codec]);
    const { devices } = await understand(await gather(into), into);
    expect(devices).toHaveLength(2);
  });

  it('leaves out a vendor without one good device', async () => {
    const result = await take({ ...acme, 'none/vendor.toml': '[vendor]\n', 'none/devices/x.toml': 'broken' });
    expect(result).toEqual([
      { vendor: 'acme', outcome: 'replaced', devices: 2 },
      { vendor: 'none', outcome: 'refused', devices: 0 },
    ]);
    expect(await readdir(into)).not.toContain('none');
  });
});
