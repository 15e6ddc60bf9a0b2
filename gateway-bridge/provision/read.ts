import type { Desired } from './desired.ts';
import {
  type ChirpStack,
  ChirpStackError,
  type Collection,
  type Found,
  inParallel,
  type Listed,
} from './objects.ts';
import type { Actual } from './plan.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * What a ChirpStack holds of what is wanted, and of ours.
 * @throws {ChirpStackError} where it cannot be asked; `refused` where a name means two tenants or applications
 */
export async function readChirpStack(chirpstack: ChirpStack, desired: Desired): Promise<Actual> {
  const { tenants, applications } = chirpstack;
  const tenant = await theOne('tenant', desired.tenant.name, tenants, desired.tenant.name);
  const application =
    tenant && (await theOne('application', desired.application.name, applications, tenant.id));
  const profiles = tenant ? await readProfiles(chirpstack, desired, tenant.id) : new Map();
  const wantedGateways = desired.gateways?.map(({ gatewayId }) => gatewayId);
  const gateways = wantedGateways
    ? await readAll(chirpstack.gateways, tenant?.id, wantedGateways)
    : new Map();
  const wanted = desired.devices.map(({ devEui }) => devEui);
  const devices = await readAll(chirpstack.devices, application?.id, wanted);
  const keyed = desired.devices.filter(
    ({ devEui, keys }) => keys !== undefined && devices.get(devEui)?.parentId === application?.id,
  );
  const keys = await found(
    keyed.map(({ devEui }) => devEui),
    (devEui) => chirpstack.keys.get(devEui),
  );
  return {
    tenant,
    application,
    profiles,
    gateways,
    devices,
    keys: new Map([...keys].map(([devEui, { object }]) => [devEui, object])),
    namesElsewhere: new Map([
      ...(await namesOf(applications, devices, application?.id)),
      ...(await namesOf(tenants, gateways, tenant?.id)),
    ]),
  };
}

/** The one object of a name, or the one with that id; undefined where there is none yet. */
async function theOne(
  what: 'tenant' | 'application',
  name: string,
  { list, get }: Pick<Collection<{ readonly name: string }>, 'list' | 'get'>,
  parentId: string,
): Promise<Listed | undefined> {
  if (uuid.test(name)) {
    const there = await get(name);
    if (there === undefined)
      throw new ChirpStackError(
        'refused',
        `there is no ${what} with the id ${name}: give its name to make one`,
      );
    return { id: name.toLowerCase(), name: there.object.name };
  }
  const named = (await list(parentId)).filter((one) => one.name === name);
  if (named.length <= 1) return named[0];
  const ids = named.map(({ id }) => id).join(', ');
  throw new ChirpStackError(
    'refused',
    `${named.length} ${what}s are called “${name}”: give the id of the one you mean, --${what} UUID (${ids})`,
  );
}

/** Of several of one name the first by id: one too many may be left of a creation whose answer got lost. */
async function readProfiles({ profiles }: ChirpStack, desired: Desired, tenantId: string) {
  const names = new Set(desired.profiles.map(({ name }) => name));
  const listed = (await profiles.list(tenantId))
    .filter(({ name }) => names.has(name))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const idOf = new Map(listed.map(({ id, name }) => [name, id]));
  const objects = await found([...idOf.values()], (id) => profiles.get(id));
  return new Map([...objects].map(([id, { object }]) => [object.name, { id, object }]));
}

/** All of a parent, and the wanted ones wherever they are. */
async function readAll<T>(
  { list, get }: Pick<Collection<T>, 'list' | 'get'>,
  parentId: string | undefined,
  wanted: readonly string[],
): Promise<Map<string, Found<T>>> {
  const listed = parentId === undefined ? [] : (await list(parentId)).map(({ id }) => id);
  const others = [...new Set(wanted).difference(new Set(listed))];
  return new Map([...(await found(listed, get)), ...(await found(others, (id) => ifVisible(get(id))))]);
}

/**
 * A tenant's own API key is refused for whatever does not exist or belongs to others, as ChirpStack then cannot tell
 * that the key may see it (github.com/chirpstack/chirpstack/issues/1016): nothing there, as far as one can see.
 */
async function ifVisible<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  return answer.catch((cause: unknown) => {
    if (cause instanceof ChirpStackError && cause.failure === 'unauthenticated') return undefined;
    throw cause;
  });
}

async function found<T>(
  ids: readonly string[],
  get: (id: string) => Promise<Found<T> | undefined>,
): Promise<Map<string, Found<T>>> {
  const all = await inParallel(ids, async (id) => ({ id, there: await get(id) }));
  return new Map(all.flatMap(({ id, there }) => (there === undefined ? [] : [[id, there]])));
}

async function namesOf(
  { get }: Pick<Collection<{ readonly name: string }>, 'get'>,
  objects: ReadonlyMap<string, Found<unknown>>,
  ours: string | undefined,
): Promise<Map<string, string>> {
  const parents = new Set([...objects.values()].map(({ parentId }) => parentId));
  parents.delete(ours ?? '');
  const there = await found([...parents], (id) => ifVisible(get(id)));
  return new Map([...there].map(([id, { object }]) => [id, object.name]));
}
