import { hourMs, isWeekend } from '../calendar.ts';
import { drawOf, smooth } from '../draw.ts';
import type { Around } from './people.ts';
import { rush } from './timetable.ts';
import { Total } from './total.ts';

/** Water a building has taken since a moment, in litres; on some days a tap or a cistern runs through the night. */
export function waterLitres({ seed, calendar }: Around, id: string, sinceMs: number): Total {
  const draw = drawOf(seed, `water ${id}`);
  const usualLPerH = 60 + 180 * draw(-1);
  return new Total(calendar, sinceMs, (day, timeMs) => {
    const hour = calendar.hourOf(day, timeMs);
    const people = isWeekend(day) ? 0.15 : 1;
    const used = hour < 6 || hour > 20 ? 0 : 0.3 + rush(hour, 9.5, 2) + rush(hour, 13, 1.5);
    // Three days at a time: until the caretaker has found it.
    const leakLPerH = draw(Math.floor(day / 3), 1) < 0.06 ? 45 : 0;
    return usualLPerH * used * people * (1 + 0.5 * smooth(draw, timeMs / hourMs)) + leakLPerH;
  });
}

/** Below this mean of the day buildings are heated: heating limit temperature of VDI 3807. */
const heatedBelowC = 15;

/** Gas a building has burnt since a moment, in m³: by the cold outside, less at night. */
export function gasM3({ seed, calendar, sky }: Around, id: string, sinceMs: number): Total {
  const draw = drawOf(seed, `gas ${id}`);
  const m3PerHAndK = 0.15 + 0.25 * draw(-1);
  return new Total(calendar, sinceMs, (day, timeMs) => {
    const hour = calendar.hourOf(day, timeMs);
    const warmed = hour >= 5.5 && hour < 21 ? 1 : 0.55;
    return m3PerHAndK * warmed * Math.max(0, heatedBelowC - sky.at(timeMs).airTemperatureC);
  });
}

/** Electricity that is switched: what it takes at a moment, and what it has taken. */
export interface Switched {
  /** One for each of its circuits. */
  on(timeMs: number): readonly boolean[];
  powerW(timeMs: number): number;
  energyWh(timeMs: number): number;
}

function switched(
  around: Around,
  sinceMs: number,
  circuitsW: readonly number[],
  on: Switched['on'],
): Switched {
  const powerW = (timeMs: number): number =>
    on(timeMs).reduce((sum, isOn, index) => sum + (isOn ? (circuitsW[index] ?? 0) : 0), 0);
  const total = new Total(around.calendar, sinceMs, (_, timeMs) => powerW(timeMs));
  return { on, powerW, energyWh: (timeMs) => total.at(timeMs) };
}

/** Street lights are lit when it is darker than this: from sunset on, in thick weather a little earlier. */
const litBelowLux = 40;

/** Eight rows of street lights: all at dusk, every second one from eleven to five. */
export function streetLights(around: Around, sinceMs: number): Switched {
  const { calendar, sky } = around;
  return switched(around, sinceMs, Array<number>(8).fill(140), (timeMs) => {
    const dark = sky.at(timeMs).lightLux < litBelowLux;
    const day = calendar.dayOf(timeMs);
    const hour = calendar.hourOf(day, timeMs) % 24;
    const late = hour >= 23 || hour < 5;
    return Array.from({ length: 8 }, (_, row) => dark && (row % 2 === 0 || !late));
  });
}

/** A socket behind which the computers of a room are switched on for work. */
export function workSocket(around: Around, id: string, sinceMs: number): Switched {
  const { seed, calendar } = around;
  const draw = drawOf(seed, `socket ${id}`);
  const [fromHour, toHour] = [7 + draw(-1), 16 + 2 * draw(-2)];
  return switched(around, sinceMs, [250 + 400 * draw(-3)], (timeMs) => {
    const day = calendar.dayOf(timeMs);
    const hour = calendar.hourOf(day, timeMs);
    // Now and then somebody forgets it at night.
    const forgotten = draw(day) < 0.05;
    return [!isWeekend(day) && hour >= fromHour && (hour < toHour || forgotten)];
  });
}
