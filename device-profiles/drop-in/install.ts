import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Gathered } from './gather.ts';
import type { DropIns } from './load.ts';
import { readFolder } from './read-folder.ts';

/** What an import did with one vendor's folder, or would do. */
export interface Installed {
  readonly vendor: string;
  /** `refused`: none of its devices is good. */
  readonly outcome: 'new' | 'unchanged' | 'replaced' | 'refused';
  readonly devices: number;
}

const vendorFile = /^(?:vendor\.toml|(?:devices|profiles|codecs)\/[^/]+)$/;

/** A vendor's files, by their paths in its folder. */
function filesOf(files: Gathered['files'], prefix: string): Map<string, string> {
  const own = [...files].flatMap(([path, text]): [string, string][] => {
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    return vendorFile.test(inside) ? [[inside, text]] : [];
  });
  return new Map(own);
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}

/** Writes the folder beside its place and moves it there, so that whoever watches never sees half of it. */
async function replaceFolder(
  into: string,
  vendor: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const place = join(into, vendor);
  const [coming, previous] = [join(into, `.${vendor}.coming`), join(into, `.${vendor}.previous`)];
  await rm(coming, { recursive: true, force: true });
  for (const [path, text] of files) {
    await mkdir(dirname(join(coming, path)), { recursive: true });
    await writeFile(join(coming, path), text);
  }
  await rm(previous, { recursive: true, force: true });
  await rename(place, previous).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  });
  await rename(coming, place);
}

/** Puts back what an import had moved away and was ended before it could put the new in its place. */
async function healFolder(into: string, vendor: string): Promise<void> {
  const place = join(into, vendor);
  if ((await stat(place).catch(() => undefined)) !== undefined) return;
  await rename(join(into, `.${vendor}.previous`), place).catch(() => {});
}

/**
 * Puts each vendor's files into a folder of its own below `into`, as they are; a vendor without one good device stays
 * out. The same again changes nothing. What was there before is kept as `.vendor.previous`.
 */
export async function install(
  gathered: Gathered,
  dropIns: DropIns,
  into: string,
  options: { readonly dryRun: boolean },
): Promise<Installed[]> {
  const done: Installed[] = [];
  for (const { prefix, slug: vendor } of dropIns.vendors) {
    const devices = dropIns.devices.filter(({ id }) => id.startsWith(`${vendor}/`)).length;
    const files = filesOf(gathered.files, prefix);
    if (!options.dryRun) await healFolder(into, vendor);
    const before = (await readFolder(join(into, vendor)).catch(() => undefined))?.files;
    const outcome =
      devices === 0
        ? 'refused'
        : before === undefined
          ? 'new'
          : isSame(before, files)
            ? 'unchanged'
            : 'replaced';
    if (!options.dryRun && (outcome === 'new' || outcome === 'replaced'))
      await replaceFolder(into, vendor, files);
    done.push({ vendor, outcome, devices });
  }
  return done;
}
