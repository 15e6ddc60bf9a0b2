import { type Calendar, hourMs, isWeekend, minuteMs } from '../calendar.ts';
import { chosen, drawOf, smooth } from '../draw.ts';
import { isMarket, rush } from './timetable.ts';
import { Total } from './total.ts';
import type { Sky } from './weather.ts';

/** People who go in somewhere and come out again later, each of them whole. */
export interface Crowd {
  /** Who came since it is counted, ms UTC. */
  came(timeMs: number): number;
  left(timeMs: number): number;
}

/** What draws people to a place. */
interface Draught {
  /** How many come at an hour of a day, of those who come in the busiest hour: 0 … 1, on a market day more. */
  readonly share: (day: number, hour: number) => number;
  /** How long they stay, on the whole. */
  readonly stayMs: number;
  /** Rain keeps this share of them at home. */
  readonly rainShare: number;
}

const between = (hour: number, from: number, to: number): number =>
  Math.sin(Math.PI * Math.min(1, Math.max(0, (hour - from) / (to - from))));

const draughts = {
  shops: {
    share: (day, hour) =>
      (isWeekend(day) ? 0.5 : 0.8) * between(hour, 8, 20) +
      (isMarket(day, hour) ? 1.5 : 0) * between(hour, 6.5, 13.5),
    stayMs: 40 * minuteMs,
    rainShare: 0.5,
  },
  station: {
    share: (day, hour) =>
      0.15 * between(hour, 5, 25) +
      (isWeekend(day) ? 0.15 : 0.85) * (rush(hour, 7.4, 0.7) + rush(hour, 17.2, 1.1)),
    stayMs: 8 * minuteMs,
    rainShare: 0.1,
  },
  spa: {
    share: (day, hour) => (isWeekend(day) ? 1 : 0.6) * between(hour, 9, 21),
    stayMs: 2.5 * hourMs,
    rainShare: 0.2,
  },
  school: {
    share: (day, hour) => (isWeekend(day) ? 0 : 0.08 * between(hour, 6.5, 17) + rush(hour, 7.7, 0.25)),
    stayMs: 6 * hourMs,
    rainShare: 0,
  },
} as const satisfies Record<string, Draught>;

type PlaceLike = {
  readonly id: string;
  readonly site: string;
  readonly access: 'public' | 'resident' | 'private';
};

/** The same whatever the seed, and for a public site the same that draws its vehicles (`visits.ts`). */
function draughtOf({ site, access }: PlaceLike): Draught {
  if (access !== 'public') return draughts.school;
  return chosen(drawOf(0, `rhythm ${site}`)(0), [draughts.shops, draughts.station, draughts.spa]);
}

/** What surrounds a place. */
export interface Around {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly sky: Sky;
}

/** How many come in an hour, at a moment (ms UTC). */
export function arrivalsPerH(
  { seed, calendar, sky }: Around,
  place: PlaceLike,
): (day: number, timeMs: number) => number {
  const { share, rainShare } = draughtOf(place);
  const draw = drawOf(seed, `people ${place.site}`);
  const busiestPerH = 60 + 140 * drawOf(0, `people ${place.id}`)(0);
  return (day, timeMs) => {
    const wanted = share(day, calendar.hourOf(day, timeMs));
    if (wanted === 0) return 0;
    const kept = 1 - rainShare * Math.min(1, sky.rainAt(timeMs) / 2);
    return busiestPerH * wanted * kept * (1 + 0.4 * smooth(draw, timeMs / hourMs));
  };
}

/** The people at a place, counted since it has somebody to count them. Whoever comes leaves after as long as all do there. */
export function crowdAt(around: Around, place: PlaceLike, sinceMs: number): Crowd {
  const { stayMs } = draughtOf(place);
  const total = new Total(around.calendar, sinceMs, arrivalsPerH(around, place));
  return {
    came: (timeMs) => Math.floor(total.at(timeMs)),
    left: (timeMs) => Math.floor(total.at(timeMs - stayMs)),
  };
}
