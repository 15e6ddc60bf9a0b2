import { describe, expect, it } from 'vitest';
import { type DesiredOptions, desiredOf, type ProvisionedCity } from './desired.ts';
import { planProvision } from './plan.ts';

const devEui = 'a84041ffff1c0001';
const appKey = '0'.repeat(31).concat('1');

function cityWith(...devices: ProvisionedCity['devices']): ProvisionedCity {
  return { id: 'teststadt', name: 'Teststadt', devices };
}

function wanted(city: ProvisionedCity, options: Partial<DesiredOptions> = {}) {
  return desiredOf({
    city,
    tenant: 'Teststadt',
    application: 'Stadtpegel',
    secrets: new Map(city.devices.map((device) => [device.devEui, { appKey }])),
    gateways: undefined,
    strangers: () => undefined,
    ...options,
  });
}

describe('what is wanted', () => {
  it('is one device profile a model', () => {
    const two = ['1', '2'].map((last) => ({
      devEui: devEui.slice(0, -1) + last,
      profile: 'bosch/tps110',
      places: [],
    }));
    const { profiles, notes } = wanted(cityWith(...two));
    expect(profiles.map(({ name }) => name)).toEqual(['Bosch TPS110 (bosch/tps110)']);
    expect(notes).toEqual([]);
  });

  it('names a device by the assets its channels stand at', () => {
    const places = ['m-2', 'm-1', 'm-2'].map((asset) => ({ asset, site: 's', siteName: 'Werk' }));
    const [device] = wanted(cityWith({ devEui, profile: 'milesight/ct305', places })).devices;
    expect(device).toMatchObject({ name: 'm-1 m-2', tags: { asset: 'm-1 m-2', site: 's' } });
    const [nowhere] = wanted(cityWith({ devEui, profile: 'milesight/ct305', places: [] })).devices;
    expect(nowhere?.name).toBe(devEui);
    expect(Object.keys(nowhere?.tags ?? {})).toEqual(['managed-by', 'profile']);
  });

  it('keeps names to what ChirpStack’s database takes', () => {
    const places = [
      { asset: 'x'.repeat(64), site: 's', siteName: 'S' },
      { asset: 'y'.repeat(64), site: 's', siteName: 'S' },
    ];
    const { devices, tenant } = wanted(cityWith({ devEui, profile: 'bosch/tps110', places }), {
      tenant: 'z'.repeat(200),
    });
    expect([devices[0]?.name.length, tenant.name.length]).toEqual([100, 100]);
  });

  it('takes a vendor’s own model as its files have it', () => {
    const radio = { region: 'EU868', macVersion: '1.0.4', deviceClass: 'C', supportsOtaa: true } as const;
    const { profiles, notes } = wanted(cityWith({ devEui, profile: 'acme/tb1', places: [] }), {
      strangers: (id) => (id === 'acme/tb1' ? { vendor: 'Acme', name: 'TB1', eu868: radio } : undefined),
    });
    expect(profiles).toMatchObject([
      {
        name: 'Acme TB1 (acme/tb1)',
        macVersion: '1.0.4',
        regionalRevision: 'RP002-1.0.3',
        supportsClassC: true,
      },
    ]);
    expect(notes).toEqual([]);
  });

  it('says what is believed, missing or left over', () => {
    const city = cityWith(
      { devEui, profile: 'nobody/knows', places: [] },
      { devEui: 'a84041ffff1c0002', places: [] },
    );
    const { devices, untouched, notes } = wanted(city, {
      secrets: new Map([['a84041ffff1c0009', { appKey }]]),
    });
    expect(devices.length).toBe(1);
    expect(untouched).toEqual(['a84041ffff1c0002']);
    expect(notes).toEqual([
      expect.stringContaining('nobody describes the model nobody/knows'),
      expect.stringContaining('1 devices of the inventory name no model'),
      expect.stringContaining('1 devices get no keys'),
      expect.stringContaining('1 devices of the secrets file are not in the inventory'),
    ]);
  });

  it('leaves the two keys of LoRaWAN 1.1 to hand', () => {
    const radio = { region: 'EU868', macVersion: '1.1.0', deviceClass: 'A', supportsOtaa: true } as const;
    const { devices, notes } = wanted(cityWith({ devEui, profile: 'acme/tb1', places: [] }), {
      strangers: () => ({ vendor: 'Acme', name: 'TB1', eu868: radio }),
    });
    expect(devices[0]).not.toHaveProperty('keys');
    expect(notes[0]).toContain('acme/tb1 speaks LoRaWAN 1.1');
  });
});

describe('a plan', () => {
  it('never prunes a device of the inventory, though it names no model', () => {
    const desired = wanted(cityWith({ devEui, places: [] }));
    const object = {
      name: 'x',
      description: '',
      deviceProfileId: 'p',
      joinEui: '',
      tags: { 'managed-by': 'stadtpegel' },
    };
    const actual = {
      tenant: { id: 't', name: 'Teststadt' },
      application: { id: 'a', name: 'Stadtpegel' },
      profiles: new Map(),
      gateways: new Map(),
      devices: new Map([[devEui, { parentId: 'a', object }]]),
      keys: new Map(),
      namesElsewhere: new Map(),
    };
    expect(planProvision(desired, actual, { prune: true }).steps).toEqual([]);
    const others = planProvision({ ...desired, untouched: [] }, actual, { prune: true });
    expect(others.steps).toMatchObject([{ what: 'device', action: 'delete', id: devEui }]);
  });
});
