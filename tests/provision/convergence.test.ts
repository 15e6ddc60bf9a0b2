/** From whatever a ChirpStack holds, and whatever fails on the way, it gets to what is wanted, and stays there. */
import applications from '@chirpstack/chirpstack-api/api/application_pb.js';
import devices from '@chirpstack/chirpstack-api/api/device_pb.js';
import profiles from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import gateways from '@chirpstack/chirpstack-api/api/gateway_pb.js';
import tenants from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestChirpStack } from './chirpstack.ts';
import { cityOf, devEuiOf, gatewayIdOf, keyOf, provision, wantedOf } from './city.ts';

const indices = fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 6 });

const tags = fc.dictionary(
  fc.constantFrom('managed-by', 'profile', 'asset', 'site', 'city', 'owner'),
  fc.constantFrom('stadtpegel', 'teststadt', 'bosch/tps110', 'bay-1', 'x'),
);
const text = fc.constantFrom('bay-1', 'x', 'Roof 1');

/** What may be there of one device or gateway. */
const thing = fc.record({
  index: fc.nat({ max: 7 }),
  isOurs: fc.boolean(),
  name: text,
  tags,
  key: fc.option(fc.constantFrom(keyOf(1), keyOf(2), 'f'.repeat(32))),
  profile: fc.nat({ max: 3 }),
});
/** Device profiles by name, some of them twice, with whatever in them. */
const profile = fc.record({
  name: fc.constantFrom('Bosch TPS110 (bosch/tps110)', 'Milesight WS523 (milesight/ws523)', 'x'),
  macVersion: fc.constantFrom(0, 1, 2, 3, 4, 5) as fc.Arbitrary<0 | 1 | 2 | 3 | 4 | 5>,
  revision: fc.constantFrom(0, 1, 5, 7) as fc.Arbitrary<0 | 1 | 5 | 7>,
  codec: fc.constantFrom(0, 2) as fc.Arbitrary<0 | 2>,
  interval: fc.nat({ max: 9 }),
  isClassC: fc.boolean(),
  tags,
});
const start = fc.record({
  hasTenant: fc.boolean(),
  hasApplication: fc.boolean(),
  profiles: fc.array(profile, { maxLength: 4 }),
  devices: fc.uniqueArray(thing, { maxLength: 6, selector: ({ index }) => index }),
  gateways: fc.uniqueArray(thing, { maxLength: 3, selector: ({ index }) => index }),
});
type Start = typeof start extends fc.Arbitrary<infer T> ? T : never;

const wanted = fc.record({
  devices: indices,
  gateways: fc.option(fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 3 }), { nil: undefined }),
  prune: fc.boolean(),
});
type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;

interface TagMap {
  set(key: string, value: string): unknown;
}
function setTags(map: TagMap, all: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(all)) map.set(key, value);
}

function addTenant(there: TestChirpStack, name: string): string {
  const tenant = new tenants.Tenant();
  tenant.setId(there.newId());
  tenant.setName(name);
  tenant.setCanHaveGateways(true);
  there.tenants.set(tenant.getId(), tenant);
  return tenant.getId();
}

function addApplication(there: TestChirpStack, tenantId: string, name: string): string {
  const application = new applications.Application();
  application.setId(there.newId());
  application.setTenantId(tenantId);
  application.setName(name);
  there.applications.set(application.getId(), application);
  return application.getId();
}

function addProfile(there: TestChirpStack, tenantId: string, from: Start['profiles'][number]): string {
  const added = new profiles.DeviceProfile();
  added.setId(there.newId());
  added.setTenantId(tenantId);
  added.setName(from.name);
  added.setMacVersion(from.macVersion);
  added.setRegParamsRevision(from.revision);
  added.setPayloadCodecRuntime(from.codec);
  added.setUplinkInterval(from.interval);
  added.setSupportsClassC(from.isClassC);
  setTags(added.getTagsMap(), from.tags);
  there.profiles.set(added.getId(), added);
  return added.getId();
}

const blank = {
  name: 'x',
  macVersion: 0,
  revision: 0,
  codec: 0,
  interval: 0,
  isClassC: false,
  tags: {},
} as const;

/** Puts into a ChirpStack what is there to begin with. */
function fill(there: TestChirpStack, from: Start): void {
  const other = addTenant(there, 'Nachbarstadt');
  const otherApplication = addApplication(there, other, 'Stadtpegel');
  const tenant = from.hasTenant ? addTenant(there, 'Teststadt') : other;
  const isThere = from.hasTenant && from.hasApplication;
  const application = isThere ? addApplication(there, tenant, 'Stadtpegel') : otherApplication;
  const profileIds = [blank, ...from.profiles].map((one) => addProfile(there, tenant, one));
  for (const { index, isOurs, name, tags: all, key, profile: chosen } of from.devices) {
    const device = new devices.Device();
    device.setDevEui(devEuiOf(index));
    device.setApplicationId(isOurs ? application : otherApplication);
    device.setDeviceProfileId(profileIds[chosen] ?? profileIds[0] ?? '');
    device.setName(name);
    setTags(device.getTagsMap(), all);
    there.devices.set(devEuiOf(index), device);
    if (key === null) continue;
    const keys = new devices.DeviceKeys();
    keys.setDevEui(devEuiOf(index));
    keys.setNwkKey(key);
    there.keys.set(devEuiOf(index), keys);
  }
  for (const { index, isOurs, name, tags: all } of from.gateways) {
    const gateway = new gateways.Gateway();
    gateway.setGatewayId(gatewayIdOf(index));
    gateway.setTenantId(isOurs ? tenant : other);
    gateway.setName(name);
    setTags(gateway.getTagsMap(), all);
    there.gateways.set(gatewayIdOf(index), gateway);
  }
}

const desiredOf = ({ devices: all, gateways: roofs }: Wanted) => wantedOf(cityOf(all), roofs);

/** Nothing left but what must not be done; what is wanted is there; nobody else's things are gone. */
async function expectSettled(
  there: TestChirpStack,
  server: string,
  want: Wanted,
  from: Start,
): Promise<void> {
  const { plan } = await provision(server, desiredOf(want), want);
  expect(plan.steps.filter(({ action }) => action !== 'refuse')).toEqual([]);
  for (const index of want.devices) expect(there.devices.has(devEuiOf(index))).toBe(true);
  for (const { index, isOurs, tags: all } of from.devices)
    if (!isOurs || all['managed-by'] !== 'stadtpegel' || !want.prune)
      expect(there.devices.has(devEuiOf(index))).toBe(true);
}

async function withChirpStack(
  from: Start,
  work: (there: TestChirpStack, server: string) => Promise<void>,
): Promise<void> {
  const there = new TestChirpStack();
  const server = await there.start();
  try {
    fill(there, from);
    await work(there, server);
  } finally {
    there.stop();
  }
}

describe('provisioning', () => {
  it(
    'has nothing left to do after it was done, wherever it began',
    () =>
      fc.assert(
        fc.asyncProperty(start, wanted, (from, want) =>
          withChirpStack(from, async (there, server) => {
            const { outcome } = await provision(server, desiredOf(want), want);
            expect(outcome).toMatchObject({ failed: [], untriedCount: 0 });
            await expectSettled(there, server, want, from);
          }),
        ),
        { numRuns: 40 },
      ),
    60_000,
  );

  it(
    'gets there by being run again, whichever call fails and how',
    () =>
      fc.assert(
        fc.asyncProperty(
          start,
          wanted,
          fc.nat({ max: 60 }),
          fc.constantFrom(status.INTERNAL, status.UNAVAILABLE, status.RESOURCE_EXHAUSTED),
          fc.boolean(),
          fc.boolean(),
          (from, want, at, code, isDone, isForGood) =>
            withChirpStack(from, async (there, server) => {
              there.faultOf = (index) =>
                index === at || (isForGood && index > at) ? { code, isDone } : undefined;
              await provision(server, desiredOf(want), want).catch(() => undefined);
              there.faultOf = () => undefined;
              const { outcome } = await provision(server, desiredOf(want), want);
              expect(outcome).toMatchObject({ failed: [], untriedCount: 0 });
              await expectSettled(there, server, want, from);
            }),
        ),
        { numRuns: 40 },
      ),
    60_000,
  );

  it('gets there with every single call of a run failing once', async () => {
    const want = { devices: [0, 1, 2], gateways: [1], prune: true };
    const from = { hasTenant: false, hasApplication: false, profiles: [], devices: [], gateways: [] };
    for (let at = 0, isOver = false; !isOver; at++) {
      await withChirpStack(from, async (there, server) => {
        there.faultOf = (index) => (index === at ? { code: status.INTERNAL, isDone: true } : undefined);
        await provision(server, desiredOf(want), want).catch(() => undefined);
        isOver = there.calls.length <= at;
        there.faultOf = () => undefined;
        await provision(server, desiredOf(want), want);
        await expectSettled(there, server, want, from);
      });
    }
  });
});
