/** What the image is made of, without an engine to make it: .dockerignore lets through what the program needs, no more. */
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Program, temporaryFolder } from '../services/programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const patterns = text('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

const allowed = patterns.flatMap((pattern) => (pattern.startsWith('!') ? [pattern.slice(1)] : []));
const leftOut = patterns.filter((pattern) => !/^[!*]/.test(pattern));
const endings = patterns.flatMap((pattern) => (pattern.startsWith('**/*') ? [pattern.slice(4)] : []));

function isLeftOut(path: string): boolean {
  return leftOut.includes(path) || endings.some((ending) => path.endsWith(ending));
}

describe('the image', () => {
  let folder = '';
  let remove = async (): Promise<void> => {};

  beforeAll(async () => {
    ({ folder, remove } = await temporaryFolder('image'));
    for (const name of allowed) {
      const filter = (source: string): boolean => !isLeftOut(source.slice(root.length));
      cpSync(join(root, name), join(folder, name), { recursive: true, filter });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });

  afterAll(() => remove());

  it('holds nothing unless it is named', () => {
    expect(patterns[0]).toBe('*');
    expect(allowed.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  it('holds all the program needs to start', async () => {
    const program = new Program(
      process.execPath,
      ['bin/stadtpegel.mjs', 'run', '--help'],
      process.env,
      folder,
    );
    await program.printed(/Usage: stadtpegel run/);
    await eventually(() => expect(program.running).toBe(false));
    expect(program.child.exitCode).toBe(0);
  });

  it('holds no tests and no secrets', () => {
    expect(existsSync(join(folder, 'core/config.ts'))).toBe(true);
    expect(existsSync(join(folder, 'core/config.test.ts'))).toBe(false);
    expect(existsSync(join(folder, '.env'))).toBe(false);
  });

  it('runs the Node the project names, not as root', () => {
    const dockerfile = text('Dockerfile');
    const versions = [...dockerfile.matchAll(/^FROM node:(\S+)-slim/gm)].map(([, version]) => version);
    expect(versions).toEqual([text('.node-version').trim(), text('.node-version').trim()]);
    expect(dockerfile).toContain('\nUSER node\n');
  });
});
