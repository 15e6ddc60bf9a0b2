import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGateways } from './gateways-file.ts';
import { makeSecrets, readSecrets } from './secrets.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  const file = path.join(folder, `${(await readdir(folder)).length}.yaml`);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

describe('a secrets file', () => {
  it('is read with or without quotes, in any case', async () => {
    const file = await fileWith(
      `devices:
  "A84041FFFF1C0001": { appKey: "000102030405060708090A0B0C0D0E0F", joinEui: "A000000000000100" }
  7000000000000001: { appKey: 00112233445566778899001122334455 }
  7e10000000000000: { appKey: 1e112233445566778899001122334455 }
`,
    );
    const { devices, warnings } = await readSecrets(file);
    expect([...devices]).toEqual([
      ['a84041ffff1c0001', { appKey: '000102030405060708090a0b0c0d0e0f', joinEui: 'a000000000000100' }],
      ['7000000000000001', { appKey: '00112233445566778899001122334455' }],
      ['7e10000000000000', { appKey: '1e112233445566778899001122334455' }],
    ]);
    expect(warnings).toEqual([]);
  });

  it('that others can read is warned of', async () => {
    const file = await fileWith('devices:\n');
    await chmod(file, 0o640);
    expect((await readSecrets(file)).warnings).toEqual([`${file} can be read by others: chmod 600 ${file}`]);
  });

  it.each([
    [
      'a key too short',
      'devices: { "a84041ffff1c0001": { appKey: "5ec4e7" } }',
      /devices\.a84041ffff1c0001\.appKey: must be 32 hexadecimal digits/,
    ],
    [
      'a name that is none',
      'devices: { "5ec4e7": { appKey: "00000000000000000000000000000000" } }',
      /1 mistake\(s\) in/,
    ],
    [
      'a key nobody knows',
      'devices: { "a84041ffff1c0001": { appKey: "00000000000000000000000000000001", nwkKey: "5ec4e7" } }',
      /Unrecognized key: "nwkKey"/,
    ],
    ['no YAML', 'devices:\n  "a84041ffff1c0001": { appKey: "5ec4e7\n', /line \d: no valid YAML/],
    ['a list', '- 1\n', /the file: /],
    [
      'one device twice',
      'devices: { "a84041ffff1c0001": { appKey: "00000000000000000000000000000001" }, "A84041FFFF1C0001": { appKey: "00000000000000000000000000000001" } }',
      /it is there twice/,
    ],
  ])('with %s is refused, and no value told', async (_, text, expected) => {
    const file = await fileWith(text);
    const message = await readSecrets(file).then(
      () => 'no error',
      (cause: Error) => cause.message,
    );
    expect(message).toMatch(expected);
    expect(message).toContain(file);
    expect(message.replace('devices.5ec4e7', '')).not.toContain('5ec4e7');
  });

  it('that is not there says what makes it', async () => {
    await expect(readSecrets(path.join(folder, 'none.yaml'))).rejects.toThrow('stadtpegel provision secrets');
  });
});

describe('making secrets', () => {
  const [one, two] = ['a84041ffff1c0001', '7e10000000000000'];

  it('writes a random key for each device, for the owner alone', async () => {
    const file = path.join(folder, 'new.yaml');
    expect(await makeSecrets(file, [one, two])).toBe(2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { devices } = await readSecrets(file);
    const keys = [...devices.values()].map(({ appKey }) => appKey);
    expect([...devices.keys()]).toEqual([one, two]);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[\da-f]{32}$/);
    expect(await readFile(file, 'utf8')).toMatch(
      /^# .*\ndevices:\n {2}"a84041ffff1c0001": \{ appKey: "[\da-f]{32}" \}\n/,
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('new.yaml'))).toEqual(['new.yaml']);
  });

  it('leaves what is there, comments too, and writes nothing where nothing is missing', async () => {
    const before = `# ours\ndevices:\n  "A84041FFFF1C0001": { appKey: "000102030405060708090a0b0c0d0e0f" } # roof\n`;
    const file = await fileWith(before);
    await chmod(file, 0o644);
    expect(await makeSecrets(file, [one])).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await makeSecrets(file, [one, two])).toBe(1);
    expect(await readFile(file, 'utf8')).toMatch(
      /^# ours\ndevices:\n {2}"A84041FFFF1C0001": \{ appKey: "000102030405060708090a0b0c0d0e0f" \} # roof\n {2}"7e10000000000000": /,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('refuses a file with mistakes, and leaves it', async () => {
    const file = await fileWith('devices: { x: y }\n');
    await expect(makeSecrets(file, [one])).rejects.toThrow('mistake(s)');
    expect(await readFile(file, 'utf8')).toBe('devices: { x: y }\n');
  });
});

describe('a gateways file', () => {
  it('is read', async () => {
    const file = await fileWith(
      'gateways:\n  - { gatewayId: 0016C001F1500812, name: Rathaus, latitude: 51.151, longitude: 8.984 }\n',
    );
    expect(await readGateways(file)).toEqual([
      {
        gatewayId: '0016c001f1500812',
        name: 'Rathaus',
        description: '',
        location: { latitude: 51.151, longitude: 8.984, altitudeM: 0 },
        tags: {},
      },
    ]);
  });

  it.each([
    [
      'a place that is none',
      '[{ gatewayId: 0016c001f1500812, name: R, latitude: 95, longitude: x }]',
      /latitude: must be degrees[\s\S]*longitude: must be a number/,
    ],
    [
      'one twice',
      '[{ gatewayId: 0016c001f1500812, name: R, latitude: 5, longitude: 5 }, { gatewayId: 0016C001F1500812, name: R, latitude: 5, longitude: 5 }]',
      /0016c001f1500812: it is there twice/,
    ],
  ])('with %s is refused', async (_, list, expected) => {
    await expect(readGateways(await fileWith(`gateways: ${list}\n`))).rejects.toThrow(expected);
  });
});
