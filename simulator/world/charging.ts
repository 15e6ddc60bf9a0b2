import { hourMs, minuteMs, Tally } from '../calendar.ts';
import { chosen, type Draw, drawOf, whole } from '../draw.ts';
import type { TownPoint } from '../places.ts';
import { type Calendars, occupiedAt, type Visit, type Visits, visitsOf } from './visits.ts';

/** What a vehicle takes from a charge point: full power for a while, then less and less until it is full. */
interface Session {
  /** When it was plugged in and began, when it is full or leaves; ms since the day began. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly powerW: number;
  readonly fullPowerMs: number;
}

/** The last part of a battery fills as a capacitor does: power falls by 1/e in this time. */
const taperMs = 20 * minuteMs;
/** Charging ends at 3 % of full power. */
const taperEndMs = taperMs * Math.log(1 / 0.03);
/** What a charge point needs for itself, with nobody there. */
export const standbyW = 12;

const carPowersKw = [7.2, 11, 11, 22] as const;
const fastPowerShares = [0.35, 0.6, 0.9] as const;
/** Whoever leaves the car for longer lets its battery run lower before. */
const needKwhMin = 5;
const needKwhMax = 70;
/** One in so many vehicles has nothing to plug in. */
const combustionShare = 0.06;

function sessionOf(
  draw: Draw,
  point: TownPoint,
  day: number,
  index: number,
  visit: Visit,
): Session | undefined {
  const chance = (what: number): number => draw(day, 8 * index + what);
  if (chance(0) < combustionShare) return undefined;
  const isFast = point.powerKwMax > Math.max(...carPowersKw);
  const powerKw = isFast
    ? point.powerKwMax * chosen(chance(1), fastPowerShares)
    : Math.min(point.powerKwMax, chosen(chance(1), carPowersKw));
  const stayHours = (visit.toMs - visit.fromMs) / hourMs;
  const needKwh = whole(chance(2), needKwhMin, Math.min(needKwhMax, 20 + 5 * Math.floor(stayHours)));
  const fromMs = visit.fromMs + whole(chance(3), minuteMs, 4 * minuteMs);
  const fullPowerMs = Math.max(0, (needKwh / powerKw) * hourMs - taperMs);
  // Whoever leaves first unplugs first.
  const toMs = Math.min(fromMs + fullPowerMs + taperEndMs, visit.toMs - minuteMs);
  return toMs > fromMs ? { fromMs, toMs, powerW: powerKw * 1000, fullPowerMs } : undefined;
}

/** Power in W at a moment of the day. */
function powerAt({ fromMs, toMs, powerW, fullPowerMs }: Session, ms: number): number {
  if (ms < fromMs || ms >= toMs) return 0;
  const taperedMs = ms - fromMs - fullPowerMs;
  return taperedMs <= 0 ? powerW : powerW * Math.exp(-taperedMs / taperMs);
}

/** Energy in Wh until a moment of the day: {@link powerAt} integrated. */
function energyUntil({ fromMs, toMs, powerW, fullPowerMs }: Session, ms: number): number {
  const lastedMs = Math.min(ms, toMs) - fromMs;
  if (lastedMs <= 0) return 0;
  const taperedMs = Math.max(0, lastedMs - fullPowerMs);
  const equalMs = Math.min(lastedMs, fullPowerMs) + taperMs * (1 - Math.exp(-taperedMs / taperMs));
  return (powerW * equalMs) / hourMs;
}

/** The electricity of one charge point, itself included; a pure function of seed, point and time (ms UTC). */
class PointLoad {
  readonly #visits: Visits;
  readonly #sessionsOf: (day: number) => Session[];
  readonly #sinceMs: number;
  readonly #energyWh: Tally;

  constructor(seed: number, calendars: Calendars, point: TownPoint, sinceMs: number) {
    const { id } = point;
    const visits = visitsOf(seed, calendars, { id, site: id, access: 'public', point });
    const draw = drawOf(seed, `session ${id}`);
    this.#visits = visits;
    this.#sinceMs = sinceMs;
    this.#sessionsOf = (day) =>
      visits.of(day).flatMap((visit, index) => sessionOf(draw, point, day, index, visit) ?? []);
    this.#energyWh = new Tally(visits.calendar.dayOf(sinceMs), (day) => this.#dayEnergyWh(day, Infinity));
  }

  powerW(timeMs: number): number {
    const day = this.#visits.calendar.dayOf(timeMs);
    const ms = timeMs - this.#visits.calendar.startOf(day);
    return this.#sessionsOf(day).reduce((sum, session) => sum + powerAt(session, ms), standbyW);
  }

  energyWh(timeMs: number): number {
    const day = this.#visits.calendar.dayOf(timeMs);
    const ms = timeMs - this.#visits.calendar.startOf(day);
    const standbyWh = (standbyW * (timeMs - this.#sinceMs)) / hourMs;
    return standbyWh + this.#energyWh.before(day) + this.#dayEnergyWh(day, ms);
  }

  /** Whether a vehicle is there, and what it does. */
  statusAt(timeMs: number): PointTruth['status'] {
    if (this.powerW(timeMs) > standbyW) return 'CHARGING';
    return occupiedAt(this.#visits, timeMs) ? 'BLOCKED' : 'AVAILABLE';
  }

  #dayEnergyWh(day: number, untilMs: number): number {
    return this.#sessionsOf(day).reduce((sum, session) => sum + energyUntil(session, untilMs), 0);
  }
}

/** A charge point as it is, whoever knows it. */
export interface PointTruth {
  readonly id: string;
  /** BLOCKED: a vehicle is there and takes nothing, because it is full, or cannot. */
  readonly status: 'AVAILABLE' | 'BLOCKED' | 'CHARGING';
  /** Itself included. */
  readonly powerW: number;
}

/** What happens at charge points, each of them once; at a moment, ms UTC. */
export function chargePointsOf(
  seed: number,
  calendars: Calendars,
  points: readonly TownPoint[],
): (timeMs: number) => PointTruth[] {
  const byId = new Map(points.map((point) => [point.id, new PointLoad(seed, calendars, point, 0)]));
  return (timeMs) =>
    Array.from(byId, ([id, load]) => ({ id, status: load.statusAt(timeMs), powerW: load.powerW(timeMs) }));
}

/** What a meter sees; times in ms UTC. */
export interface Load {
  powerW(timeMs: number): number;
  /** Since the meter is in service; never falls. */
  energyWh(timeMs: number): number;
}

/** The load of charge points together. */
export function loadOf(
  seed: number,
  calendars: Calendars,
  points: readonly TownPoint[],
  sinceMs: number,
): Load {
  const loads = points.map((point) => new PointLoad(seed, calendars, point, sinceMs));
  return {
    powerW: (timeMs) => loads.reduce((sum, load) => sum + load.powerW(timeMs), 0),
    energyWh: (timeMs) => loads.reduce((sum, load) => sum + load.energyWh(timeMs), 0),
  };
}
