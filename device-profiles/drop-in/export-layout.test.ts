import { describe, expect, it } from 'vitest';
import { profiles } from '../catalog.ts';
import { StrangerCatalogue } from './catalogue.ts';
import { layoutFiles } from './export-layout.ts';
import { understand } from './load.ts';

describe('our models in the public layout', async () => {
  const files = layoutFiles();
  const dropIns = await understand({ files, findings: [] }, 'vendors');

  it('are read again without a mistake, as the same models', () => {
    expect(dropIns.findings).toEqual([]);
    expect(dropIns.devices.map(({ id }) => id)).toEqual(profiles.map(({ id }) => id).sort());
    for (const { id, theme, lorawan } of profiles) {
      const device = dropIns.devices.find((one) => one.id === id);
      expect(device?.facts.theme).toBe(theme);
      expect(device?.eu868).toMatchObject(lorawan);
    }
  });

  it('answer to the same names', () => {
    const catalogue = new StrangerCatalogue(dropIns);
    for (const { id, names } of profiles)
      expect(catalogue.byName({ deviceProfileName: `${names[0]} (exported)` })?.id).toBe(id);
  });

  it('have vectors, and are the same each time', () => {
    for (const [codec, { vectors }] of dropIns.tests) expect(vectors.length, codec).toBeGreaterThan(0);
    expect(dropIns.tests.size).toBe(profiles.length);
    expect([...layoutFiles()]).toEqual([...files]);
  });
});
