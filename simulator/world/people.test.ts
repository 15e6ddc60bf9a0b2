/** Whether people, vehicles and what they leave behind keep to the days of a town. */
import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../calendar.ts';
import type { TownPlace } from '../places.ts';
import { dayMs, mondayMs } from '../testing.ts';
import { binAt } from './bins.ts';
import { noiseAt } from './noise.ts';
import { arrivalsPerH, crowdAt } from './people.ts';
import { gasM3, streetLights, waterLitres, workSocket } from './supplies.ts';
import { isMarket } from './timetable.ts';
import { Total } from './total.ts';
import { roadAt } from './traffic.ts';
import { calendarsOf } from './visits.ts';
import { skyOver } from './weather.ts';

const location = { latitude: 51.15, longitude: 8.985 };
const calendar = calendarsOf('Europe/Berlin')[5];
const around = { seed: 1, calendar, sky: skyOver(1, location) };
const sinceMs = mondayMs - 30 * dayMs;

function placeOf(site: string, access: TownPlace['access'] = 'public'): TownPlace {
  const device = { devEui: '0270000000000099', profile: 'x/y', untilMs: Infinity, points: [] };
  return { ...device, sinceMs, id: `${site}-1`, site, access, location };
}

/** The first site whose people come on market days most: it is one with shops. */
const shops = Array.from({ length: 50 }, (_, index) => placeOf(`site-${index}`)).find((place) => {
  const rate = arrivalsPerH(around, place);
  const at = (dayOfWeek: number) =>
    rate(
      calendar.dayOf(mondayMs + dayOfWeek * dayMs + 10 * hourMs),
      mondayMs + dayOfWeek * dayMs + 10 * hourMs,
    );
  return at(2) > 1.8 * at(1);
});
if (shops === undefined) throw new Error('the town has no shops');
const school = placeOf('school', 'private');
const minutes = Array.from({ length: 7 * 24 * 6 }, (_, step) => mondayMs + step * 10 * minuteMs);

describe('a total', () => {
  const rate = (day: number, timeMs: number): number => (day % 2) + (timeMs % hourMs) / hourMs;
  it('is its rate over time, from the moment it began, in whatever order it is asked', () => {
    const total = new Total(calendar, mondayMs + hourMs, rate);
    const times = minutes.filter((_, index) => index % 7 === 0);
    const forwards = times.map((timeMs) => total.at(timeMs));
    const again = new Total(calendar, mondayMs + hourMs, rate);
    expect(times.toReversed().map((timeMs) => again.at(timeMs))).toEqual(forwards.toReversed());
    expect(forwards).toEqual(forwards.toSorted((a, b) => a - b));
    expect(total.at(mondayMs)).toBe(0);
    // Half on the mean of an hour, and one more on every other day.
    expect(total.at(mondayMs + 14 * dayMs) / (14 * 24)).toBeCloseTo(1, 1);
  });
});

describe('people', () => {
  it.each([shops, school])('come before they leave, and are gone at night: $site', (place) => {
    const crowd = crowdAt(around, place, sinceMs);
    const present = minutes.map((timeMs) => crowd.came(timeMs) - crowd.left(timeMs));
    expect(Math.min(...present)).toBe(0);
    expect(Math.max(...present)).toBeGreaterThan(15);
    for (let day = 0; day < 7; day++)
      expect(crowd.came(mondayMs + (day * 24 + 4) * hourMs)).toBe(
        crowd.left(mondayMs + (day * 24 + 4) * hourMs),
      );
  });

  it('come to the market on its days, and only in the morning', () => {
    expect(
      [0, 1, 2, 3, 4, 5, 6].map((day) => isMarket(calendar.dayOf(mondayMs + day * dayMs + 10 * hourMs), 10)),
    ).toEqual([false, false, true, false, false, true, false]);
    expect(isMarket(calendar.dayOf(mondayMs + 2 * dayMs + 10 * hourMs), 14)).toBe(false);
  });

  it('drive in in the morning and out in the evening, less at the weekend', () => {
    const road = roadAt(around, 'road');
    const flow = (timeMs: number) => {
      const day = calendar.dayOf(timeMs);
      return [road.inwardPerH(day, timeMs), road.outwardPerH(day, timeMs)] as const;
    };
    const [morningIn, morningOut] = flow(mondayMs + 7.5 * hourMs);
    const [eveningIn, eveningOut] = flow(mondayMs + 17 * hourMs);
    const [sundayIn] = flow(mondayMs + 6 * dayMs + 7.5 * hourMs);
    expect(morningIn).toBeGreaterThan(1.3 * morningOut);
    expect(eveningOut).toBeGreaterThan(1.3 * eveningIn);
    expect(sundayIn).toBeLessThan(0.6 * morningIn);
  });
});

describe('noise', () => {
  const energeticMean = (values: readonly number[]): number =>
    10 * Math.log10(values.reduce((sum, db) => sum + 10 ** (db / 10), 0) / values.length);

  it('is that of a town: quiet at night, never louder than a building site', () => {
    const noise = noiseAt(around, shops);
    const levels = minutes.map((timeMs) => noise(timeMs));
    for (const { equivalentDb, momentaryDb, loudestDb } of levels) {
      expect(Math.min(equivalentDb, momentaryDb)).toBeGreaterThan(28);
      expect(loudestDb).toBeLessThan(105);
      expect(loudestDb).toBeGreaterThan(equivalentDb);
    }
    const ofHours = (from: number, to: number) =>
      energeticMean(
        minutes
          .filter(
            (timeMs) =>
              ((timeMs - mondayMs) / hourMs) % 24 >= from && ((timeMs - mondayMs) / hourMs) % 24 < to,
          )
          .map((timeMs) => noise(timeMs).equivalentDb),
      );
    expect(ofHours(8, 18) - ofHours(0, 4)).toBeGreaterThan(6);
  });

  it('is loudest in the breaks of a school', () => {
    const noise = noiseAt(around, school);
    expect(noise(mondayMs + 9.6 * hourMs).equivalentDb).toBeGreaterThan(
      noise(mondayMs + 8.8 * hourMs).equivalentDb + 8,
    );
    expect(noise(mondayMs + 6 * dayMs + 9.6 * hourMs).equivalentDb).toBeLessThan(70);
  });

  it('of builders is there in some weeks, in their hours, and not at the weekend', () => {
    const weeks = Array.from({ length: 52 }, (_, week) => mondayMs + week * 7 * dayMs);
    const noise = noiseAt(around, shops);
    // Where summer time is kept, ten o’clock is nine or eleven: builders work at all three.
    const loud = (day: number) =>
      weeks.filter((weekMs) => noise(weekMs + day * dayMs + 10 * hourMs).equivalentDb > 64).length;
    expect(loud(0)).toBeGreaterThan(4);
    expect(loud(0)).toBeLessThan(22);
    expect(loud(6)).toBe(0);
  });
});

describe('a bin', () => {
  it('fills until it is emptied, some days a week, early', () => {
    const bin = binAt(around, shops);
    const times = Array.from({ length: 28 * 24 * 6 }, (_, step) => mondayMs + step * 10 * minuteMs);
    const fills = times.map((timeMs) => bin(timeMs).fill);
    const emptied = times.filter(
      (_, index) => index > 0 && (fills[index] ?? 0) < (fills[index - 1] ?? 0) - 0.01,
    );
    expect(Math.min(...fills)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...fills)).toBeGreaterThan(0.6);
    expect(Math.max(...fills)).toBeLessThanOrEqual(1);
    expect(emptied.length).toBeGreaterThanOrEqual(8);
    expect(emptied.length).toBeLessThanOrEqual(12);
    for (const timeMs of emptied) {
      expect(((timeMs - mondayMs) / hourMs) % 24).toBeGreaterThan(5);
      expect(((timeMs - mondayMs) / hourMs) % 24).toBeLessThan(11);
    }
  });
});

describe('what a building takes', () => {
  it('is water by day, and gas by the cold', () => {
    const water = waterLitres(around, 'town hall', sinceMs);
    const used = (fromHour: number, toHour: number): number =>
      water.at(mondayMs + toHour * hourMs) - water.at(mondayMs + fromHour * hourMs);
    expect(used(8, 14)).toBeGreaterThan(3 * used(0, 5));
    const gas = gasM3(around, 'town hall', Date.UTC(2026, 0));
    const month = (index: number): number =>
      gas.at(Date.UTC(2026, index + 1)) - gas.at(Date.UTC(2026, index));
    expect(month(0)).toBeGreaterThan(4 * month(6));
  });

  it('is light when it is dark, every second row late at night', () => {
    const lights = streetLights(around, sinceMs);
    const lit = (hour: number): number => lights.on(mondayMs + hour * hourMs).filter(Boolean).length;
    expect([12, 20, 27].map(lit)).toEqual([0, 8, 4]);
    expect(lights.energyWh(mondayMs + dayMs) - lights.energyWh(mondayMs)).toBeGreaterThan(5000);
  });

  it('is a socket’s power over time, on weekdays', () => {
    const socket = workSocket(around, 'office', sinceMs);
    const steps = minutes.map((timeMs) => socket.powerW(timeMs + 5 * minuteMs) / 6);
    const summedWh = steps.reduce((sum, wh) => sum + wh);
    const metered = socket.energyWh(mondayMs + 7 * dayMs) - socket.energyWh(mondayMs);
    expect(Math.abs(metered - summedWh) / summedWh).toBeLessThan(0.03);
    expect(socket.powerW(mondayMs + 5 * dayMs + 11 * hourMs)).toBe(0);
  });
});
