import devices from '@chirpstack/chirpstack-api/api/device_pb.js';
import profiles from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import tenants from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../services/programs.ts';
import { TestChirpStack, tenantKey } from './chirpstack.ts';
import { cityOf, devEuiOf, gatewayIdOf, keyOf, provision, wantedOf } from './city.ts';

let there: TestChirpStack;
let server: string;

beforeEach(async () => {
  there = new TestChirpStack();
  server = await there.start();
});
afterEach(() => there.stop());

const only = <T>(map: ReadonlyMap<string, T>): T => {
  const [first, second] = map.values();
  if (first === undefined || second !== undefined) throw new Error(`${map.size} instead of one`);
  return first;
};
const deviceAt = (index: number) => {
  const device = there.devices.get(devEuiOf(index));
  if (device === undefined) throw new Error(`no device ${index}`);
  return device.toObject();
};
const tags = (pairs: [string, string][]) => Object.fromEntries(pairs);

describe('a new ChirpStack', () => {
  it('gets tenant, application, device profiles, gateways, devices and keys', async () => {
    const { outcome } = await provision(server, wantedOf(cityOf([0, 1, 2, 3, 4]), [1, 2]));
    expect(outcome).toEqual({ doneCount: 1 + 1 + 4 + 2 + 5 + 5, failed: [], untriedCount: 0 });
    const tenant = only(there.tenants).toObject();
    expect(tenant).toMatchObject({ name: 'Teststadt', canHaveGateways: true, maxDeviceCount: 0 });
    const application = only(there.applications).toObject();
    expect(application).toMatchObject({ name: 'Stadtpegel', tenantId: tenant.id });
    const device = deviceAt(0);
    expect(device).toMatchObject({
      name: 'bay-0',
      description: 'Am Markt, B0; Bosch TPS110 (bosch/tps110)',
      applicationId: application.id,
      isDisabled: false,
    });
    expect(tags(device.tagsMap)).toEqual({
      'managed-by': 'stadtpegel',
      profile: 'bosch/tps110',
      asset: 'bay-0',
      site: 'site-1',
    });
    const gateway = there.gateways.get(gatewayIdOf(1))?.toObject();
    expect(gateway).toMatchObject({ name: 'Roof 1', tenantId: tenant.id, statsInterval: 30 });
    expect(gateway?.location).toMatchObject({ latitude: 51.01, longitude: 9, altitude: 30 });
  });

  it('gets device profiles as the models need them, without a codec', async () => {
    await provision(server, wantedOf(cityOf([0, 1, 2, 3])));
    const all = [...there.profiles.values()].map((profile) => profile.toObject());
    const of = (name: string) => all.find((profile) => profile.name.includes(name));
    const { LORAWAN_1_0_2, LORAWAN_1_0_3, LORAWAN_1_0_4 } = common.MacVersion;
    const usual = {
      region: common.Region.EU868,
      adrAlgorithmId: 'default',
      payloadCodecRuntime: profiles.CodecRuntime.NONE,
      supportsOtaa: true,
      supportsClassB: false,
      deviceStatusReqInterval: 1,
    };
    expect(of('bosch/tps110')).toMatchObject({
      ...usual,
      macVersion: LORAWAN_1_0_2,
      regParamsRevision: common.RegParamsRevision.B,
      supportsClassC: false,
      uplinkInterval: 86_400,
    });
    expect(of('milesight/ws523')).toMatchObject({
      ...usual,
      macVersion: LORAWAN_1_0_3,
      regParamsRevision: common.RegParamsRevision.A,
      supportsClassC: true,
      classCTimeout: 5,
      uplinkInterval: 1200,
    });
    expect(of('yobiiq/em4301')).toMatchObject({
      ...usual,
      macVersion: LORAWAN_1_0_4,
      regParamsRevision: common.RegParamsRevision.RP002_1_0_3,
      supportsClassC: true,
    });
    expect(of('nobody/knows')).toMatchObject({
      ...usual,
      macVersion: LORAWAN_1_0_3,
      regParamsRevision: common.RegParamsRevision.A,
      supportsClassC: false,
    });
  });

  it('gets the AppKey of LoRaWAN 1.0 where ChirpStack keeps it', async () => {
    await provision(server, wantedOf(cityOf([7])));
    expect(there.keys.get(devEuiOf(7))?.toObject()).toMatchObject({
      nwkKey: keyOf(7),
      appKey: '0'.repeat(32),
    });
  });

  it('needs nothing the second time', async () => {
    await provision(server, wantedOf(cityOf([0, 1, 2, 3, 4]), [1]));
    const { plan } = await provision(server, wantedOf(cityOf([0, 1, 2, 3, 4]), [1]));
    expect(plan).toEqual({ steps: [], unchangedCount: 1 + 1 + 4 + 1 + 5 + 5, strayCount: 0 });
  });

  it('is read whole, however many pages its lists have', async () => {
    await provision(server, wantedOf(cityOf([0])));
    const first = only(there.devices);
    // A page has 500.
    for (let index = 1; index <= 500; index++) {
      const device = devices.Device.deserializeBinary(first.serializeBinary());
      device.setDevEui(devEuiOf(index));
      there.devices.set(devEuiOf(index), device);
    }
    there.calls.length = 0;
    const { plan } = await provision(server, wantedOf(cityOf([])));
    expect(plan).toMatchObject({ steps: [], strayCount: 501 });
    expect(there.calls.filter((call) => call === 'Device.List').length).toBe(2);
  });

  it('is asked by no more than eight calls at once', async () => {
    there.delayMs = 2;
    await provision(server, wantedOf(cityOf([...Array(40).keys()])));
    expect(there.underWayMax).toBe(8);
  });
});

describe('a device that was moved', () => {
  it('loses the tags of where it was', async () => {
    const city = cityOf([1]);
    await provision(server, wantedOf(city));
    const nowhere = { ...city, devices: city.devices.map((device) => ({ ...device, places: [] })) };
    const { plan } = await provision(server, wantedOf(nowhere));
    expect(plan.steps.flatMap(({ differences }) => differences)).toEqual([
      { field: 'name', from: 'bay-1', to: devEuiOf(1) },
      expect.objectContaining({ field: 'description' }),
      { field: 'tags.asset', from: 'bay-1' },
      { field: 'tags.site', from: 'site-1' },
    ]);
    expect(Object.keys(tags(deviceAt(1).tagsMap)).sort()).toEqual(['managed-by', 'profile']);
  });
});

describe('what others made', () => {
  it('keeps its names, other tags and every field that is not ours', async () => {
    await provision(server, wantedOf(cityOf([1])));
    const device = there.devices.get(devEuiOf(1));
    device?.setName('theirs');
    device?.setSkipFcntCheck(true);
    device?.getVariablesMap().set('token', 'x');
    device?.getTagsMap().clear();
    device?.getTagsMap().set('owner', 'them');
    device?.getTagsMap().set('asset', 'old');
    const profile = only(there.profiles);
    profile.setAllowRoaming(true);
    profile.setUplinkInterval(5);
    profile.setPayloadCodecRuntime(profiles.CodecRuntime.JS);
    const { plan, outcome } = await provision(server, wantedOf(cityOf([1])));
    expect(outcome.failed).toEqual([]);
    const differencesOf = (what: string) => plan.steps.find((step) => step.what === what)?.differences;
    expect(plan.steps.length).toBe(2);
    expect(differencesOf('device profile')).toEqual([
      { field: 'codec', from: 'other', to: 'NONE' },
      { field: 'uplinkIntervalS', from: '5', to: '1200' },
    ]);
    expect(differencesOf('device')).toEqual([
      { field: 'tags.profile', to: 'milesight/ws523' },
      { field: 'tags.asset', from: 'old', to: 'bay-1' },
      { field: 'tags.site', to: 'site-1' },
    ]);
    expect(deviceAt(1)).toMatchObject({
      name: 'theirs',
      skipFcntCheck: true,
      variablesMap: [['token', 'x']],
    });
    expect(tags(deviceAt(1).tagsMap)).toEqual({
      owner: 'them',
      asset: 'bay-1',
      site: 'site-1',
      profile: 'milesight/ws523',
    });
    expect(only(there.profiles).toObject()).toMatchObject({
      allowRoaming: true,
      uplinkInterval: 1200,
      payloadCodecRuntime: 0,
    });
    const pruned = await provision(server, wantedOf(cityOf([])), { prune: true });
    expect(pruned.plan.steps).toEqual([]);
    expect(there.devices.size).toBe(1);
  });

  it('is not taken from another application or tenant, which is named', async () => {
    await provision(server, wantedOf(cityOf([1]), [1], 'Nachbarstadt', 'Old'));
    const { plan, outcome } = await provision(server, wantedOf(cityOf([1, 2]), [1]));
    const refused = plan.steps.filter(({ action }) => action === 'refuse');
    expect(refused.map((step) => ('reason' in step ? step.reason : ''))).toEqual([
      expect.stringMatching(/^belongs to the tenant "Nachbarstadt" \(00000000-.*is not moved/),
      expect.stringMatching(/^belongs to the application "Old" \(00000000-.*is not moved/),
    ]);
    expect(outcome.failed).toEqual([]);
    expect(there.devices.size).toBe(2);
    const rest = await provision(server, wantedOf(cityOf([1, 2]), [1]));
    expect(rest.plan.steps.map(({ action }) => action)).toEqual(['refuse', 'refuse']);
  });

  it('is only deleted with prune, and only where provisioning made it', async () => {
    await provision(server, wantedOf(cityOf([1, 2, 3]), [1, 2]));
    there.devices.get(devEuiOf(3))?.getTagsMap().clear();
    const smaller = wantedOf(cityOf([1]), [1]);
    const { plan } = await provision(server, smaller);
    expect(plan).toMatchObject({ steps: [], strayCount: 2 });
    const { plan: pruning, outcome } = await provision(server, smaller, { prune: true });
    expect(pruning.steps.map(({ what, action, id }) => [what, action, id])).toEqual([
      ['device', 'delete', devEuiOf(2)],
      ['gateway', 'delete', gatewayIdOf(2)],
    ]);
    expect(outcome).toMatchObject({ doneCount: 2, failed: [] });
    expect([...there.devices.keys()]).toEqual([devEuiOf(1), devEuiOf(3)]);
    expect((await provision(server, wantedOf(cityOf([1]), undefined), { prune: true })).plan.steps).toEqual(
      [],
    );
    expect(there.gateways.size).toBe(1);
  });

  it('lets a gateway say itself where it is, but not move far', async () => {
    await provision(server, wantedOf(cityOf([]), [1]));
    const location = there.gateways.get(gatewayIdOf(1))?.getLocation();
    location?.setLatitude(51.0104);
    expect((await provision(server, wantedOf(cityOf([]), [1]))).plan.steps).toEqual([]);
    location?.setLatitude(51.5);
    expect((await provision(server, wantedOf(cityOf([]), [1]))).plan.steps).toMatchObject([
      {
        what: 'gateway',
        action: 'update',
        differences: [{ field: 'location', from: '51.5 9 30', to: '51.01 9 30' }],
      },
    ]);
  });
});

describe('keys', () => {
  it('that differ are replaced, with the nonces used with them, and never told', async () => {
    await provision(server, wantedOf(cityOf([5])));
    there.keys.get(devEuiOf(5))?.setNwkKey('f'.repeat(32));
    const { plan } = await provision(server, wantedOf(cityOf([5])));
    expect(plan.steps).toMatchObject([
      { what: 'keys', action: 'update', differences: [{ field: 'appKey' }] },
    ]);
    expect(JSON.stringify(plan.steps.map(({ differences }) => differences))).not.toMatch(/f{32}|0{31}/);
    expect(there.flushedNonces).toEqual([devEuiOf(5)]);
    expect(there.keys.get(devEuiOf(5))?.getNwkKey()).toBe(keyOf(5));
  });
});

describe('an API key', () => {
  it('that is wrong is refused with what to do', async () => {
    await expect(provision(server, wantedOf(cityOf([1])), { apiKey: 'wrong' })).rejects.toThrow(
      /refuses the API key.*wrong or deleted.*--tenant UUID/,
    );
  });

  it('of one tenant does with the tenant’s id, and tells what it cannot see', async () => {
    await provision(server, wantedOf(cityOf([1]), [], 'Nachbarstadt'));
    await provision(server, wantedOf(cityOf([]), []));
    const [, id = ''] = there.tenants.keys();
    const apiKey = tenantKey(id);
    const { outcome } = await provision(server, wantedOf(cityOf([1, 2]), [3], id), { apiKey });
    expect(outcome.failed).toMatchObject([
      { step: { id: devEuiOf(1) }, reason: expect.stringContaining('where this API key may not look') },
    ]);
    expect(deviceAt(2).name).toBe('bay-2');
    expect(there.keys.has(devEuiOf(2))).toBe(true);
    await expect(provision(server, wantedOf(cityOf([2])), { apiKey })).rejects.toThrow(/--tenant UUID/);
  });
});

describe('tenants and applications', () => {
  it('of the same name are told apart by their id', async () => {
    await provision(server, wantedOf(cityOf([])));
    const first = only(there.tenants);
    const second = tenants.Tenant.deserializeBinary(first.serializeBinary());
    second.setId(there.newId());
    there.tenants.set(second.getId(), second);
    await expect(provision(server, wantedOf(cityOf([])))).rejects.toThrow(
      `2 tenants are called “Teststadt”: give the id of the one you mean, --tenant UUID (${first.getId()}, ${second.getId()})`,
    );
    const { plan } = await provision(server, wantedOf(cityOf([]), undefined, second.getId()));
    expect(plan.steps).toMatchObject([{ what: 'application', action: 'create' }]);
  });

  it('of an id that does not exist are a mistake', async () => {
    const id = '00000000-0000-4000-8000-00000000abcd';
    await expect(provision(server, wantedOf(cityOf([]), undefined, id))).rejects.toThrow(
      `there is no tenant with the id ${id}`,
    );
  });
});

describe('faults', () => {
  it('of one device stop no other', async () => {
    there.faultOf = (_, method) =>
      method === 'Device.Create' && there.devices.size === 1
        ? { code: status.INTERNAL, isDone: false }
        : undefined;
    there.devices.set('x', new devices.Device());
    const { outcome } = await provision(server, wantedOf(cityOf([1, 2, 3])));
    there.devices.delete('x');
    expect(outcome.failed.length).toBeGreaterThan(0);
    expect(outcome.failed[0]?.reason).toBe('ChirpStack refuses it: a fault of the test');
    expect(outcome.untriedCount).toBe(outcome.failed.length);
    there.faultOf = () => undefined;
    expect((await provision(server, wantedOf(cityOf([1, 2, 3])))).outcome.failed).toEqual([]);
    expect(there.keys.size).toBe(3);
  });

  it('of the connection are repeated, and make nothing twice', async () => {
    // Every third call is lost, done or not.
    there.faultOf = (index) =>
      index % 3 === 1 ? { code: status.UNAVAILABLE, isDone: index % 2 === 0 } : undefined;
    const { outcome } = await provision(server, wantedOf(cityOf([0, 1, 2, 3]), [1]));
    expect(outcome.failed).toEqual([]);
    there.faultOf = () => undefined;
    expect((await provision(server, wantedOf(cityOf([0, 1, 2, 3]), [1]))).plan.steps).toEqual([]);
    expect([there.tenants.size, there.applications.size, there.profiles.size]).toEqual([1, 1, 4]);
  });

  it('that last end the run, and the next goes on', async () => {
    there.faultOf = (_, method) =>
      method === 'Device.CreateKeys' ? { code: status.UNAVAILABLE, isDone: false } : undefined;
    const { outcome } = await provision(server, wantedOf(cityOf([...Array(30).keys()])));
    expect(outcome.failed.length).toBeLessThanOrEqual(8);
    expect(outcome.untriedCount).toBe(30 - outcome.failed.length);
    expect(outcome.failed[0]?.reason).toMatch(/nothing answers at 127.0.0.1:\d+ \(a fault of the test\)/);
    there.faultOf = () => undefined;
    const { plan } = await provision(server, wantedOf(cityOf([...Array(30).keys()])));
    expect(plan.steps.map(({ what }) => what)).toEqual(Array(30).fill('keys'));
  });

  it('of a server that does not answer end at the deadline', async () => {
    there.faultOf = () => ({ code: 'no answer', isDone: false });
    await expect(provision(server, wantedOf(cityOf([])), { timeoutMs: 50 })).rejects.toThrow(
      `${server} did not answer in 0.05 s`,
    );
    expect(there.calls.length).toBe(3);
  });

  it('of an address nobody listens at are told with what to look for', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    await expect(provision(nobody, wantedOf(cityOf([])))).rejects.toThrow(
      new RegExp(`nothing answers at ${nobody} .*is ChirpStack running`),
    );
  });
});
