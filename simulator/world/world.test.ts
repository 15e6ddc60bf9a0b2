/** Whether the invented town could be a real one: days, weeks and seasons. */
import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../calendar.ts';
import type { TownPlace } from '../places.ts';
import { dayMs, mondayMs } from '../testing.ts';
import { buildingLoad } from './buildings.ts';
import { loadOf, standbyW } from './charging.ts';
import { roomAir } from './rooms.ts';
import { calendarsOf, visitsOf } from './visits.ts';
import { skyOver } from './weather.ts';

const calendars = calendarsOf('Europe/Berlin');
const sky = skyOver(1, { latitude: 51.15, longitude: 8.985 });

/** Share of 200 bays of 20 sites that are occupied. */
function occupiedShare(timeMs: number, access: TownPlace['access']): number {
  const bays = Array.from({ length: 200 }, (_, index) => ({
    id: `bay-${index}`,
    site: `site-${index % 20}`,
    access,
  }));
  const occupied = bays.filter((bay) => {
    const visits = visitsOf(1, calendars, bay);
    const day = visits.calendar.dayOf(timeMs);
    const ms = timeMs - visits.calendar.startOf(day);
    return visits.of(day).some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
  });
  return occupied.length / bays.length;
}

describe('vehicles', () => {
  it('fill public bays at noon, and leave them at night but for a few', () => {
    expect(occupiedShare(mondayMs + 12 * hourMs, 'public')).toBeGreaterThan(0.4);
    expect(occupiedShare(mondayMs + 4 * hourMs, 'public')).toBeGreaterThan(0.02);
    expect(occupiedShare(mondayMs + 4 * hourMs, 'public')).toBeLessThan(0.15);
  });

  it('of residents are at home at night', () => {
    expect(occupiedShare(mondayMs + 28 * hourMs, 'resident')).toBeGreaterThan(0.5);
    expect(occupiedShare(mondayMs + 12 * hourMs, 'resident')).toBe(0);
  });

  it('come one after the other, as many as counted, and never stay into the next day', () => {
    for (const access of ['public', 'resident'] as const)
      for (let bay = 0; bay < 20; bay++) {
        const { of, countOf, calendar } = visitsOf(1, calendars, { id: `${bay}`, site: `${bay}`, access });
        for (let day = 20_500; day < 20_865; day++) {
          const visits = of(day);
          expect(visits.length).toBe(countOf(day));
          const times = visits.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(new Set(times).size).toBe(times.length);
          expect(times.at(-1) ?? 0).toBeLessThan(calendar.startOf(day + 1) - calendar.startOf(day));
        }
      }
  });
});

describe('charge points', () => {
  it.each([11, 22, 150])('of %i kW deliver that and no more, and energy is power over time', (powerKwMax) => {
    const load = loadOf(1, calendars, [{ id: `point-${powerKwMax}`, powerKwMax }], mondayMs - dayMs);
    const stepMs = minuteMs / 4;
    let summedWh = load.energyWh(mondayMs);
    let highestW = 0;
    for (let timeMs = mondayMs; timeMs < mondayMs + 2 * dayMs; timeMs += stepMs) {
      const powerW = load.powerW(timeMs + stepMs / 2);
      highestW = Math.max(highestW, powerW);
      summedWh += (powerW * stepMs) / hourMs;
    }
    expect(highestW).toBeGreaterThan(3000);
    expect(highestW).toBeLessThanOrEqual(powerKwMax * 1000 + standbyW);
    const metered = load.energyWh(mondayMs + 2 * dayMs);
    expect(Math.abs(metered - summedWh) / metered).toBeLessThan(0.005);
  });
});

describe('buildings', () => {
  it('work by day and rest at night, and energy is power over time', () => {
    const load = buildingLoad(1, calendars[5], 'town hall', mondayMs);
    expect(load.powerW(mondayMs + 11 * hourMs)).toBeGreaterThan(2 * load.powerW(mondayMs + 3 * hourMs));
    const quarterMs = 15 * minuteMs;
    const summedWh = Array.from(
      { length: 192 },
      (_, step) => load.powerW(mondayMs + step * quarterMs) / 4,
    ).reduce((sum, wh) => sum + wh);
    const metered = load.energyWh(mondayMs + 2 * dayMs) - load.energyWh(mondayMs);
    expect(Math.abs(metered - summedWh) / metered).toBeLessThan(1e-6);
  });
});

describe('schoolrooms', () => {
  const room = roomAir(1, calendars[5], sky, { id: 'room', access: 'private' });

  it('are stuffy in lessons and fresh in the morning and at the weekend', () => {
    const weekdays = [0, 1, 2, 3, 4].map((day) => room.at(mondayMs + day * dayMs + 12.9 * hourMs).co2Ppm);
    expect(Math.max(...weekdays)).toBeGreaterThan(1000);
    expect(Math.max(...weekdays)).toBeLessThan(3000);
    expect(room.at(mondayMs + 7 * hourMs).co2Ppm).toBeLessThan(450);
    expect(room.at(mondayMs + 5 * dayMs + 12 * hourMs).people).toBe(0);
  });
});

describe('the weather', () => {
  const hours = Array.from({ length: 365 * 24 }, (_, hour) => Date.UTC(2026, 0) + hour * hourMs);
  const year = hours.map(sky.at);
  const temperatures = year.map(({ airTemperatureC }) => airTemperatureC);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  it('has seasons', () => {
    const [january, july] = [temperatures.slice(0, 744), temperatures.slice(4344, 5088)];
    expect(mean(july) - mean(january)).toBeGreaterThan(12);
    expect(Math.min(...temperatures)).toBeGreaterThan(-20);
    expect(Math.max(...temperatures)).toBeLessThan(40);
  });

  it('is warmer in the afternoon and dark at night', () => {
    const atHour = (hour: number) => year.filter((_, index) => index % 24 === hour);
    expect(mean(atHour(14).map((w) => w.airTemperatureC))).toBeGreaterThan(
      mean(atHour(4).map((w) => w.airTemperatureC)) + 3,
    );
    expect(Math.max(...atHour(0).map((w) => w.lightLux))).toBe(0);
    expect(Math.max(...atHour(12).map((w) => w.lightLux))).toBeGreaterThan(60_000);
  });

  it('stays within what air can be', () => {
    for (const { humidityPercent, pressureHpa, windFromDegrees, pm2_5UgM3, windMS } of year) {
      expect(humidityPercent).toBeGreaterThan(15);
      expect(humidityPercent).toBeLessThanOrEqual(100);
      expect(Math.abs(pressureHpa - 980)).toBeLessThan(30);
      expect(windFromDegrees).toBeLessThan(360);
      expect(Math.min(windFromDegrees, pm2_5UgM3, windMS)).toBeGreaterThanOrEqual(0);
    }
  });

  it('rains about as much as in Hesse, and soils dry in between', () => {
    const rainMm = year.reduce((sum, { rainMmH }) => sum + rainMmH, 0);
    expect(rainMm).toBeGreaterThan(450);
    expect(rainMm).toBeLessThan(1100);
    const wetness = hours.map(sky.soilWetness);
    expect(Math.min(...wetness)).toBeLessThan(0.25);
    expect(Math.max(...wetness)).toBeGreaterThan(0.6);
    expect(Math.max(...wetness)).toBeLessThanOrEqual(1);
    // It does not jump: within an hour it changes by no more than a heavy shower brings.
    for (const [index, value] of wetness.entries())
      expect(Math.abs(value - (wetness[index - 1] ?? value))).toBeLessThan(0.15);
  });
});
