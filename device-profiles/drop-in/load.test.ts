import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOfFinding } from './finding.ts';
import { sourceLimits } from './gather.ts';
import { type DropIns, gather, understand } from './load.ts';
import { acme, type Packed, writeFiles, zipOf, zipOfFiles } from './testing.ts';

let folder = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stadtpegel-drop-in-'));
});

afterAll(() => rm(folder, { recursive: true }));

function fresh(): string {
  count += 1;
  return join(folder, `${count}`);
}

async function load(source: string, limits = sourceLimits): Promise<DropIns> {
  return understand(await gather(source, limits), source);
}

/** The made-up vendor with files changed, or left out where undefined. */
async function loadAcme(changes: Readonly<Record<string, string | undefined>> = {}): Promise<DropIns> {
  const files = Object.entries({ ...acme, ...changes }).filter(([, text]) => text !== undefined);
  return load(await writeFiles(fresh(), Object.fromEntries(files) as Record<string, string>));
}

async function loadZip(...files: Packed[]): Promise<DropIns> {
  const file = `${fresh()}.zip`;
  await writeFile(file, zipOf(files));
  return load(file);
}

const packedAcme = Object.entries(acme).map(([path, text]) => ({ path, text }));
const idsOf = ({ devices }: DropIns): string[] => devices.map(({ id }) => id);
const refusedOf = ({ findings }: DropIns) => findings.filter(({ kind }) => kind === 'refused');
const w2 = 'acme/devices/w2.toml';
const w2Text = acme[w2] ?? '';

describe('a vendor’s folder', () => {
  it('gives its devices, with the newest firmware’s codec and what they do in Europe', async () => {
    const { devices, codecs, findings, tests } = await loadAcme();
    expect(findings).toEqual([]);
    expect(devices.map(({ id, name, vendor, codecId }) => ({ id, name, vendor, codecId }))).toEqual([
      { id: 'acme/w1', name: 'Weather W1', vendor: 'ACME Sensors', codecId: 'acme/weather.js' },
      { id: 'acme/w2', name: 'Weather W2', vendor: 'ACME Sensors', codecId: 'acme/weather.js' },
    ]);
    expect(devices[0]?.firmware.map(({ version }) => version)).toEqual(['1.10', '1.9']);
    expect(devices[0]?.eu868).toEqual({
      region: 'EU868',
      macVersion: '1.0.3',
      deviceClass: 'C',
      supportsOtaa: true,
    });
    expect(codecs.map(({ id }) => id)).toEqual(['acme/weather.js']);
    expect(tests.get('acme/weather.js')?.vectors.map(({ name }) => name)).toEqual(['mild', 'frost', 'short']);
  });

  it('is found as the whole repository, as one vendor, and in an archive of either', async () => {
    const whole = fresh();
    await writeFiles(join(whole, 'vendors'), acme);
    await writeFiles(whole, { 'README.md': 'not looked at', '.git/devices/x.toml': 'nor this' });
    const file = join(folder, 'forge.zip');
    await writeFile(file, zipOfFiles(acme, 'profiles-main/vendors'));
    for (const source of [whole, join(whole, 'vendors'), join(whole, 'vendors', 'acme'), file]) {
      const loaded = await load(source);
      expect(idsOf(loaded), source).toEqual(['acme/w1', 'acme/w2']);
      expect(loaded.findings, source).toEqual([]);
    }
  });

  it('takes its theme from the metadata, where one is given', async () => {
    const { devices } = await loadAcme({ [w2]: `${w2Text}theme = "water"\n` });
    expect(devices.map(({ facts }) => facts.theme)).toEqual(['environment', 'water']);
  });
});

describe('what upstream lets pass', () => {
  it.each<[what: string, changes: Record<string, string | undefined>, note: string]>([
    ['a codec without tests', { 'acme/codecs/test_decode_weather.json': undefined }, ''],
    ['an empty list of tests', { 'acme/codecs/test_decode_weather.json': '[]' }, ''],
    [
      'tests that are no data',
      { 'acme/codecs/test_decode_weather.json': '[\n{ input: new Date() }]' },
      'test_decode_weather.json:2: note: the tests cannot be read',
    ],
    [
      'a test without bytes',
      { 'acme/codecs/test_decode_weather.json': '[{ input: { fPort: 1 }, expected: { data: {} } }]' },
      'test 1 is left out: input.bytes',
    ],
    ['tests without a codec', { 'acme/codecs/test_encode_gone.json': '[]' }, 'tests without a codec'],
    [
      'a codec nobody uses',
      { 'acme/codecs/spare.js': 'function decodeUplink() {}' },
      'no loaded device uses',
    ],
    [
      'a device that is not listed',
      { 'acme/vendor.toml': '[vendor]\ndevices = ["w2.toml"]' },
      'not in the list',
    ],
    ['a device without a codec', { [w2]: '[device]\nname = "W2"\nfirmware = []\n' }, 'no codec'],
    ['an empty codec', { [w2]: w2Text.replace('weather.js', '') }, 'no codec'],
  ])('%s', async (_, changes, note) => {
    const loaded = await loadAcme(changes);
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(refusedOf(loaded)).toEqual([]);
    expect(loaded.findings.map(textOfFinding).join('\n')).toContain(note);
    expect(loaded.findings.length > 0).toBe(note !== '');
  });
});

describe('what is refused, while all else loads', () => {
  it.each<
    [what: string, changes: Record<string, string | undefined>, file: string, line: number, reason: string]
  >([
    [
      'a way out of the folder',
      { [w2]: w2Text.replace('weather.js', '../../x.js') },
      w2,
      13,
      'without folders',
    ],
    [
      'a missing codec',
      { [w2]: w2Text.replace('weather.js', 'gone.js') },
      w2,
      13,
      'there is no acme/codecs/gone.js',
    ],
    [
      'a missing profile',
      { [w2]: w2Text.replace('"US915-', '"XX915-') },
      w2,
      8,
      'there is no acme/profiles/XX915',
    ],
    ['a missing device', { [w2]: undefined }, 'acme/vendor.toml', 5, `there is no ${w2}`],
    ['no TOML', { [w2]: '[device]\nname = "W2\n' }, w2, 2, 'not TOML'],
    ['no name', { [w2]: '[device]\ndescription = "W2"\n' }, w2, 1, 'device.name'],
  ])('%s', async (_, changes, file, line, reason) => {
    const loaded = await loadAcme(changes);
    expect(idsOf(loaded)).toEqual(['acme/w1']);
    expect(refusedOf(loaded)).toEqual([
      expect.objectContaining({ about: 'acme/w2', file, line, reason: expect.stringContaining(reason) }),
    ]);
  });

  const lonely = (codec: string): Record<string, string> => ({
    [w2]: w2Text.replace('weather.js', 'w2.js'),
    'acme/codecs/w2.js': codec,
  });

  it.each<[what: string, codec: string, line: number, reason: string, remedy: string]>([
    [
      'a codec that is no script',
      '\nfunction decodeUplink(input) { return {; }\n',
      2,
      'not JavaScript',
      'correct the line',
    ],
    ['a codec without decodeUplink', '// decodeUplink = no\nvar x;', 1, 'no function decodeUplink', 'define'],
    [
      'a codec of the older kind',
      'function Decode(p, b) {}',
      1,
      'no function decodeUplink',
      'Decode(input.fPort',
    ],
  ])('%s', async (_, codec, line, reason, remedy) => {
    const loaded = await loadAcme(lonely(codec));
    expect(idsOf(loaded)).toEqual(['acme/w1']);
    expect(loaded.codecs.map(({ id }) => id)).toEqual(['acme/weather.js']);
    expect(refusedOf(loaded)).toEqual([
      expect.objectContaining({
        about: 'acme/w2',
        file: 'acme/codecs/w2.js',
        line,
        reason: expect.stringContaining(reason),
        remedy: expect.stringContaining(remedy),
      }),
    ]);
  });

  it.each([
    'var decodeUplink = function () {}',
    'decodeUplink = (input) => ({})',
    'function decodeUplink(i) {}',
  ])('but not %s', async (codec) => expect(refusedOf(await loadAcme(lonely(codec)))).toEqual([]));

  it.each([
    ['region', 'EU900', '1.0.3', 4],
    ['LoRaWAN version', 'EU868', '1.0.9', 5],
  ])('an unknown %s', async (what, region, version, line) => {
    const profile = 'acme/profiles/EU868-1_0_3.toml';
    const text = (acme[profile] ?? '').replace('EU868', region).replace('1.0.3', version);
    const other = 'acme/profiles/W1.toml';
    const loaded = await loadAcme({
      [profile]: text,
      [other]: acme[profile] ?? '',
      'acme/devices/acme-w1.toml': (acme['acme/devices/acme-w1.toml'] ?? '').replaceAll('EU868-1_0_3', 'W1'),
    });
    expect(idsOf(loaded)).toEqual(['acme/w1']);
    expect(refusedOf(loaded)[0]).toMatchObject({ about: 'acme/w2', file: profile, line, kind: 'refused' });
    expect(refusedOf(loaded)[0]?.reason).toContain(`unknown ${what}`);
  });

  it('two files of one name, two vendors of one name, and a vendor without its file', async () => {
    const loaded = await loadAcme({
      'acme/devices/acme-w2.toml': w2Text,
      'more/ACME/vendor.toml': '[vendor]\nname = "Acme"\n',
      'lost/devices/x.toml': w2Text,
    });
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(
      refusedOf(loaded)
        .map(({ about }) => about)
        .sort(),
    ).toEqual(['acme', 'acme/w2', 'lost']);
  });

  it('a link, a file that is too large, and one in another encoding', async () => {
    const source = await writeFiles(fresh(), { ...acme, 'acme/codecs/big.js': ' '.repeat(60_000) });
    await writeFile(join(source, 'acme/codecs/latin.js'), Buffer.from([0x2f, 0x2f, 0xfc]));
    await writeFile(join(folder, 'secret.js'), 'function decodeUplink() {}');
    await symlink(join(folder, 'secret.js'), join(source, 'acme/codecs/link.js'));
    await symlink('/', join(source, 'acme/devices/root'));
    const loaded = await load(source, { ...sourceLimits, fileBytesMax: 50_000 });
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(refusedOf(loaded).map(({ file, reason }) => `${file} ${reason}`)).toEqual([
      'acme/codecs/big.js 60000 bytes, at most 50000 are read',
      'acme/codecs/latin.js the text is not UTF-8',
      'acme/codecs/link.js it is a symbolic link',
      'acme/devices/root it is a symbolic link',
    ]);
  });
});

describe('what would cost much or show something else than it is', () => {
  const codecs = 'acme/codecs/weather.js';
  const testsFile = 'acme/codecs/test_decode_weather.json';
  const many = (count: number, one: string) => Array.from({ length: count }, () => one).join(',');

  it.each<[what: string, changes: Record<string, string>, reason: string]>([
    [
      'a name that colours a terminal',
      { [w2]: '[device]\nname = "W2\\u001b[31m"' },
      'one line of plain text',
    ],
    ['a name that turns a line around', { [w2]: '[device]\nname = "W2\\u202e"' }, 'one line of plain text'],
    [
      'very many files that are not there',
      { [w2]: `[device]\nname = "W2"\n[[device.firmware]]\nprofiles = [${many(50_000, '"x.toml"')}]` },
      'device.firmware.0.profiles: Too big',
    ],
    ['a prototype for a table', { [w2]: '[device]\n[device.__proto__]\nname = "W2"' }, 'device.name'],
    ['a codec of empty lines', { [codecs]: '\n'.repeat(500_000) }, 'no function decodeUplink'],
  ])('%s is refused', async (_, changes, reason) => {
    const startedMs = performance.now();
    const loaded = await loadAcme(changes);
    expect(refusedOf(loaded).map((finding) => finding.reason)).toContainEqual(
      expect.stringContaining(reason),
    );
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  it.each([
    [
      'nested too deep',
      `[{ input: { bytes: [1] }, expected: { data: { a: ${'['.repeat(9000)}${']'.repeat(9000)} } } }]`,
    ],
    ['very many', `[${many(20_000, '{}')}]`],
  ])('tests that are %s cost the codec only its tests', async (_, text) => {
    const loaded = await loadAcme({ [testsFile]: text });
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(loaded.findings.length).toBeLessThan(10);
    expect(loaded.tests.get('acme/weather.js')).toMatchObject({ vectors: [], reason: expect.any(String) });
  });

  it('a path with a line end in it is told on one line', async () => {
    const { findings } = await loadZip({ path: 'acme/codecs/x\nacme: fine.js', text: 'x' }, ...packedAcme);
    expect(findings.map(textOfFinding)).toEqual([expect.not.stringContaining('\n')]);
  });
});

describe('two of one name', () => {
  it('are both there, and it is said that the name finds neither', async () => {
    const loaded = await loadAcme({
      'beta/vendor.toml': '[vendor]\nname = "ACME Sensors"\ndevices = ["w2.toml"]',
      'beta/devices/w2.toml': '[device]\nname = "Weather W2"',
    });
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2', 'beta/w2']);
    expect(loaded.findings).toContainEqual(
      expect.objectContaining({
        kind: 'note',
        file: 'beta/vendor.toml',
        about: 'beta/w2',
        reason: expect.stringContaining('also the name of acme/w2'),
      }),
    );
  });

  it('vendors: the one whose folder has that very name', async () => {
    const loaded = await loadAcme({ 'ACME/vendor.toml': '[vendor]\nname = "Other"\n' });
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(refusedOf(loaded)).toMatchObject([{ file: 'ACME/vendor.toml', about: 'acme' }]);
  });

  it('files of an archive: the first', async () => {
    const evil = { path: 'acme/codecs/weather.js', text: 'function decodeUplink() { return { data: {} }; }' };
    const loaded = await loadZip(...packedAcme, evil);
    expect(loaded.codecs.map(({ source }) => source)).toEqual([acme[evil.path]]);
    expect(refusedOf(loaded)).toMatchObject([{ file: evil.path, reason: expect.stringContaining('twice') }]);
  });
});

describe('an archive', () => {
  it.each<[what: string, bad: Packed, reason: string]>([
    ['a name that leads out', { path: '../../etc/codecs/x.js', text: 'x' }, 'leads out'],
    ['an absolute name', { path: '/etc/codecs/x.js', text: 'x' }, 'absolute'],
    ['a drive', { path: 'c:/codecs/x.js', text: 'x' }, 'absolute'],
    ['a way out in the middle', { path: 'acme/codecs/../../../x.js', text: 'x' }, 'leads out'],
    ['a way out with backslashes', { path: 'acme\\..\\..\\codecs\\x.js', text: 'x' }, 'leads out'],
    ['a control character', { path: 'acme/codecs/x\n.js', text: 'x' }, 'control character'],
    ['a link', { path: 'acme/codecs/x.js', text: '/etc/passwd', mode: 0o120777 }, 'symbolic link'],
    ['a bomb', { path: 'acme/codecs/x.js', text: ' '.repeat(2_000_000) }, 'more than 100 times'],
    [
      'a bomb that lies',
      { path: 'acme/codecs/x.js', text: ' '.repeat(90_000), declaredBytes: 9 },
      'not unpack',
    ],
    ['a deep folder', { path: `acme/${'x/'.repeat(20)}vendor.toml`, text: 'x' }, 'deeper than 12'],
  ])('loses nothing but %s', async (_, bad, reason) => {
    const loaded = await loadZip(bad, ...packedAcme);
    expect(idsOf(loaded)).toEqual(['acme/w1', 'acme/w2']);
    expect(refusedOf(loaded).map((finding) => finding.reason)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    ['too many files', { entriesMax: 3 }, 'more than 3 files'],
    ['too much text', { bytesMax: 500 }, 'more than 500 bytes of text'],
    ['too large a file', { archiveBytesMax: 100 }, 'more than 100 bytes'],
  ])('is refused as a whole for %s', async (_, limit, reason) => {
    const file = `${fresh()}.zip`;
    await writeFile(file, zipOf(packedAcme));
    await expect(load(file, { ...sourceLimits, ...limit })).rejects.toThrow(reason);
  });

  it('is refused where it is none', async () => {
    const file = `${fresh()}.zip`;
    await writeFile(file, 'PK no');
    await expect(load(file)).rejects.toThrow(`${file}: `);
    await expect(load(join(folder, 'nowhere'))).rejects.toThrow('name a folder');
  });
});
