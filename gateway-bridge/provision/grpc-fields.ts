/** Our objects in ChirpStack's messages and back: fields that are not named here stay as they are. */
import type applications from '@chirpstack/chirpstack-api/api/application_pb.js';
import type devices from '@chirpstack/chirpstack-api/api/device_pb.js';
import profiles from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import type gateways from '@chirpstack/chirpstack-api/api/gateway_pb.js';
import type tenants from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import type {
  Application,
  Device,
  DeviceKeys,
  Gateway,
  MacVersion,
  RadioProfile,
  RegionalRevision,
  Tags,
  Tenant,
} from './objects.ts';

/** A map field of a generated message, as far as we use it. */
interface TagMap {
  clear(): void;
  set(key: string, value: string): unknown;
  toObject(): unknown;
}

function setTags(map: TagMap, tags: Tags): void {
  map.clear();
  for (const [key, value] of Object.entries(tags)) map.set(key, value);
}

const tagsOf = (pairs: readonly (readonly [string, string])[]): Tags => Object.fromEntries(pairs);

export function setTenant(tenant: tenants.Tenant, { name, tags }: Tenant): void {
  tenant.setName(name);
  // Counts of 0 mean no limit.
  tenant.setCanHaveGateways(true);
  setTags(tenant.getTagsMap(), tags);
}

export function readTenant(tenant: tenants.Tenant): Tenant {
  const { name, tagsMap } = tenant.toObject();
  return { name, tags: tagsOf(tagsMap) };
}

export function setApplication(
  application: applications.Application,
  { name, description, tags }: Application,
): void {
  application.setName(name);
  application.setDescription(description);
  setTags(application.getTagsMap(), tags);
}

export function readApplication(application: applications.Application): Application {
  const { name, description, tagsMap } = application.toObject();
  return { name, description, tags: tagsOf(tagsMap) };
}

const macVersions = {
  '1.0.0': common.MacVersion.LORAWAN_1_0_0,
  '1.0.1': common.MacVersion.LORAWAN_1_0_1,
  '1.0.2': common.MacVersion.LORAWAN_1_0_2,
  '1.0.3': common.MacVersion.LORAWAN_1_0_3,
  '1.0.4': common.MacVersion.LORAWAN_1_0_4,
  '1.1.0': common.MacVersion.LORAWAN_1_1_0,
} as const satisfies Record<MacVersion, number>;

const revisions = {
  A: common.RegParamsRevision.A,
  B: common.RegParamsRevision.B,
  'RP002-1.0.3': common.RegParamsRevision.RP002_1_0_3,
} as const satisfies Record<RegionalRevision, number>;

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number): K | undefined {
  for (const key in table) if (table[key] === value) return key;
  return undefined;
}

/** Seconds ChirpStack waits for a class C device to acknowledge. */
const classCTimeoutS = 5;

/** A new device profile: also what ChirpStack wants and we leave alone afterwards. */
export function setNewProfile(profile: profiles.DeviceProfile, object: RadioProfile): void {
  profile.setDescription('Made by stadtpegel provision, which reads payloads itself: leave the codec off.');
  profile.setAdrAlgorithmId('default');
  profile.setFlushQueueOnActivate(true);
  setProfile(profile, object);
}

export function setProfile(profile: profiles.DeviceProfile, changes: Partial<RadioProfile>): void {
  const { name, region, macVersion, regionalRevision, supportsOtaa, supportsClassC } = changes;
  const { codec, uplinkIntervalS, statusRequestsPerDay, tags } = changes;
  if (name !== undefined) profile.setName(name);
  if (region === 'EU868') profile.setRegion(common.Region.EU868);
  if (macVersion !== undefined) profile.setMacVersion(macVersions[macVersion]);
  if (regionalRevision !== undefined && regionalRevision !== 'other')
    profile.setRegParamsRevision(revisions[regionalRevision]);
  if (supportsOtaa !== undefined) profile.setSupportsOtaa(supportsOtaa);
  if (supportsClassC !== undefined) {
    profile.setSupportsClassC(supportsClassC);
    if (supportsClassC) profile.setClassCTimeout(classCTimeoutS);
  }
  if (codec === 'NONE') profile.setPayloadCodecRuntime(profiles.CodecRuntime.NONE);
  if (uplinkIntervalS !== undefined) profile.setUplinkInterval(uplinkIntervalS);
  if (statusRequestsPerDay !== undefined) profile.setDeviceStatusReqInterval(statusRequestsPerDay);
  if (tags !== undefined) setTags(profile.getTagsMap(), tags);
}

export function readProfile(profile: profiles.DeviceProfile): RadioProfile {
  const { name, supportsOtaa, supportsClassC, tagsMap } = profile.toObject();
  return {
    name,
    region: profile.getRegion() === common.Region.EU868 ? 'EU868' : 'other',
    macVersion: keyOf(macVersions, profile.getMacVersion()) ?? '1.0.0',
    regionalRevision: keyOf(revisions, profile.getRegParamsRevision()) ?? 'other',
    supportsOtaa,
    supportsClassC,
    codec: profile.getPayloadCodecRuntime() === profiles.CodecRuntime.NONE ? 'NONE' : 'other',
    uplinkIntervalS: profile.getUplinkInterval(),
    statusRequestsPerDay: profile.getDeviceStatusReqInterval(),
    tags: tagsOf(tagsMap),
  };
}

/** Gateways tell their statistics twice a minute, as ChirpStack's own form has it; it sees by that who is offline. */
const statsIntervalS = 30;

export function setNewGateway(gateway: gateways.Gateway, object: Gateway): void {
  gateway.setStatsInterval(statsIntervalS);
  setGateway(gateway, object);
}

export function setGateway(gateway: gateways.Gateway, changes: Partial<Gateway>): void {
  const { name, description, location, tags } = changes;
  if (name !== undefined) gateway.setName(name);
  if (description !== undefined) gateway.setDescription(description);
  if (location !== undefined) {
    const place = gateway.getLocation() ?? new common.Location();
    place.setLatitude(location.latitude);
    place.setLongitude(location.longitude);
    place.setAltitude(location.altitudeM);
    gateway.setLocation(place);
  }
  if (tags !== undefined) setTags(gateway.getTagsMap(), tags);
}

export function readGateway(gateway: gateways.Gateway): Gateway {
  const { name, description, location, tagsMap } = gateway.toObject();
  const { latitude = 0, longitude = 0, altitude = 0 } = location ?? {};
  return {
    name,
    description,
    location: { latitude, longitude, altitudeM: altitude },
    tags: tagsOf(tagsMap),
  };
}

export function setDevice(device: devices.Device, changes: Partial<Device>): void {
  const { name, description, deviceProfileId, joinEui, tags } = changes;
  if (name !== undefined) device.setName(name);
  if (description !== undefined) device.setDescription(description);
  if (deviceProfileId !== undefined) device.setDeviceProfileId(deviceProfileId);
  if (joinEui !== undefined) device.setJoinEui(joinEui);
  if (tags !== undefined) setTags(device.getTagsMap(), tags);
}

export function readDevice(device: devices.Device): Device {
  const { name, description, deviceProfileId, joinEui, tagsMap } = device.toObject();
  return { name, description, deviceProfileId, joinEui, tags: tagsOf(tagsMap) };
}

/** LoRaWAN 1.0 has one root key, and ChirpStack keeps it as `nwk_key` (api/device.proto, `DeviceKeys`). */
export function setKeys(keys: devices.DeviceKeys, { appKey }: Partial<DeviceKeys>): void {
  if (appKey !== undefined) keys.setNwkKey(appKey);
}

export function readKeys(keys: devices.DeviceKeys): DeviceKeys {
  return { appKey: keys.getNwkKey() };
}
