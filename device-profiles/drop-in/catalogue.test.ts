import { describe, expect, it } from 'vitest';
import { StrangerCatalogue, withLastGood } from './catalogue.ts';
import type { Finding } from './finding.ts';
import { type DropIns, understand } from './load.ts';
import { acme } from './testing.ts';

const read = (files: Readonly<Record<string, string>>): Promise<DropIns> =>
  understand({ files: new Map(Object.entries(files)), findings: [] }, 'test');

const device = (name: string): string => `[device]\nname = "${name}"\n`;

describe('the catalogue of strangers', async () => {
  const catalogue = new StrangerCatalogue(
    await read({
      ...acme,
      'acme/devices/w10.toml': device('Weather W10'),
      'acme/devices/hum.toml': device('Sensor'),
      'beta/vendor.toml': '[vendor]\nname = "Beta"\n',
      'beta/devices/w1.toml': device('Weather W1'),
    }),
  );

  it.each([
    [{ profileTag: 'ACME/w2' }, 'acme/w2'],
    [{ profileTag: 'acme/w9', deviceProfileName: 'ACME Sensors Weather W1' }, undefined],
    [{ vendorTag: 'acme', modelTag: 'W1' }, 'acme/w1'],
    [{ vendorTag: 'Beta', modelTag: 'Weather W1' }, 'beta/w1'],
    [{ deviceProfileName: 'ACME Sensors, Weather W1 (roof)' }, 'acme/w1'],
    [{ deviceProfileName: 'Weather W2' }, 'acme/w2'],
    [{ deviceProfileName: 'Weather W10 north' }, 'acme/w10'],
    [{ deviceProfileName: 'Weather W100' }, undefined],
    // Two vendors have one of this name; and a name that says nothing finds nothing.
    [{ deviceProfileName: 'Weather W1' }, undefined],
    [{ deviceProfileName: 'Sensor' }, undefined],
    [{ deviceProfileName: 'ACME Sensors Sensor' }, 'acme/hum'],
    [{}, undefined],
  ])('finds %o: %s', (names, id) => {
    expect(catalogue.byName(names)?.id).toBe(id);
    expect(catalogue.byName(names)?.id).toBe(id);
  });

  it('finds by id, whatever its case', () => {
    expect(catalogue.byId('Acme/W2')?.name).toBe('Weather W2');
    expect(catalogue.byId('acme/w3')).toBeUndefined();
  });
});

describe('the last good state', async () => {
  const last = await read(acme);
  const refused = (about: string): Finding => ({
    kind: 'refused',
    file: 'x',
    about,
    reason: 'r',
    remedy: 'm',
  });
  const ids = ({ devices, codecs }: DropIns) => [...devices, ...codecs].map(({ id }) => id);

  it('stays for a device, or a whole vendor, that is now refused, with its codec', async () => {
    const broken = { ...acme, 'acme/codecs/weather.js': 'function decodeUplink(' };
    const fresh = await read(broken);
    expect(ids(fresh)).toEqual([]);
    const kept = withLastGood(fresh, last);
    expect(ids(kept)).toEqual(['acme/w1', 'acme/w2', 'acme/weather.js']);
    expect(kept.codecs[0]?.source).toBe(acme['acme/codecs/weather.js']);
    expect(kept.tests.get('acme/weather.js')?.vectors).toHaveLength(3);
    expect(ids(withLastGood({ ...fresh, findings: [refused('acme')] }, last))).toHaveLength(3);
  });

  it('goes with what was taken away', async () => {
    const nothing = await read({});
    expect(ids(withLastGood(nothing, last))).toEqual([]);
    expect(ids(withLastGood({ ...nothing, findings: [refused('acme/w2')] }, last))).toEqual([
      'acme/w2',
      'acme/weather.js',
    ]);
  });
});
