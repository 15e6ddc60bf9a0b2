import type { QuantityKey } from '#core';
import { type DeviceProfile, decode, profileById } from '#device-profiles';
import type { TownPlace, TownPlaces } from './places.ts';
import { type Told, ToldCourse } from './told.ts';
import type { TownUplink } from './town.ts';

/** An uplink that was delivered; `publishedMs` where that was not at its own time, ms UTC. */
export type Delivered = Pick<TownUplink, 'devEui' | 'timeMs' | 'fPort' | 'bytes' | 'gateways'> & {
  readonly publishedMs?: number;
};

/** The last thing a device told of a quantity. */
export interface Fact extends Told {
  readonly devEui: string;
  /** Id of its asset; its DevEUI where it stands nowhere in particular. */
  readonly asset: string;
  readonly quantity: QuantityKey;
  readonly channel?: string;
}

/** What follows from it, by the city's rules. */
export interface Conclusions {
  readonly bays: readonly { readonly asset: string; readonly status: 'FREE' | 'OCCUPIED' | 'UNKNOWN' }[];
  readonly points: readonly {
    readonly id: string;
    readonly status: 'AVAILABLE' | 'BLOCKED' | 'CHARGING' | 'OCCUPIED' | 'UNKNOWN';
  }[];
}

/** An event's own time counts if it lies so far before the earliest time of receipt at most, or so far behind it. */
const [beforeMsMax, behindMsMax] = [30 * 86_400_000, 60_000];
/** After so many of its intervals without news a value counts no more. */
const silentIntervals = 3;
/** A vehicle charges from there on, where the inventory says nothing else. */
const usualChargingFrom = { currentA: 1, powerW: 100 };

/** One device, as far as it was heard. */
interface Heard {
  readonly place: TownPlace;
  readonly profile: DeviceProfile;
  readonly uplinks: ToldCourse<true>;
  /** By quantity and channel. */
  readonly series: Map<string, HeardSeries>;
}

interface HeardSeries {
  readonly quantity: QuantityKey;
  readonly channel?: string;
  readonly course: ToldCourse<Told['value']>;
}

/** When it was said: its own time, or, where nobody can believe that, when it was first received. */
function timeOf({ timeMs, gateways }: Delivered): number {
  const receivedMs = Math.min(...gateways.map(({ nsTimeMs }) => nsTimeMs));
  return timeMs >= receivedMs - beforeMsMax && timeMs <= receivedMs + behindMsMax ? timeMs : receivedMs;
}

/**
 * Hears the uplinks that were delivered, in any order, late or repeated, and knows at any minute what could be known of
 * the town then: no platform that heard the same can know more. Shares no code with those that answer in the city's name.
 */
export class Observer {
  readonly #devices: ReadonlyMap<string, Heard>;

  constructor({ devices }: TownPlaces) {
    this.#devices = new Map(
      devices.flatMap((place): [string, Heard][] => {
        const profile = profileById(place.profile);
        if (profile === undefined) return [];
        return [[place.devEui, { place, profile, uplinks: new ToldCourse(), series: new Map() }]];
      }),
    );
  }

  /** An uplink whose message was spoilt on its way has not been delivered. */
  hear(uplink: Delivered): void {
    const heard = this.#devices.get(uplink.devEui);
    if (heard === undefined) return;
    const when = { timeMs: timeOf(uplink), knownMs: uplink.publishedMs ?? uplink.timeMs };
    heard.uplinks.add({ ...when, value: true });
    for (const { quantity, channel, value, flags } of decode(heard.profile, uplink).readings) {
      if (flags !== undefined) continue;
      const key = `${quantity} ${channel ?? ''}`;
      const of = channel === undefined ? { quantity } : { quantity, channel };
      const series = heard.series.get(key) ?? { ...of, course: new ToldCourse<Told['value']>() };
      heard.series.set(key, series);
      series.course.add({ ...when, value });
    }
  }

  /** The last fact of each device, quantity and channel that could be known at that moment, ms UTC. */
  facts(nowMs: number): Fact[] {
    return Array.from(this.#devices.values(), ({ place, series }) =>
      Array.from(series.values(), ({ course, ...of }) => {
        const known = course.known(nowMs);
        return known ? [{ devEui: place.devEui, asset: place.id, ...of, ...known.last }] : [];
      }).flat(),
    ).flat();
  }

  /** What is to be concluded of bays and charge points at that moment, ms UTC. */
  conclusions(nowMs: number): Conclusions {
    const all = [...this.#devices.values()];
    const bays = all.filter(({ profile }) => profile.theme === 'parking');
    const meters = all.filter(({ profile, place }) => profile.theme === 'energy' && place.points.length > 0);
    const pointIds = new Set([...bays, ...meters].flatMap(({ place }) => place.points.map(({ id }) => id)));
    const measuring = (id: string, own: boolean): Heard[] =>
      meters.filter(
        ({ place: { points } }) => points.some((point) => point.id === id) && (points.length === 1) === own,
      );
    return {
      bays: bays.map((bay) => ({ asset: bay.place.id, status: bayStatus(bayAt(bay, nowMs)) })),
      points: Array.from(pointIds, (id) => {
        const bay = bays.find(({ place }) => place.points[0]?.id === id);
        const stands = bay && bayAt(bay, nowMs);
        const flows = (meter: Heard): boolean[] => flowing(meter, nowMs, stands?.sinceMs ?? -Infinity);
        const [own, shared] = [measuring(id, true).flatMap(flows), measuring(id, false).flatMap(flows)];
        return { id, status: pointStatus(stands?.occupied, own, shared) };
      }),
    };
  }
}

/** Whether a vehicle stands in a bay, and since when that is known to be so. */
interface Stands {
  readonly occupied: boolean;
  readonly sinceMs: number;
}

/** Undefined where nothing was heard for too long: every uplink of a sensor that tells changes says that nothing has. */
function bayAt({ uplinks, series, profile }: Heard, nowMs: number): Stands | undefined {
  const known = series.get('bay_occupied ')?.course.known(nowMs);
  const heardMs = uplinks.known(nowMs)?.last.timeMs ?? -Infinity;
  if (known === undefined || nowMs > heardMs + silentMsOf(profile, 'bay_occupied')) return undefined;
  return { occupied: known.last.value === true, sinceMs: known.sameSinceMs };
}

const silentMsOf = ({ rhythm, rhythmOf }: DeviceProfile, quantity: QuantityKey): number =>
  silentIntervals * 1000 * (rhythmOf?.[quantity] ?? rhythm).expectedIntervalS;

const bayStatus = (stands: Stands | undefined) =>
  stands === undefined ? 'UNKNOWN' : stands.occupied ? 'OCCUPIED' : 'FREE';

/** Whether a meter feeds a vehicle, by power, else by current; nothing where what it told is too old, or of the vehicle before. */
function flowing({ series, profile, place }: Heard, nowMs: number, sinceMs: number): boolean[] {
  const { currentA, powerW } = place.chargingFrom ?? usualChargingFrom;
  const values = (wanted: QuantityKey): number[] =>
    [...series.values()]
      .filter(({ quantity }) => quantity === wanted)
      .flatMap(({ course }) => course.known(nowMs)?.last ?? [])
      .filter(({ timeMs }) => timeMs >= sinceMs && nowMs <= timeMs + silentMsOf(profile, wanted))
      .map(({ value }) => Number(value));
  const powers = values('active_power');
  if (powers.length > 0) return [powers.some((value) => value > powerW)];
  const currents = values('current');
  return currents.length > 0 ? [currents.some((value) => value >= currentA)] : [];
}

/** A meter of its own decides; one that is shared only says that nobody charges. */
function pointStatus(
  occupied: boolean | undefined,
  own: readonly boolean[],
  shared: readonly boolean[],
): Conclusions['points'][number]['status'] {
  if (own.includes(true)) return 'CHARGING';
  const meters = own.length > 0 ? own : shared;
  if (meters.length > 0 && !meters.includes(true)) return occupied === true ? 'BLOCKED' : 'AVAILABLE';
  if (occupied === undefined) return 'UNKNOWN';
  return occupied ? 'OCCUPIED' : 'AVAILABLE';
}
