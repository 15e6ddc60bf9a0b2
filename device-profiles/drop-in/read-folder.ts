import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#core';
import {
  type Gathered,
  Gathering,
  isLayoutFile,
  type SourceLimits,
  SourceRefused,
  sourceLimits,
} from './gather.ts';

/** Names in a folder, in order. What begins with a dot is of tools: version control, editors, a copy under way. */
async function entriesIn(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads one file, never through a link and never more than its limit, whatever it becomes meanwhile. */
async function readFile(gathering: Gathering, folder: string, path: string): Promise<void> {
  const file = await open(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (!gathering.fits(path, size)) return;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, 0);
    gathering.take(path, buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function readBelow(gathering: Gathering, folder: string, above: string): Promise<void> {
  for (const entry of await entriesIn(join(folder, above))) {
    const path = above === '' ? entry.name : `${above}/${entry.name}`;
    if (!gathering.admits(path, entry.isSymbolicLink())) continue;
    if (entry.isDirectory()) await readBelow(gathering, folder, path);
    else if (entry.isFile() && isLayoutFile(path)) {
      await readFile(gathering, folder, path).catch((cause: unknown) => {
        if (cause instanceof SourceRefused) throw cause;
        gathering.refuse(path, messageOf(cause), 'let this process read it');
      });
    }
  }
}

/**
 * The texts of the layout below a folder. Links are not followed, and names that begin with a dot are passed over.
 * @throws {SourceRefused} where it is no folder or larger than the limits allow.
 */
export async function readFolder(folder: string, limits: SourceLimits = sourceLimits): Promise<Gathered> {
  const gathering = new Gathering(folder, limits);
  try {
    await readBelow(gathering, folder, '');
  } catch (cause) {
    if (cause instanceof SourceRefused) throw cause;
    throw new SourceRefused(folder, messageOf(cause), 'name a folder this process can read', { cause });
  }
  return gathering;
}
