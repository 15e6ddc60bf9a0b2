import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { messageOf } from '#core';
import {
  type Gathered,
  Gathering,
  isLayoutFile,
  type SourceLimits,
  SourceRefused,
  sourceLimits,
} from './gather.ts';

/** Unix file type in the upper half of the external attributes: APPNOTE.TXT 4.4.15 and stat(2), S_IFLNK. */
function isLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

async function readEntry(gathering: Gathering, zip: ZipFile, entry: Entry): Promise<void> {
  const { generalPurposeBitFlag, fileNameRaw, extraFields, compressedSize, uncompressedSize } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
  const path = name.replace(/\/$/, '');
  if (!gathering.admits(path, isLink(entry)) || path !== name || !isLayoutFile(path)) return;
  if (!gathering.fits(path, uncompressedSize, compressedSize)) return;
  if (!entry.canDecodeFileData()) {
    gathering.refuse(path, 'it is encrypted, or packed in another way than deflate', 'pack it plainly');
    return;
  }
  try {
    // The stream fails as soon as it gives another number of bytes than the entry declares.
    gathering.take(path, await buffer(await zip.openReadStreamPromise(entry)));
  } catch (cause) {
    gathering.refuse(path, `it does not unpack: ${messageOf(cause)}`, 'pack it again');
  }
}

/**
 * The texts of the layout in a zip archive, held in memory: nothing is written anywhere.
 * @throws {SourceRefused} where it is no zip archive or larger than the limits allow.
 */
export async function readArchive(file: string, limits: SourceLimits = sourceLimits): Promise<Gathered> {
  const gathering = new Gathering(file, limits);
  try {
    const { size } = await stat(file);
    if (size > limits.archiveBytesMax)
      throw new SourceRefused(file, `more than ${limits.archiveBytesMax} bytes`, 'give it as a folder');
    // Names are judged one by one: yauzl would give up the whole archive for a single bad one.
    const zip = await openPromise(file, { decodeStrings: false, autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) await readEntry(gathering, zip, entry);
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof SourceRefused) throw cause;
    throw new SourceRefused(file, messageOf(cause), 'give a zip archive or a folder', { cause });
  }
  return gathering;
}
