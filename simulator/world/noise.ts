import { minuteMs } from '../calendar.ts';
import { drawOf, smooth } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import { type Around, arrivalsPerH } from './people.ts';
import { isBreak, isBuilding } from './timetable.ts';
import { roadAt } from './traffic.ts';

/** Sound at a place, A-weighted, in dB re 20 µPa. */
export interface Noise {
  /** Mean of its energy over the last minutes. */
  readonly equivalentDb: number;
  /** At this moment. */
  readonly momentaryDb: number;
  /** The loudest of the last minutes. */
  readonly loudestDb: number;
}

/** On so many weeks there are builders near a place. */
const buildingWeeks = 0.2;
/** Children in a school yard. */
const breakDb = 74;
/** At night, nobody near. */
const quietDb = 33;

/** Levels together: the sum of their energies. */
function together(levelsDb: readonly number[]): number {
  return 10 * Math.log10(levelsDb.reduce((sum, db) => sum + 10 ** (db / 10), 0));
}

/** The sound of so many events an hour, each as loud as the next: twice as many are 3 dB more. */
const ofMany = (oneDb: number, perH: number): number => oneDb + 10 * Math.log10(Math.max(1e-3, perH));

/**
 * What can be heard at a place: its road, its people, a school's breaks, rain, and in some weeks a building site that
 * keeps to its hours.
 */
export function noiseAt(around: Around, place: TownPlace): (timeMs: number) => Noise {
  const { seed, calendar, sky } = around;
  const road = roadAt(around, place.site);
  const people = arrivalsPerH(around, place);
  const draw = drawOf(seed, `noise ${place.devEui}`);
  const site = drawOf(seed, `building site ${place.site}`);
  const buildersDb = (day: number, hour: number, timeMs: number): number => {
    // Weeks begin on Monday: 1 January 1970 was a Thursday.
    const works = site(Math.floor((day + 3) / 7)) < buildingWeeks && isBuilding(day, hour);
    return works ? 72 + 7 * smooth(site, timeMs / (7 * minuteMs)) : 0;
  };
  return (timeMs) => {
    const day = calendar.dayOf(timeMs);
    const hour = calendar.hourOf(day, timeMs);
    const rainMmH = sky.rainAt(timeMs);
    const equivalentDb =
      together([
        quietDb,
        ofMany(32, road.inwardPerH(day, timeMs) + road.outwardPerH(day, timeMs)),
        ofMany(30, people(day, timeMs)),
        place.access !== 'public' && isBreak(day, hour) ? breakDb : 0,
        rainMmH > 0 ? 42 + 8 * Math.log10(1 + rainMmH) : 0,
        buildersDb(day, hour, timeMs),
      ]) +
      1.5 * smooth(draw, timeMs / (20 * minuteMs));
    const minute = Math.floor(timeMs / minuteMs);
    return {
      equivalentDb,
      momentaryDb: equivalentDb - 4 + 7 * draw(minute, 1),
      loudestDb: equivalentDb + 6 + 12 * draw(minute, 2) ** 2,
    };
  };
}
