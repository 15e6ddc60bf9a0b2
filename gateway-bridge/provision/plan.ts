import type { Desired, DesiredDevice, DesiredGateway } from './desired.ts';
import { managedBy } from './models.ts';
import type {
  Application,
  Device,
  DeviceKeys,
  Found,
  Gateway,
  GatewayLocation,
  Listed,
  RadioProfile,
  Tags,
  Tenant,
} from './objects.ts';

/** What a ChirpStack holds, as far as it concerns the city. */
export interface Actual {
  readonly tenant: Listed | undefined;
  readonly application: Listed | undefined;
  /** Those of the names we want, by name. */
  readonly profiles: ReadonlyMap<string, { readonly id: string; readonly object: RadioProfile }>;
  /** All of the tenant, and those wanted that another tenant has; by id. Empty where nothing is said of gateways. */
  readonly gateways: ReadonlyMap<string, Found<Gateway>>;
  /** All of the application, and those wanted that another application has; by DevEUI. */
  readonly devices: ReadonlyMap<string, Found<Device>>;
  readonly keys: ReadonlyMap<string, DeviceKeys>;
  /** Names of the applications and tenants wanted objects were found in, by id. */
  readonly namesElsewhere: ReadonlyMap<string, string>;
}

/** One field that is not as it should be; absent where there is none on that side. Never of a key. */
export interface Difference {
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

interface About {
  /** DevEUI, gateway id, or where ChirpStack gives ids, the name. */
  readonly id: string;
  readonly name: string;
  readonly differences: readonly Difference[];
}

type Create<What extends string, T> = About & { what: What; action: 'create'; object: T };
type Update<What extends string, T> = About & { what: What; action: 'update'; changes: Partial<T> };
type Delete = About & { what: 'device' | 'gateway'; action: 'delete' };
/** Something we must not do; the reason says what to do about it. */
type Refuse = About & { what: 'device' | 'gateway'; action: 'refuse'; reason: string };

/** A device profile's id may not exist yet: steps carry its name, and only where it is to be set. */
type DeviceFields = Omit<Device, 'deviceProfileId'>;

/** One thing to do at ChirpStack. */
export type Step =
  | Create<'tenant', Tenant>
  | Create<'application', Application>
  | Create<'device profile', RadioProfile>
  | (Update<'device profile', RadioProfile> & { profileId: string })
  | Create<'gateway', Gateway>
  | Update<'gateway', Gateway>
  | (Create<'device', DeviceFields> & { profile: string })
  | (Update<'device', DeviceFields> & { profile?: string })
  | Create<'keys', DeviceKeys>
  | Update<'keys', DeviceKeys>
  | Delete
  | Refuse;

export interface Plan {
  /** In the order in which they can be done. */
  readonly steps: readonly Step[];
  /** Objects that are as they should be. */
  readonly unchangedCount: number;
  /** Ours, and no longer in the inventory: what pruning deletes. */
  readonly strayCount: number;
}

/**
 * What has to be done so that a ChirpStack holds what is wanted. Pure: depends on its arguments alone.
 *
 * Tenant and application are found by name and never changed. Of a device or gateway it did not make itself it sets what
 * the platform needs (device profile, tags, keys) and leaves name and description to whoever made it; tags of others
 * stay. Only what it made itself is ever deleted, and only with `prune`.
 */
export function planProvision(desired: Desired, actual: Actual, { prune }: { prune: boolean }): Plan {
  const profiles = desired.profiles.map((profile) => profileStep(profile, actual));
  const gateways = (desired.gateways ?? []).map((gateway) => gatewayStep(gateway, actual));
  const devices = desired.devices.map((device) => deviceStep(device, actual));
  const refused = new Set(devices.flatMap((step) => (step?.action === 'refuse' ? [step.id] : [])));
  const keys = desired.devices.flatMap((device) =>
    device.keys === undefined || refused.has(device.devEui)
      ? []
      : [keysStep(device, device.keys, actual.keys.get(device.devEui))],
  );
  const all = [...frameSteps(desired, actual), ...profiles, ...gateways, ...devices, ...keys];
  const strays = [...strayDevices(desired, actual), ...strayGateways(desired, actual)];
  const steps = all.filter((step) => step !== undefined);
  return {
    steps: prune ? [...steps, ...strays] : steps,
    unchangedCount: all.length - steps.length,
    strayCount: strays.length,
  };
}

function frameSteps({ tenant, application }: Desired, actual: Actual): (Step | undefined)[] {
  const created = { action: 'create', differences: [] } as const;
  return [
    actual.tenant
      ? undefined
      : { what: 'tenant', ...created, id: tenant.name, name: tenant.name, object: tenant },
    actual.application
      ? undefined
      : {
          what: 'application',
          ...created,
          id: application.name,
          name: application.name,
          object: application,
        },
  ];
}

function profileStep(profile: RadioProfile, actual: Actual): Step | undefined {
  const { name } = profile;
  const about = { what: 'device profile', id: name, name } as const;
  const there = actual.profiles.get(name);
  if (there === undefined)
    return { ...about, action: 'create', object: profile, differences: differencesOf(shown(profile), {}) };
  const wanted = { ...profile, tags: { ...there.object.tags, ...profile.tags } };
  const changes = changesOf(wanted, there.object);
  const differences = differencesOf(shown(wanted), shown(there.object));
  if (differences.length === 0) return undefined;
  return { ...about, action: 'update', profileId: there.id, changes, differences };
}

function gatewayStep({ gatewayId, ...gateway }: DesiredGateway, actual: Actual): Step | undefined {
  const about = { what: 'gateway', id: gatewayId, name: gateway.name } as const;
  const there = actual.gateways.get(gatewayId);
  if (there === undefined)
    return { ...about, action: 'create', object: gateway, differences: differencesOf(shown(gateway), {}) };
  if (there.parentId !== actual.tenant?.id)
    return { ...about, action: 'refuse', differences: [], reason: elsewhere('tenant', there, actual) };
  const { object } = there;
  const wanted: Gateway = {
    ...(isManaged(object.tags) ? { ...gateway, tags: { ...object.tags, ...gateway.tags } } : object),
    location: isNear(gateway.location, object.location) ? object.location : gateway.location,
  };
  const differences = differencesOf(shown(wanted), shown(object));
  if (differences.length === 0) return undefined;
  return { ...about, action: 'update', changes: changesOf(wanted, object), differences };
}

/** Tags that are ours on every device, whoever made it. */
const platformTags = ['profile', 'asset', 'site'] as const;

function deviceStep(device: DesiredDevice, actual: Actual): Step | undefined {
  const { devEui, profile, name, description, joinEui, tags } = device;
  const about = { what: 'device', id: devEui, name } as const;
  const there = actual.devices.get(devEui);
  if (there === undefined) {
    const object = { name, description, joinEui: joinEui ?? '', tags };
    const differences = differencesOf({ ...shown(object), profile }, {});
    return { ...about, action: 'create', object, profile, differences };
  }
  if (there.parentId !== actual.application?.id)
    return { ...about, action: 'refuse', differences: [], reason: elsewhere('application', there, actual) };
  const { deviceProfileId, ...object } = there.object;
  const wanted: DeviceFields = {
    ...object,
    ...(isManaged(object.tags) && { name, description }),
    ...(joinEui !== undefined && { joinEui }),
    tags: deviceTags(object.tags, tags),
  };
  const isOfProfile = actual.profiles.get(profile)?.id === deviceProfileId;
  const profileThere = isOfProfile ? profile : deviceProfileId;
  const differences = differencesOf(
    { ...shown(wanted), profile },
    { ...shown(object), profile: profileThere },
  );
  if (differences.length === 0) return undefined;
  const changes = changesOf(wanted, object);
  return { ...about, action: 'update', changes, differences, ...(!isOfProfile && { profile }) };
}

/** What others have tagged stays; ours are as the inventory has them; who made the device does not change. */
function deviceTags(there: Tags, wanted: Tags): Tags {
  const tags = Object.entries(there).filter(([key]) => !platformTags.some((ours) => ours === key));
  const ours = platformTags.flatMap((key) => (wanted[key] === undefined ? [] : [[key, wanted[key]]]));
  return Object.fromEntries([...tags, ...ours]);
}

function keysStep(
  { devEui, name }: DesiredDevice,
  keys: DeviceKeys,
  there: DeviceKeys | undefined,
): Step | undefined {
  const about = { what: 'keys', id: devEui, name } as const;
  if (there === undefined) return { ...about, action: 'create', object: keys, differences: [] };
  if (there.appKey === keys.appKey) return undefined;
  return { ...about, action: 'update', changes: keys, differences: [{ field: 'appKey' }] };
}

function strayDevices({ devices, untouched }: Desired, actual: Actual): Step[] {
  const known = new Set([...untouched, ...devices.map(({ devEui }) => devEui)]);
  return [...actual.devices]
    .filter(
      ([
        devEui,
        {
          parentId,
          object: { tags },
        },
      ]) => {
        return !known.has(devEui) && parentId === actual.application?.id && isManaged(tags);
      },
    )
    .map(([id, { object }]) => deletionOf('device', id, object.name));
}

function strayGateways({ cityId, gateways }: Desired, actual: Actual): Step[] {
  if (gateways === undefined) return [];
  const known = new Set(gateways.map(({ gatewayId }) => gatewayId));
  return [...actual.gateways]
    .filter(
      ([
        id,
        {
          parentId,
          object: { tags },
        },
      ]) => {
        return !known.has(id) && parentId === actual.tenant?.id && isManaged(tags) && tags.city === cityId;
      },
    )
    .map(([id, { object }]) => deletionOf('gateway', id, object.name));
}

function deletionOf(what: 'device' | 'gateway', id: string, name: string): Step {
  return { what, action: 'delete', id, name, differences: [] };
}

const isManaged = (tags: Tags): boolean => tags[managedBy.key] === managedBy.value;

function elsewhere(
  kind: 'application' | 'tenant',
  { parentId }: Found<unknown>,
  { namesElsewhere }: Actual,
): string {
  const name = namesElsewhere.get(parentId);
  const where = name === undefined ? `another ${kind}` : `the ${kind} ${JSON.stringify(name)}`;
  return `belongs to ${where} (${parentId}) and is not moved from there: delete it there, or take it out of the inventory`;
}

const kmPerDegree = 111.2;
const nearKm = 0.1;

/** A gateway with a satellite receiver tells ChirpStack its place itself, and never quite the same. */
function isNear(a: GatewayLocation, b: GatewayLocation): boolean {
  const north = a.latitude - b.latitude;
  const east = (a.longitude - b.longitude) * Math.cos((a.latitude * Math.PI) / 180);
  return Math.hypot(north, east) * kmPerDegree < nearKm;
}

/** An object's fields as text, those of its tags one by one. */
function shown(object: object): Readonly<Record<string, string>> {
  const rows = Object.entries(object).flatMap(([field, value]: [string, unknown]) => {
    if (typeof value !== 'object' || value === null) return [[field, String(value)] as const];
    if (field === 'location') return [[field, Object.values(value).join(' ')] as const];
    return Object.entries(value).map(([key, text]) => [`${field}.${key}`, String(text)] as const);
  });
  return Object.fromEntries(rows);
}

function differencesOf(
  wanted: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
): Difference[] {
  const fields = new Set([...Object.keys(wanted), ...Object.keys(there)]);
  return [...fields]
    .filter((field) => wanted[field] !== there[field])
    .map((field) => {
      const [from, to] = [there[field], wanted[field]];
      return { field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    });
}

/** The fields of `wanted` that are not as they should be. */
function changesOf<T extends object>(wanted: T, there: T): Partial<T> {
  const before = shown(there);
  const after = shown(wanted);
  const differing = new Set(differencesOf(after, before).map(({ field }) => field.split('.')[0] ?? field));
  return Object.fromEntries(Object.entries(wanted).filter(([field]) => differing.has(field))) as Partial<T>;
}
