import { constants, type Dirent } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
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

/**
 * Names in a folder, in order, and no more than one too many. What begins with a dot is of tools: version control,
 * editors, a copy under way.
 */
async function entriesIn(folder: string, entriesMax: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) {
    if (!entry.name.startsWith('.')) entries.push(entry);
    if (entries.length > entriesMax) break;
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads one file, never through a link and never more than its limit, whatever it becomes meanwhile. */
async function readFile(gathering: Gathering, folder: string, path: string): Promise<void> {
  // Without waiting: should a pipe have come into its place, nobody may ever write to it.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(join(folder, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = await file.stat();
    const { size } = stat;
    if (!stat.isFile() || !gathering.fits(path, size)) return;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, 0);
    gathering.take(path, buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function readBelow(gathering: Gathering, folder: string, above: string): Promise<void> {
  for (const entry of await entriesIn(join(folder, above), gathering.entriesLeft)) {
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
