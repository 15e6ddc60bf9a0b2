import { type Calendar, hourMs, isWeekend, minuteMs } from '../calendar.ts';
import { type Draw, drawOf } from '../draw.ts';
import { lessons } from './timetable.ts';
import type { Sky } from './weather.ts';

/** The air of a room at a moment (ms UTC). */
export interface RoomAir {
  /** 0 (nobody) … 1 (all seats taken). */
  readonly people: number;
  readonly co2Ppm: number;
  readonly temperatureC: number;
  readonly humidityPercent: number;
  /** 0 … 5. */
  readonly light: number;
}

export interface Room {
  at(timeMs: number): RoomAir;
}

const stepMs = 10 * minuteMs;
const outdoorCo2Ppm = 425;

/** How full a schoolroom is: four double lessons on some days, three on others, none at the weekend. */
function lessonAt(draw: Draw, day: number, hour: number): number {
  if (isWeekend(day)) return 0;
  const index = lessons.findIndex(([from, to]) => hour >= from && hour < to);
  if (index < 0 || (index === 3 && draw(day, 1) < 0.5)) return 0;
  return draw(day, 10 + index) < 0.12 ? 0 : 0.7 + 0.3 * draw(day, 20 + index);
}

/** How full a public hall is: open every day, fullest in the afternoon. */
function openAt(draw: Draw, day: number, hour: number): number {
  if (hour < 9 || hour >= 19) return 0;
  return (0.25 + 0.35 * draw(day, Math.floor(hour))) * Math.sin((Math.PI * (hour - 9)) / 10);
}

/**
 * A room's air, worked out from five in the morning on: people add carbon dioxide and warmth, air exchange takes them
 * away, faster while windows are open. `access`: a public room is a hall, any other a schoolroom.
 */
export function roomAir(
  seed: number,
  calendar: Calendar,
  sky: Sky,
  { id, access }: { readonly id: string; readonly access: 'public' | 'resident' | 'private' },
): Room {
  const draw = drawOf(seed, `room ${id}`);
  const fillAt = access === 'public' ? openAt : lessonAt;
  const gainPpmH = 1400 + 700 * draw(-1);
  const baseC = 19.3 + 1.6 * draw(-2);
  return {
    at(timeMs) {
      const day = calendar.dayOf(timeMs);
      const startMs = calendar.startOf(day);
      let excessPpm = 15;
      let warmthC = 0;
      let people = 0;
      for (let ms = startMs; ms < timeMs; ms += stepMs) {
        const hours = Math.min(stepMs, timeMs - ms) / hourMs;
        people = fillAt(draw, day, calendar.hourOf(day, ms));
        const exchangePerH = people > 0 ? 0.9 : 2.2;
        excessPpm += (gainPpmH * people - exchangePerH * excessPpm) * hours;
        warmthC += (3 * people - 0.8 * warmthC) * hours;
      }
      const outside = sky.at(timeMs);
      const daylight = Math.min(3, Math.log10(1 + outside.lightLux / 20));
      const temperatureC = baseC + warmthC + 0.06 * (outside.airTemperatureC - 10);
      return {
        people,
        co2Ppm: outdoorCo2Ppm + excessPpm,
        temperatureC,
        humidityPercent: Math.min(75, 30 + 0.9 * Math.max(0, outside.airTemperatureC) + 8 * people),
        light: Math.round(Math.min(5, daylight + (people > 0 ? 2 : 0))),
      };
    },
  };
}
