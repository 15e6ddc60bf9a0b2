import { managedBy, radioProfileOf, type StrangersById, shortened } from './models.ts';
import type { Application, Device, DeviceKeys, Gateway, RadioProfile, Tenant } from './objects.ts';

/** What provisioning has to know of a city: `bin/` takes it from the inventory. */
export interface ProvisionedCity {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly CityDevice[];
}

export interface CityDevice {
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  /** `vendor/model`. */
  readonly profile?: string;
  /** Where it is, or some channel of it. */
  readonly places: readonly DevicePlace[];
}

export interface DevicePlace {
  readonly asset: string;
  readonly label?: string;
  readonly site: string;
  readonly siteName: string;
}

/** The root key of a device and, where it is known, the server it wants to join: hex digits, lower case. */
export interface JoinSecret {
  readonly appKey: string;
  readonly joinEui?: string;
}

/** A device as it should be; its profile is named, because its id may not exist yet. */
export type DesiredDevice = Omit<Device, 'deviceProfileId' | 'joinEui'> & {
  readonly devEui: string;
  /** Name of its device profile. */
  readonly profile: string;
  readonly joinEui?: string;
  readonly keys?: DeviceKeys;
};

export type DesiredGateway = Gateway & { readonly gatewayId: string };

/** What a ChirpStack should hold. */
export interface Desired {
  /** Of gateways: those of other cities in the same tenant are not ours to prune. */
  readonly cityId: string;
  readonly tenant: Tenant;
  readonly application: Application;
  readonly profiles: readonly RadioProfile[];
  /** Undefined where nothing is said of gateways: then none is touched. */
  readonly gateways: readonly DesiredGateway[] | undefined;
  readonly devices: readonly DesiredDevice[];
  /** DevEUIs of the inventory that cannot be provisioned; they are left as they are, and never pruned. */
  readonly untouched: readonly string[];
  /** What the operator should know of it, one sentence each. */
  readonly notes: readonly string[];
}

export interface DesiredOptions {
  readonly city: ProvisionedCity;
  /** Name or id (UUID) of tenant and application. */
  readonly tenant: string;
  readonly application: string;
  readonly secrets: ReadonlyMap<string, JoinSecret>;
  readonly gateways: readonly DesiredGateway[] | undefined;
  readonly strangers: StrangersById;
}

const managed = { [managedBy.key]: managedBy.value };
const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

/** What the inventory, the secrets and the device models together ask of a ChirpStack. */
export function desiredOf(options: DesiredOptions): Desired {
  const { city, tenant, application, secrets, gateways, strangers } = options;
  const models = distinct(city.devices.flatMap(({ profile }) => profile ?? [])).map((id) => ({
    id,
    ...radioProfileOf(id, strangers),
  }));
  const profileOf = new Map(models.map(({ id, profile }) => [id, profile]));
  const devices = city.devices.flatMap((device) => {
    const profile = device.profile === undefined ? undefined : profileOf.get(device.profile);
    return profile === undefined ? [] : [desiredDevice(device, profile, secrets.get(device.devEui))];
  });
  return {
    cityId: city.id,
    tenant: { name: shortened(tenant), tags: managed },
    application: {
      name: shortened(application),
      description: `${city.name}: made by stadtpegel provision from the inventory`,
      tags: managed,
    },
    profiles: models.map(({ profile }) => profile),
    gateways: gateways?.map((gateway) => ({
      ...gateway,
      name: shortened(gateway.name),
      tags: { ...managed, city: city.id },
    })),
    devices,
    untouched: city.devices.filter(({ profile }) => profile === undefined).map(({ devEui }) => devEui),
    notes: notesOn(options, models, devices),
  };
}

function desiredDevice(
  { devEui, profile: model = '', places }: CityDevice,
  profile: RadioProfile,
  secret: JoinSecret | undefined,
): DesiredDevice {
  const assets = distinct(places.map(({ asset }) => asset));
  const sites = distinct(places.map(({ site }) => site));
  const where = distinct(
    places.map(({ siteName, label }) => (label === undefined ? siteName : `${siteName}, ${label}`)),
  );
  return {
    devEui,
    name: shortened(assets.join(' ') || devEui),
    description: [...where, profile.name].join('; '),
    profile: profile.name,
    ...(secret?.joinEui !== undefined && { joinEui: secret.joinEui }),
    tags: {
      ...managed,
      profile: model,
      ...(assets.length > 0 && { asset: assets.join(' ') }),
      ...(sites.length > 0 && { site: sites.join(' ') }),
    },
    ...(secret !== undefined && takesOneKey(profile) && { keys: { appKey: secret.appKey } }),
  };
}

/** LoRaWAN 1.1 has two root keys; every version before has one. */
function takesOneKey({ macVersion }: RadioProfile): boolean {
  return macVersion !== '1.1.0';
}

function notesOn(
  { city, secrets }: DesiredOptions,
  models: readonly { id: string; profile: RadioProfile; isKnown: boolean }[],
  devices: readonly DesiredDevice[],
): string[] {
  const known = new Set(city.devices.map(({ devEui }) => devEui));
  const of = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
  const keyless = devices.filter(({ keys }) => keys === undefined).length;
  const without = city.devices.length - devices.length;
  const strange = [...secrets.keys()].filter((devEui) => !known.has(devEui)).length;
  return [
    ...models
      .filter(({ isKnown }) => !isKnown)
      .map(({ id }) => `nobody describes the model ${id}: LoRaWAN 1.0.3, class A is believed`),
    ...models
      .filter(({ profile }) => !takesOneKey(profile))
      .map(({ id }) => `${id} speaks LoRaWAN 1.1: enter its two keys in ChirpStack`),
    ...of(without, 'devices of the inventory name no model (profile): they are left as they are'),
    ...of(
      keyless,
      'devices get no keys and cannot join by what is known here: `stadtpegel provision secrets` makes some',
    ),
    ...of(strange, 'devices of the secrets file are not in the inventory'),
  ];
}
