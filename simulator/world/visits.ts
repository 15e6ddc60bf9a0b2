import { Calendar, hourMs, isWeekend, minuteMs, weekdayOf } from '../calendar.ts';
import { chosen, type Draw, drawOf } from '../draw.ts';
import type { TownPlace, TownPoint } from '../places.ts';

/** A vehicle on a bay, in ms since the day began. */
export interface Visit {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How the vehicles of a bay come and go. Hours are those of {@link Calendar.hourOf}. */
interface Rhythm {
  /** Early enough, and late enough, that no vehicle stays from one day into the next. */
  readonly dayBeginsAtHour: 5 | 12;
  readonly hours: readonly [open: number, close: number];
  /**
   * How many vehicles on a day from Monday to Friday, on a Saturday, on a Sunday: between the two, rounded. From 0 to
   * 1.5 there is one on two days of three.
   */
  readonly visits: Readonly<Record<'week' | 'saturday' | 'sunday', readonly [min: number, max: number]>>;
  /** In which first part of its share of the day a vehicle comes. */
  readonly arrivalShare: number;
  /** Which part of what is left of its share it stays, at a quiet and at a busy hour. */
  readonly stayShare: readonly [quiet: number, busy: number];
}

const rhythms = {
  shoppers: {
    dayBeginsAtHour: 5,
    hours: [7.5, 20],
    visits: { week: [5, 9], saturday: [6, 10], sunday: [1, 3] },
    arrivalShare: 0.4,
    stayShare: [0.2, 0.95],
  },
  commuters: {
    dayBeginsAtHour: 5,
    hours: [5.4, 18.5],
    visits: { week: [0.3, 1.5], saturday: [0, 1], sunday: [0, 0.8] },
    arrivalShare: 0.25,
    stayShare: [0.75, 0.95],
  },
  guests: {
    dayBeginsAtHour: 5,
    hours: [8.5, 23],
    visits: { week: [2, 4], saturday: [3, 5], sunday: [3, 5] },
    arrivalShare: 0.3,
    stayShare: [0.4, 0.95],
  },
  residents: {
    dayBeginsAtHour: 12,
    hours: [15.5, 33.5],
    visits: { week: [0.4, 2], saturday: [0.4, 2], sunday: [0.4, 1.5] },
    arrivalShare: 0.25,
    stayShare: [0.7, 0.98],
  },
  drivers: {
    dayBeginsAtHour: 5,
    hours: [5.6, 26],
    visits: { week: [4, 8], saturday: [4, 8], sunday: [3, 6] },
    arrivalShare: 0.55,
    stayShare: [0.3, 0.95],
  },
  // Round the clock: hotel guests and neighbours who charge overnight, nurses and bakers on their shifts, taxis.
  lodgers: {
    dayBeginsAtHour: 12,
    hours: [12.1, 34.9],
    visits: { week: [1.8, 3.8], saturday: [1.8, 3.8], sunday: [1.8, 3.8] },
    arrivalShare: 0.25,
    stayShare: [0.8, 0.97],
  },
  travellers: {
    dayBeginsAtHour: 5,
    hours: [5.2, 27.9],
    visits: { week: [8, 14], saturday: [8, 16], sunday: [7, 12] },
    arrivalShare: 0.6,
    stayShare: [0.3, 0.8],
  },
} as const satisfies Record<string, Rhythm>;

/** Of the other charge points so many, and of the bays anyone may use so many, have vehicles that stay the night. */
const lodgedPointShare = 0.5;
const lodgedBayShare = 0.1;
/** A charge point stronger than this is for a stop on the way, not for the time of an errand. */
const fastFromKw = 50;
/** A bay is empty at least so long between two vehicles. */
const betweenMs = 2 * minuteMs;

/** The vehicles of one bay, day by day; a pure function of seed, bay and day. */
export interface Visits {
  readonly calendar: Calendar;
  /** How many there are on a day, without working out when. */
  countOf(day: number): number;
  /** In the order they come; none stays beyond the day. */
  of(day: number): readonly Visit[];
}

/** Whether a vehicle is there at a moment, ms UTC. */
export function occupiedAt({ calendar, of }: Visits, timeMs: number): boolean {
  const day = calendar.dayOf(timeMs);
  const ms = timeMs - calendar.startOf(day);
  return of(day).some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
}

/** The same whatever the seed: a market does not become a station. */
function rhythmOf({ id, point, access, site }: VisitedBay): Rhythm {
  const { shoppers, commuters, guests, residents, drivers, lodgers, travellers } = rhythms;
  const lodged = drawOf(0, `overnight ${point?.id ?? id}`)(0);
  if (point !== undefined && point.powerKwMax > fastFromKw) return travellers;
  if (point !== undefined) return lodged < lodgedPointShare ? lodgers : drivers;
  if (access !== 'public') return residents;
  if (lodged < lodgedBayShare) return lodgers;
  return chosen(drawOf(0, `rhythm ${site}`)(0), [shoppers, commuters, guests]);
}

/** 0 … 1: how much is going on at that hour between opening and closing; most in the middle. */
function busyAt(hour: number, [open, close]: Rhythm['hours']): number {
  return Math.sin(Math.PI * Math.min(1, Math.max(0, (hour - open) / (close - open))));
}

/** Where the share of the day of the n-th of `count` vehicles begins; no two bays change at the same hours. */
function shareBegins(
  draw: Draw,
  { hours: [open, close] }: Rhythm,
  day: number,
  index: number,
  count: number,
) {
  if (index === count) return close;
  const wobble = index === 0 ? 0.35 * draw(day, 100) : 0.7 * draw(day, 100 + index) - 0.35;
  return open + ((close - open) * (index + wobble)) / Math.max(2, count);
}

function visitAt(draw: Draw, rhythm: Rhythm, day: number, index: number, count: number): Visit {
  const beginHour = shareBegins(draw, rhythm, day, index, count);
  const endHour = shareBegins(draw, rhythm, day, index + 1, count);
  const arrivalHour = beginHour + draw(day, 3 * index + 2) * rhythm.arrivalShare * (endHour - beginHour);
  const [quiet, busy] = rhythm.stayShare;
  const stay =
    quiet + (busy - quiet) * busyAt(arrivalHour, rhythm.hours) * (0.6 + 0.4 * draw(day, 3 * index + 3));
  const leavingHour = arrivalHour + stay * (endHour - arrivalHour);
  const fromMs = Math.round((arrivalHour - rhythm.dayBeginsAtHour) * hourMs);
  const toMs = Math.round((leavingHour - rhythm.dayBeginsAtHour) * hourMs) - betweenMs;
  return { fromMs, toMs: Math.max(toMs, fromMs + minuteMs) };
}

type VisitedBay = Pick<TownPlace, 'id' | 'site' | 'access'> & { readonly point?: TownPoint | undefined };

/** The calendars of a town; days begin where a rhythm is asleep. */
export type Calendars = Readonly<Record<Rhythm['dayBeginsAtHour'], Calendar>>;

/** The two calendars of a time zone (IANA name). @throws {RangeError} where there is no such zone */
export function calendarsOf(timeZone: string): Calendars {
  return { 5: new Calendar(timeZone, 5), 12: new Calendar(timeZone, 12) };
}

/** The vehicles of a bay. The bay of a charge point has those of the charge point, whatever stands there to see them. */
export function visitsOf(seed: number, calendars: Calendars, bay: VisitedBay): Visits {
  const rhythm = rhythmOf(bay);
  const draw = drawOf(seed, `visits ${bay.point?.id ?? bay.id}`);
  const countOf = (day: number): number => {
    const kind = isWeekend(day) ? (weekdayOf(day) === 0 ? 'sunday' : 'saturday') : 'week';
    const [min, max] = rhythm.visits[kind];
    return Math.round(min + (max - min) * draw(day, 1));
  };
  const of = (day: number): readonly Visit[] => {
    const count = countOf(day);
    return Array.from({ length: count }, (_, index) => visitAt(draw, rhythm, day, index, count));
  };
  return { calendar: calendars[rhythm.dayBeginsAtHour], countOf, of };
}
