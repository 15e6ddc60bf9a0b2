import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { StrangerCodec } from '../sandbox/index.ts';
import { type CodecTests, readCodecTests } from './codec-tests.ts';
import type { StrangerDevice } from './device.ts';
import type { Finding } from './finding.ts';
import type { Gathered, SourceLimits } from './gather.ts';
import { slugOf } from './names.ts';
import { readArchive } from './read-archive.ts';
import { readFolder } from './read-folder.ts';
import { VendorFolder, type VendorPlace } from './vendor.ts';

/** All that folders of vendors say, as far as it is good. */
export interface DropIns {
  /** In the order of their ids. */
  readonly devices: readonly StrangerDevice[];
  /** Every codec one of the devices names. */
  readonly codecs: readonly StrangerCodec[];
  /** By codec id; a codec without tests has an empty list and the reason. */
  readonly tests: ReadonlyMap<string, CodecTests>;
  readonly findings: readonly Finding[];
  /** The vendors' folders, also those nothing was taken of. */
  readonly vendors: readonly VendorPlace[];
}

/**
 * The texts of the layout in a folder or a zip archive.
 * @throws {SourceRefused} where it is neither, or too large.
 */
export async function gather(source: string, limits?: SourceLimits): Promise<Gathered> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() !== false;
  return isFolder ? readFolder(source, limits) : readArchive(source, limits);
}

/** Every folder that holds a vendor.toml is a vendor's, wherever it lies; one at the top has the source's own name. */
function placesIn({ files }: Gathered, source: string): VendorPlace[] {
  return [...files.keys()]
    .filter((path) => /(?:^|\/)vendor\.toml$/.test(path))
    .sort()
    .map((path) => {
      const prefix = path.slice(0, -'vendor.toml'.length);
      const name = prefix === '' ? basename(resolve(source)).replace(/\.zip$/i, '') : basename(prefix);
      return { prefix, slug: slugOf(name) || 'vendor' };
    })
    .sort((a, b) => Number(isRenamed(a)) - Number(isRenamed(b)));
}

/** Whether a folder's name had to be changed for its slug: such a one does not take the place of one that has that name. */
function isRenamed({ prefix, slug }: VendorPlace): boolean {
  return prefix !== '' && basename(prefix) !== slug;
}

/** Models that two vendors give one name: by that name neither is found. */
function findClashes(devices: readonly StrangerDevice[], vendors: readonly VendorPlace[]): Finding[] {
  const byName = Map.groupBy(devices, ({ vendor, name }) => `${vendor} ${name}`.toLowerCase());
  return [...byName.values()].flatMap(([first, ...others]) =>
    others.map(({ id, vendor, name }) => ({
      kind: 'note',
      file: `${vendors.find(({ slug }) => id.startsWith(`${slug}/`))?.prefix ?? ''}vendor.toml`,
      about: id,
      reason: `"${vendor} ${name}" is also the name of ${first?.id}: by that name neither is found`,
      remedy: 'rename one, or name the model in the inventory or in the tag profile',
    })),
  );
}

function findStray({ files }: Gathered, places: readonly VendorPlace[]): Finding[] {
  const folders = new Set([...files.keys()].flatMap((path) => /^(.*?)devices\/[^/]+$/.exec(path)?.[1] ?? []));
  return [...folders]
    .filter((prefix) => !places.some((place) => place.prefix === prefix))
    .map((prefix) => ({
      kind: 'refused',
      file: `${prefix}vendor.toml`,
      about: slugOf(basename(prefix)),
      reason: 'a folder with devices, but without this file',
      remedy: 'add it: [vendor] with name and devices',
    }));
}

/** Files that nothing leads to. */
function findOrphans({ files }: Gathered, { prefix }: VendorPlace, used: ReadonlySet<string>): Finding[] {
  const inCodecs = [...files.keys()].filter((path) => path.startsWith(`${prefix}codecs/`));
  return inCodecs.flatMap((file): Finding[] => {
    const name = basename(file);
    const codec = /^test_(?:decode|encode)_(.+)\.json$/.exec(name)?.[1];
    const note = (reason: string, remedy: string): Finding[] => [{ kind: 'note', file, reason, remedy }];
    if (codec !== undefined && !files.has(`${prefix}codecs/${codec}.js`))
      return note('tests without a codec', `name it after its codec: test_decode_<codec>.json`);
    if (name.endsWith('.js') && !used.has(name))
      return note('no loaded device uses this codec', 'name it in a device, or take it away');
    return [];
  });
}

function testsOf(gathered: Gathered, { prefix }: VendorPlace, codec: string) {
  const file = `${prefix}codecs/test_decode_${codec.replace(/\.js$/, '')}.json`;
  const text = gathered.files.get(file);
  if (text === undefined)
    return { tests: { vectors: [], reason: 'the vendor gives no tests' }, findings: [] };
  return readCodecTests(file, text);
}

/**
 * What is good of what was gathered, and what is wrong with the rest: a mistake costs the device or vendor it is about.
 * Gives other work its turn between vendors.
 */
export async function understand(gathered: Gathered, source: string): Promise<DropIns> {
  const places = placesIn(gathered, source);
  const findings: Finding[] = [...gathered.findings, ...findStray(gathered, places)];
  const devices: StrangerDevice[] = [];
  const codecs: StrangerCodec[] = [];
  const tests = new Map<string, CodecTests>();
  const vendors: VendorPlace[] = [];
  for (const place of places) {
    if (vendors.some(({ slug }) => slug === place.slug)) {
      const file = `${place.prefix}vendor.toml`;
      const reason = 'another folder has the same name but for case';
      findings.push({ kind: 'refused', file, about: place.slug, reason, remedy: 'keep one of them' });
      continue;
    }
    vendors.push(place);
    const vendor = new VendorFolder(gathered, place);
    vendor.read();
    devices.push(...vendor.devices);
    const used = new Set(vendor.devices.flatMap(({ firmware }) => firmware.map(({ codecId }) => codecId)));
    for (const [file, text] of vendor.codecs) {
      const id = `${place.slug}/${file}`;
      if (!used.has(id)) continue;
      codecs.push({ id, source: text });
      const read = testsOf(gathered, place, file);
      tests.set(id, read.tests);
      findings.push(...read.findings);
    }
    findings.push(...vendor.findings, ...findOrphans(gathered, place, new Set(vendor.codecs.keys())));
    await setImmediate();
  }
  devices.sort((a, b) => (a.id < b.id ? -1 : 1));
  findings.push(...findClashes(devices, vendors));
  return { devices, codecs, tests, findings, vendors };
}
