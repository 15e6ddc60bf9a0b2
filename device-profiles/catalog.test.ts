import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isQuantityKey, isValueOf, quantity, themes } from '#core';
import { profileById, profileByName, profiles } from './catalog.ts';
import { decode } from './decode.ts';
import { channelsOf, defineProfile, fieldsOf } from './profile.ts';
import type { Command } from './table.ts';
import { bytesOf, vectorsOf } from './vectors.ts';

const idsOfFolder = (folder: string) =>
  readdirSync(new URL(folder, import.meta.url)).map((name) => name.replace(/\.(ts|jsonl)$/, ''));

/** Lines that say something of the device: no imports, no comments, no blank ones. */
function dataLinesOf(id: string): number {
  const file = new URL(`./devices/${id.replace('/', '-')}.ts`, import.meta.url);
  const said = readFileSync(file, 'utf8').replaceAll(/^import [^;]*;$|\/\*\*[\s\S]*?\*\/|^ *\/\/.*$/gm, '');
  return said.split('\n').filter((line) => line.trim() !== '').length;
}

/** What one may ask of a command, and what not. */
function questionsOf(command: Command): { taken: (string | number)[]; refused: (string | number)[] } {
  if ('bytes' in command) return { taken: ['yes'], refused: ['no', 1] };
  if ('choices' in command) return { taken: Object.keys(command.choices), refused: ['no such choice', 1] };
  // Objects of several values differ from command to command: vectors show them.
  if ('fields' in command || 'channels' in command) return { taken: [], refused: ['yes', 1] };
  const { min, max } = command;
  return { taken: [min, max], refused: [min - 1, max + 1, 'yes'] };
}

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

  it('says a device in 60 lines or fewer, in the median', () => {
    const lines = profiles.map(({ id }) => dataLinesOf(id)).sort((a, b) => a - b);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(60);
  });

  it('refuses a quantity that does not exist, whether types were checked or not', () => {
    const typo = (text: string) => text.replaceAll('bay_occupied', 'bay_ocupied');
    for (const profile of profiles.filter(({ theme }) => theme === 'parking')) {
      const frame = JSON.parse(typo(JSON.stringify(profile.frame)));
      expect(() => defineProfile({ ...profile, frame })).toThrow(
        `${profile.id}, occupied: no quantity is called bay_ocupied`,
      );
    }
  });

  it('keeps every vector it ever had', () => {
    const vectors = profiles.flatMap(vectorsOf);
    expect(vectors.length).toBeGreaterThanOrEqual(1049);
    expect(vectors.filter(({ kind }) => kind === 'known').length).toBeGreaterThanOrEqual(86);
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

  it('reports at least once a day, and names where its format is described', () => {
    for (const { expectedIntervalS } of Object.values(facts.rhythm)) {
      expect(expectedIntervalS).toBeGreaterThanOrEqual(60);
      expect(expectedIntervalS).toBeLessThanOrEqual(86_400);
    }
    expect(profile.source).toMatch(/^[^ ].*[^ .]$/);
  });

  it('has ten golden vectors or more, an empty one, a truncated one, and one of every fPort', () => {
    const vectors = vectorsOf(profile);
    const uplinks = vectors.filter(({ direction }) => direction === 'uplink');
    expect(uplinks.length).toBeGreaterThanOrEqual(10);
    expect(uplinks.some(({ bytesHex }) => bytesHex === '')).toBe(true);
    expect(uplinks.some(({ tags }) => tags.includes('truncated'))).toBe(true);
    const seen = uplinks.map(({ fPort }) => String(fPort));
    expect(seen).toEqual(expect.arrayContaining(Object.keys(frame.ports)));
    const ids = vectors.map((vector) => vector.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of ids) expect(name.split('#')[0]).toBe(id.replace('/', '-'));
  });

  // A wrong unit or scale puts every value out of its range.
  it('has for every quantity a vector with a value that can be', () => {
    const plausible = vectorsOf(profile).flatMap(({ bytesHex, fPort, direction }) => {
      if (direction === 'downlink') return [];
      const { readings } = decode(profile, { bytes: bytesOf(bytesHex), fPort });
      return readings.filter(({ flags = [] }) => !flags.includes('range')).map((reading) => reading.quantity);
    });
    expect(new Set(plausible)).toEqual(new Set(Object.keys(facts.rhythm)));
  });

  it('takes every command within its limits, and nothing else', () => {
    const { byName = {}, oneAtATime, fPort } = frame.commands ?? {};
    for (const [name, command] of Object.entries(byName)) {
      const asked = (value: string | number) =>
        profile.codec.encodeCommand(oneAtATime ? { command: name, parameter: value } : { [name]: value });
      const { taken, refused } = questionsOf(command);
      for (const value of taken) expect(asked(value)).toMatchObject({ errors: [], fPort });
      for (const value of refused) expect(asked(value).bytes, `${name} ${value}`).toEqual([]);
    }
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
