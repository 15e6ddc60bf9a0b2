import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the repository: its path from the top with `/`, its bytes, and its text where it is text. */
export interface RepositoryFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined for binary files (those with a NUL byte). */
  readonly text: string | undefined;
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

const skippedAnywhere = new Set(['node_modules', '.env']);
/** Made by running things; the rest of `.gitignore` is covered by what is skipped anywhere and by dot folders. */
const skippedAtTop = new Set(['data', 'coverage']);
/** The one dot folder that is ours. */
const dotFolders = new Set(['.ci']);

function isSkipped(name: string, isFolder: boolean, atTop: boolean): boolean {
  if (skippedAnywhere.has(name) || name.endsWith('.log')) return true;
  if (!isFolder) return false;
  return (atTop && skippedAtTop.has(name)) || (name.startsWith('.') && !dotFolders.has(name));
}

function pathsIn(folder: string): string[] {
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (isSkipped(entry.name, entry.isDirectory(), folder === '')) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? pathsIn(path) : [path];
  });
}

/** Every file that belongs to the repository, read. */
export function readRepository(): RepositoryFile[] {
  return pathsIn('').map((path) => {
    const bytes = readFileSync(join(repositoryRoot, path));
    return { path, sizeBytes: bytes.length, text: bytes.includes(0) ? undefined : bytes.toString('utf8') };
  });
}

/** Whether a path is that of a file tools read as JavaScript or TypeScript. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

/** Whether code is there to test other code, so that it may use what only developers install. */
export function isTest(path: string): boolean {
  return path.startsWith('tests/') || path.endsWith('.test.ts') || path === 'vitest.config.ts';
}
