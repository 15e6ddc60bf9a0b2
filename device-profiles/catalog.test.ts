import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isQuantityKey, isValueOf, quantity, themes } from '#core';
import { profileById, profileByName, profiles } from './catalog.ts';
import { channelsOf, fieldsOf } from './profile.ts';
import { vectorsOf } from './vectors.ts';

const idsOfFolder = (folder: string) =>
  readdirSync(new URL(folder, import.meta.url)).map((name) => name.replace(/\.(ts|jsonl)$/, ''));

describe('the catalogue', () => {
  it('has every device file and every vector file once, named as its id', () => {
    const names = profiles.map(({ id }) => id.replace('/', '-')).sort();
    expect(new Set(names).size).toBe(names.length);
    expect(idsOfFolder('./devices').sort()).toEqual(names);
    expect(idsOfFolder('./vectors').sort()).toEqual(names);
  });

  it('gives no name twice', () => {
    const names = profiles.flatMap((profile) => profile.names.map((name) => name.toLowerCase()));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(profiles)('the profile $id', (profile) => {
  const { id, facts, frame } = profile;

  it('is found by its id and by each of its names', () => {
    expect(id).toMatch(/^[a-z0-9]+\/[a-z0-9-]+$/);
    expect(profileById(id.toUpperCase())).toBe(profile);
    for (const name of profile.names) expect(profileByName({ deviceProfileName: name })).toBe(profile);
  });

  it('measures known quantities of the right type, each with a rhythm and a channel name that can be a tag', () => {
    const measured = fieldsOf(frame).flatMap((field) =>
      'quantity' in field && field.quantity !== undefined ? [{ ...field, quantity: field.quantity }] : [],
    );
    expect(themes).toContain(facts.theme);
    expect(measured).not.toEqual([]);
    for (const field of measured) {
      expect(isQuantityKey(field.quantity)).toBe(true);
      expect(field.channel ?? 'none').toMatch(/^[a-z0-9_]{1,16}$/);
      expect(facts.rhythm[field.quantity]?.expectedIntervalS).toBeGreaterThan(0);
      const values = Object.values(field.means ?? ('values' in field ? field.values : { any: 0 }));
      expect(values.every((value) => isValueOf(field.quantity, value))).toBe(true);
    }
  });

  it('says a quantity of a channel by one key only, so that no reading overwrites another', () => {
    const keys = new Map<string, string>();
    for (const field of fieldsOf(frame)) {
      if (!('quantity' in field) || field.quantity === undefined) continue;
      const series = `${field.quantity} ${field.channel ?? ''}`;
      expect(keys.get(series) ?? field.key).toBe(field.key);
      keys.set(series, field.key);
    }
    for (const key of Object.keys(profile.rhythmOf ?? {})) expect(facts.rhythm).toHaveProperty(key);
  });

  it('has one frozen object of facts', () => {
    expect(Object.isFrozen(facts) && Object.isFrozen(facts.rhythm)).toBe(true);
    expect(facts.id).toBe(id);
  });

  it('has a table that is JSON, with unambiguous channels', () => {
    expect(JSON.parse(JSON.stringify(frame))).toEqual(frame);
    for (const channels of channelsOf(frame)) {
      const ids = channels.map((channel) => channel.id);
      const told = channels.map(({ id, when }) => `${id} ${JSON.stringify(when)}`);
      expect(new Set(told).size).toBe(ids.length);
      const always = channels.filter(({ when }) => when === undefined);
      for (const { id } of always) expect(ids.filter((other) => other === id)).toHaveLength(1);
      const digits = ids[0]?.length === 2 ? /^[0-9A-F]{2}$/ : /^[0-9A-F]{4}$/;
      for (const id of ids) expect(id).toMatch(digits);
    }
  });

  it('has ten golden vectors or more, broken ones among them', () => {
    const vectors = vectorsOf(profile);
    expect(vectors.length).toBeGreaterThanOrEqual(10);
    expect(vectors.some(({ tags }) => /truncated|empty|unknown-port/.test(tags.join()))).toBe(true);
  });
});

describe('counters', () => {
  it('knows of every counter when it begins again at zero', () => {
    const wraps = Object.fromEntries(profiles.map(({ id, facts }) => [id, facts.wrapsAt]));
    expect(wraps['milesight/vs121']).toEqual({ people_in_total: 65_536, people_out_total: 65_536 });
    expect(wraps['parametric/pcr2']).toEqual({ people_flow_total: 65_536 });
    // 32 bits in steps of 10 Wh, and of 1 Wh.
    expect(wraps['milesight/ct103']?.active_energy).toBe(42_949_672.96);
    expect(wraps['yobiiq/em4301']?.active_energy).toBe(4_294_967.296);
    for (const { id, frame, facts } of profiles) {
      for (const field of fieldsOf(frame)) {
        if (!('quantity' in field) || field.quantity === undefined || 'float32' in field) continue;
        const counts = quantity(field.quantity).aggregate === 'increase';
        expect(facts.wrapsAt?.[field.quantity] !== undefined, `${id} ${field.quantity}`).toBe(counts);
      }
    }
  });
});

describe('which profile', () => {
  const idOf = (names: Parameters<typeof profileByName>[0]) => profileByName(names)?.id;

  it('is said by the tag `profile` alone', () => {
    expect(idOf({ profileTag: 'Bosch/TPS110', deviceProfileName: 'Milesight CT103' })).toBe('bosch/tps110');
    expect(idOf({ profileTag: 'acme/x1', deviceProfileName: 'Milesight CT103' })).toBeUndefined();
  });

  it('else by vendor and model, else by the leading words of the device profile’s name', () => {
    expect(idOf({ vendorTag: 'Milesight', modelTag: 'AM307-868M' })).toBe('milesight/am307');
    expect(idOf({ vendorTag: 'Milesight', deviceProfileName: 'bosch tps110' })).toBe('bosch/tps110');
    expect(idOf({ vendorTag: 'x', modelTag: 'y', deviceProfileName: 'BOSCH-TPS110' })).toBe('bosch/tps110');
    expect(idOf({ deviceProfileName: 'Bosch TPS110 (no codec)' })).toBe('bosch/tps110');
    expect(idOf({ deviceProfileName: 'Milesight CT101 300 A' })).toBe('milesight/ct103');
    for (const deviceProfileName of ['Milesight CT1030', 'CT103', 'My Milesight CT103', '', '(']) {
      expect(idOf({ deviceProfileName })).toBeUndefined();
    }
    expect(idOf({})).toBeUndefined();
  });

  it('is remembered within bounds', () => {
    for (let i = 0; i < 2500; i++)
      expect(idOf({ deviceProfileName: `Milesight AM307 no. ${i}` })).toBeDefined();
  });
});
