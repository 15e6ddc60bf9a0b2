import { hourMs, minuteMs, weekdayOf } from '../calendar.ts';
import { drawOf } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import { type Around, arrivalsPerH } from './people.ts';
import { Total } from './total.ts';

/** A bin at a moment. */
export interface Bin {
  /** 0 (empty) … 1 (full to the lid); not more, whatever lies beside it. */
  readonly fill: number;
  /** It is being emptied. */
  readonly tilted: boolean;
}

/** Weekdays of a collector's round, 0 Sunday … 6 Saturday. */
const rounds: readonly (readonly number[])[] = [
  [1, 4],
  [2, 5],
  [1, 3, 6],
];
const emptyingMs = 8 * minuteMs;
/** What is left in a bin that was emptied. */
const restFill = 0.04;
/** The use of a place is known from so long. */
const knownMs = 14 * 24 * hourMs;

/** A bin that fills with those who pass it and is emptied on its round, in the morning. */
export function binAt(around: Around, place: TownPlace): (timeMs: number) => Bin {
  const { calendar } = around;
  const total = new Total(calendar, place.sinceMs, arrivalsPerH(around, place));
  const habit = drawOf(0, `bin ${place.id}`);
  const days = rounds[Math.floor(habit(0) * rounds.length)] ?? [1];
  const emptiedAtHour = 6 + 3 * habit(1);
  // As large as its place is busy: full after three to six days.
  const peopleADay = total.at(place.sinceMs + knownMs) / 14;
  const fullAfter = Math.max(1, peopleADay * (3 + 3 * habit(2)));
  const emptiedMs = (day: number): number => {
    const startMs = calendar.startOf(day);
    return startMs + (emptiedAtHour - calendar.hourOf(day, startMs)) * hourMs;
  };
  return (timeMs) => {
    let day = calendar.dayOf(timeMs);
    while (!days.includes(weekdayOf(day)) || emptiedMs(day) > timeMs) day--;
    const sinceMs = emptiedMs(day);
    const thrown = (total.at(timeMs) - total.at(sinceMs)) / fullAfter;
    return { fill: Math.min(1, restFill + thrown), tilted: timeMs < sinceMs + emptyingMs };
  };
}
