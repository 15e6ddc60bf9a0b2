/** A charge point as far as its electricity is concerned. */
export interface TownPoint {
  readonly id: string;
  /** Of its strongest connector. */
  readonly powerKwMax: number;
}

/** A device of the town, and what it stands at. */
export interface TownPlace {
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  /** Profile id, `vendor/model`. */
  readonly profile: string;
  /** In service from then on, and until then; ms UTC. Its frame counter begins with 0 there. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The asset's id; the DevEUI of a device that stands nowhere in particular. */
  readonly id: string;
  /** Id of the site; of bays it decides the rhythm of the day, the same for all of a site. */
  readonly site: string;
  readonly access: 'public' | 'resident' | 'private';
  readonly location: { readonly latitude: number; readonly longitude: number };
  /** The charge point a bay belongs to, those a meter measures; empty for anything else. */
  readonly points: readonly TownPoint[];
  /** Of a meter: from what on the city says that a vehicle charges; without it, the usual values. */
  readonly chargingFrom?: { readonly currentA: number; readonly powerW: number };
}

/** All the simulator knows of a town. */
export interface TownPlaces {
  /** IANA name. */
  readonly timeZone: string;
  readonly devices: readonly TownPlace[];
}

type Access = TownPlace['access'];

interface AssetLike {
  readonly kind: string;
  readonly id: string;
  readonly access?: Access | undefined;
  readonly evse?: string | undefined;
  readonly measures?: readonly string[];
  readonly chargingFromA?: number;
  readonly chargingFromW?: number;
  readonly connectors?: readonly { readonly maxPowerKw: number }[];
}

interface SiteLike {
  readonly id: string;
  readonly access: Access;
  readonly location: { readonly latitude: number; readonly longitude: number };
  readonly assets: readonly AssetLike[];
}

interface AssignmentLike {
  readonly device: string;
  readonly asset: string;
  readonly fromMs: number;
  /** Infinity while it lasts. */
  readonly toMs: number;
}

/** What is taken from a city's inventory; the one that city-state reads has this form. */
export interface InventoryLike {
  readonly city: { readonly timeZone: string };
  readonly sites: readonly SiteLike[];
  readonly devices: readonly { readonly devEui: string; readonly profile?: string }[];
  readonly assignments: readonly AssignmentLike[];
}

/** From when on a device without any assignment speaks, where no other has one either: 1 January 2026, 00:00 UTC. */
const townSinceMs = 1_767_225_600_000;

function pointsOf(site: SiteLike, asset: AssetLike): TownPoint[] {
  const names = asset.measures ?? (asset.evse === undefined ? [] : [asset.evse]);
  return site.assets
    .filter(({ id }) => names.includes(id))
    .map(({ id, connectors = [] }) => ({
      id,
      powerKwMax: Math.max(0, ...connectors.map(({ maxPowerKw }) => maxPowerKw)),
    }));
}

/** Where things are on average; of nothing at all, at 0° 0°. */
export function middleOf(places: readonly Pick<TownPlace, 'location'>[]): TownPlace['location'] {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    latitude: mean(places.map(({ location }) => location.latitude)),
    longitude: mean(places.map(({ location }) => location.longitude)),
  };
}

/**
 * The town of an inventory: every device with a profile, at the asset of its latest assignment. One without any
 * stands in the middle of the town, in service since its first assignment of all.
 */
export function placesOf({ city, sites, devices, assignments }: InventoryLike): TownPlaces {
  const assets = new Map(
    sites.flatMap((site) => site.assets.map((asset) => [asset.id, { site, asset }] as const)),
  );
  const latest = new Map<string, AssignmentLike>();
  for (const one of assignments)
    if (one.fromMs >= (latest.get(one.device)?.fromMs ?? -Infinity)) latest.set(one.device, one);
  const firstMs =
    assignments.length === 0 ? townSinceMs : Math.min(...assignments.map(({ fromMs }) => fromMs));
  const middle = middleOf(sites);
  const placed = devices.flatMap(({ devEui, profile }): TownPlace[] => {
    if (profile === undefined) return [];
    const {
      fromMs: sinceMs = firstMs,
      toMs: untilMs = Infinity,
      asset: id = devEui,
    } = latest.get(devEui) ?? {};
    const common = { devEui, profile, sinceMs, untilMs, id };
    const found = assets.get(id);
    if (found === undefined)
      return [{ ...common, site: devEui, access: 'private', location: middle, points: [] }];
    const { site, asset } = found;
    const access = asset.access ?? site.access;
    const { chargingFromA: currentA, chargingFromW: powerW } = asset;
    return [
      {
        ...common,
        ...{ site: site.id, access, location: site.location, points: pointsOf(site, asset) },
        ...(currentA === undefined || powerW === undefined ? {} : { chargingFrom: { currentA, powerW } }),
      },
    ];
  });
  return { timeZone: city.timeZone, devices: placed };
}
