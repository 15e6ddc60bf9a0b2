/** CONTRIBUTING.md says how a device is added; what it shows has to work as it stands there. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, createMetrics } from '#core';
import { decode } from './decode.ts';
import { gather, understand } from './drop-in/load.ts';
import { isClean, runVectors } from './drop-in/report.ts';
import type { DeviceProfile } from './profile.ts';
import { DecoderSandbox } from './sandbox/index.ts';
import { bytesOf, type Vector } from './vectors.ts';

let guide = '';
let folder = '';

beforeAll(async () => {
  guide = await readFile(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'stadtpegel-contributing-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** The block of that language that begins so. */
function block(language: string, beginning: string): string {
  const blocks = guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  for (const [, of, text = ''] of blocks) if (of === language && text.startsWith(beginning)) return text;
  throw new Error(`CONTRIBUTING.md has no ${language} block that begins with ${beginning}`);
}

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('the guide for contributors', () => {
  it('shows a device that decodes its vectors', async () => {
    const here = new URL('.', import.meta.url).href;
    const source = block('ts', 'import { defineProfile }').replaceAll("'../", `'${here}`);
    const file = await write('pegelwerk-pw1.ts', source);
    const { pegelwerkPw1 }: { pegelwerkPw1: DeviceProfile } = await import(pathToFileURL(file).href);
    const vectors = block('json', '{"id"').trim().split('\n');
    for (const vector of vectors.map((line): Vector => JSON.parse(line))) {
      const { data, errors, warnings, readings } = decode(pegelwerkPw1, {
        bytes: bytesOf(vector.bytesHex),
        fPort: vector.fPort,
      });
      expect({ data, errors }).toEqual({ data: vector.fact, errors: [] });
      expect(warnings.join()).toContain(vector.warning ?? '');
      expect(readings.every(({ flags }) => flags === undefined)).toBe(true);
    }
  });

  it('shows a vendor’s folder that is taken and passes its tests', async () => {
    let path = '';
    for (const line of block('text', 'trinkbrunnen/').split('\n').slice(1)) {
      const [, named = '', text = ''] = /^ {2}(\S*) +(.*)$/.exec(line) ?? [];
      path = named || path;
      const had = named === '' ? await readFile(join(folder, 'trinkbrunnen', path), 'utf8') : '';
      if (path !== '') await write(`trinkbrunnen/${path}`, `${had}${text}\n`);
    }
    const dropIns = await understand(await gather(join(folder, 'trinkbrunnen')), 'trinkbrunnen');
    const sandbox = new DecoderSandbox({ registry: createMetrics(), log: createLogger('silent') });
    await sandbox.start();
    try {
      await sandbox.setCodecs(dropIns.codecs);
      const reports = await runVectors(sandbox, dropIns);
      expect(dropIns.devices.map(({ id, facts }) => [id, facts.theme])).toEqual([
        ['trinkbrunnen/tb1', 'water'],
      ]);
      expect(reports).toHaveLength(1);
      expect(isClean(dropIns, reports)).toBe(true);
    } finally {
      await sandbox.stop();
    }
  });
});
