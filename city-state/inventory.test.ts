import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type InventoryText, loadInventory, parseInventory } from './inventory.ts';
import { InventoryError } from './inventory-mistakes.ts';
import { inventoryJsonSchema } from './inventory-schema.ts';
import { city, smallCity } from './testing.ts';

const captured = join(import.meta.dirname, '..', 'cities', 'captured');
const folder = await mkdtemp(join(tmpdir(), 'inventory-'));
afterAll(() => rm(folder, { recursive: true }));

/** Each mistake as `file:line path: problem`. */
function mistakesOf(...files: InventoryText[]): string[] {
  try {
    parseInventory(files);
    return [];
  } catch (error) {
    if (!(error instanceof InventoryError)) throw error;
    for (const { remedy } of error.mistakes) expect(remedy).not.toBe('');
    return error.mistakes.map(({ file, line, path, problem }) => `${file}:${line} ${path}: ${problem}`);
  }
}

const place = 'organisation: werke, location: { latitude: 1, longitude: 2 }';
const site = (id: string, assets: string, kind = 'charging'): string =>
  `{ id: ${id}, kind: ${kind}, name: x, ${place}, assets: [${assets}] }`;
const evse = (id: string): string =>
  `{ kind: evse, id: ${id}, connectors: [{ id: '1', standard: CHADEMO, powerType: DC, maxPowerKw: 50 }] }`;
const inCity = (body: string): InventoryText => ({ file: 'a.yaml', text: city(body) });

describe('an inventory', () => {
  it('is read from all files of a folder', async () => {
    const [head = '', assignments = ''] = city(smallCity).split(/(?=^assignments:)/m);
    await writeFile(join(folder, 'sites.yaml'), head);
    await writeFile(join(folder, 'devices.yml'), assignments);
    await writeFile(join(folder, 'notes.txt'), 'no inventory');
    expect(await loadInventory(folder)).toEqual(parseInventory([inCity(smallCity)]));
  });

  it('fills in what need not be said', () => {
    const { sites, assignments } = parseInventory([inCity(smallCity)]);
    expect(sites.find(({ id }) => id === 'hafen')).toMatchObject({ access: 'public' });
    const meters = sites.flatMap(({ assets }) => assets.filter((asset) => asset.kind === 'meter'));
    expect(meters.map(({ chargingFromA, chargingFromW }) => [chargingFromA, chargingFromW])).toEqual([
      [1, 100],
      [2, 100],
    ]);
    expect(assignments[0]).toMatchObject({ fromMs: Date.UTC(2026, 0, 1), toMs: Infinity });
  });

  it('has a hash that follows the content, not the way it is written', () => {
    const hashOf = (text: string): string => parseInventory([{ file: 'x.yaml', text }]).hash;
    const text = city(`sites: [${site('one', evse('e1'))}, ${site('two', evse('e2'))}]`);
    const turned = city(`# a note\nsites: [${site('two', evse('e2'))}, ${site('one', evse('e1'))}]`);
    expect(hashOf(text)).toBe(hashOf(turned));
    expect(hashOf(text)).not.toBe(hashOf(text.replace('name: x', 'name: y')));
  });

  it('describes itself for editors', () => {
    const schema = inventoryJsonSchema();
    expect(Object.keys(schema.properties ?? {})).toEqual([
      'city',
      'organisations',
      'sites',
      'devices',
      'assignments',
    ]);
    expect(schema.required).toBeUndefined();
    expect(schema.additionalProperties).toBe(false);
  });

  it('fits the captured devices', async () => {
    const inventory = await loadInventory(captured);
    expect(inventory.sites.map(({ id, assets }) => [id, assets.length])).toEqual([
      ['laadplein', 2],
      ['marktplein', 4],
      ['stadhuis', 1],
    ]);
    expect(inventory.assignments).toHaveLength(6);
  });
});

describe('mistakes in an inventory', () => {
  it('are all told at once, with file and line', () => {
    const broken: InventoryText = { file: 'b.yaml', text: 'sites: [\n  - { id: 1\n' };
    const misspelt: InventoryText = { file: 'c.yaml', text: 'organisations:\n  - id: x\n    nmae: X\n' };
    const found = mistakesOf(
      inCity(`sites: [${site('one', evse('e1'))}, ${site('one', evse('e1'))}]`),
      broken,
      misspelt,
    );
    expect(found.filter((line) => line.startsWith('b.yaml:'))).not.toEqual([]);
    expect(found.filter((line) => !line.startsWith('b.yaml:'))).toEqual([
      'c.yaml:2 organisations[0].name: Invalid input: expected string, received undefined',
      'c.yaml:3 organisations[0].nmae: no such key: nmae',
      'a.yaml:4 sites[1].id: “one” is already used at a.yaml:4',
      'a.yaml:4 sites[1].assets[0].id: “e1” is already used at a.yaml:4',
    ]);
  });

  it.each([
    [
      'a DevEUI that YAML takes for a number',
      'devices:\n  - devEui: 0011223344556677',
      'a.yaml:5 devices[0].devEui: must be text: put the DevEUI in quotes, YAML reads some of them as numbers',
    ],
    [
      'a DevEUI with separators',
      'devices:\n  - devEui: 00-11-22',
      'a.yaml:5 devices[0].devEui: must be 16 hexadecimal digits without separators',
    ],
    [
      'the same device twice, in whatever case',
      "devices: [{ devEui: '24E124707C123456' }, { devEui: '24e124707c123456' }]",
      'a.yaml:4 devices[1].devEui: “24e124707c123456” is already used at a.yaml:4',
    ],
    [
      'an unknown organisation',
      `sites: [${site('s', '').replace('werke', 'nobody')}]`,
      'a.yaml:4 sites[0].organisation: there is no organisation “nobody”',
    ],
    [
      'an unknown asset',
      "assignments: [{ device: '24e124707c123456', asset: nowhere, validFrom: 2026-01-01 }]",
      'a.yaml:4 assignments[0].asset: there is no asset “nowhere”',
    ],
    [
      'a bay at an unknown charge point',
      `sites: [${site('s', '{ kind: parking-bay, id: b, evse: e9 }')}]`,
      'a.yaml:4 sites[0].assets[0].evse: the site has no charge point “e9”',
    ],
    [
      'a meter of an unknown charge point',
      `sites: [${site('s', '{ kind: meter, id: m, measures: [e9] }')}]`,
      'a.yaml:4 sites[0].assets[0].measures[0]: the site has no charge point “e9”',
    ],
    [
      'two bays at one charge point',
      `sites: [${site('s', `${evse('e')}, { kind: parking-bay, id: b, evse: e }, { kind: parking-bay, id: c, evse: e }`)}]`,
      'a.yaml:4 sites[0].assets[2].evse: the charge point has the bay “b” already',
    ],
    [
      'an asset on a site of another kind',
      `sites: [${site('s', evse('e'), 'parking')}]`,
      'a.yaml:4 sites[0].assets[0].kind: a parking site holds no assets of kind evse',
    ],
    [
      'a meter that measures no charge point of its charging site',
      `sites: [${site('s', '{ kind: meter, id: m }')}]`,
      'a.yaml:4 sites[0].assets[0]: the meter measures nothing',
    ],
    [
      'a building’s meter that measures charge points',
      `sites: [${site('s', '{ kind: meter, id: m, measures: [e] }', 'building')}]`,
      'a.yaml:4 sites[0].assets[0].measures[0]: the site has no charge point “e”',
    ],
    [
      'a tree among stations',
      `sites: [${site('s', '{ kind: environment-station, id: e }, { kind: tree, id: t }', 'environment')}]`,
      'a.yaml:4 sites[0].assets[1].kind: the site is one of environment-station already',
    ],
    [
      'a room that is no part of a building',
      `sites: [${site('s', '{ kind: room, id: r }', 'environment')}]`,
      'a.yaml:4 sites[0].assets[0].kind: an environment site holds no assets of kind room',
    ],
    ['a key nobody knows', 'x: 1', 'a.yaml:4 x: no such key: x'],
  ])('name %s', (_, body, mistake) => {
    expect(mistakesOf(inCity(body))).toEqual([mistake]);
  });

  it('name a city that is missing, told twice, or in no known time zone', () => {
    expect(mistakesOf({ file: 'a.yaml', text: 'organisations: []' })).toEqual([
      'a.yaml:1 : no file describes the city',
    ]);
    expect(mistakesOf(inCity(''), { ...inCity(''), file: 'b.yaml' })[0]).toBe(
      'b.yaml:2 city: the city is described a second time',
    );
    const text = city('').replace('Europe/Berlin', 'Europe/Bielefeld');
    expect(mistakesOf({ file: 'a.yaml', text })[0]).toContain('must be an IANA time zone');
  });

  const stays = (...periods: string[]): string[] =>
    mistakesOf(
      inCity(
        `sites: [${site('s', '{ kind: parking-bay, id: b }', 'parking')}]\nassignments:\n${periods
          .map((period) => `  - { device: '24e124707c123456', asset: b, ${period} }`)
          .join('\n')}`,
      ),
    );

  it('name assignments that overlap or end before they begin', () => {
    expect(stays('validFrom: 2026-01-01', 'validFrom: 2026-02-01')).toEqual([
      'a.yaml:7 assignments[1]: overlaps an earlier assignment of 24e124707c123456',
    ]);
    expect(stays('validFrom: 2026-02-01, validTo: 2026-01-01')).toEqual([
      'a.yaml:6 assignments[0].validTo: ends before it begins',
    ]);
  });

  it('are not made of assignments that touch, or of different channels', () => {
    expect(
      stays(
        'validFrom: 2026-01-01, validTo: "2026-02-01T00:00:00+01:00"',
        'validFrom: "2026-01-31T23:00:00Z"',
      ),
    ).toEqual([]);
    expect(stays('validFrom: 2026-01-01', 'channel: l1, validFrom: 2026-01-01')).toEqual([]);
  });

  it('include a folder that is not there or holds nothing', async () => {
    await expect(loadInventory(join(folder, 'nowhere'))).rejects.toThrow(InventoryError);
    await expect(loadInventory(import.meta.dirname)).rejects.toThrow('no inventory file');
  });
});
