import { type Calendar, hourMs, isWeekend, minuteMs, Tally } from '../calendar.ts';
import { drawOf, smooth } from '../draw.ts';
import type { Load } from './charging.ts';

/** A building's power is the same for so long; fine enough for a meter that speaks every ten minutes. */
const stepMs = 15 * minuteMs;

/** 0 … 1: how much of a public building works at an hour of a working day. */
function workAt(hour: number): number {
  if (hour < 6 || hour > 19) return 0;
  return Math.min(1, (hour - 6) / 2, (19 - hour) / 3);
}

/** The load of a public building: what always runs, work on weekdays, and some chance. */
export function buildingLoad(seed: number, calendar: Calendar, id: string, sinceMs: number): Load {
  const draw = drawOf(seed, `building ${id}`);
  const baseW = 1500 + 3000 * draw(-1);
  const workW = 8000 + 24_000 * draw(-2);
  const stepPowerW = (day: number, step: number): number => {
    const startMs = calendar.startOf(day) + step * stepMs;
    const work = isWeekend(day) ? 0.1 : 1;
    const chance = 1 + 0.15 * smooth(draw, startMs / hourMs);
    return (baseW + work * workW * workAt(calendar.hourOf(day, startMs))) * chance;
  };
  const energyUntilWh = (day: number, ms: number): number => {
    let energyWh = 0;
    for (let step = 0; step * stepMs < ms; step++)
      energyWh += (stepPowerW(day, step) * Math.min(stepMs, ms - step * stepMs)) / hourMs;
    return energyWh;
  };
  const tally = new Tally(calendar.dayOf(sinceMs), (day) =>
    energyUntilWh(day, calendar.startOf(day + 1) - calendar.startOf(day)),
  );
  return {
    powerW(timeMs) {
      const day = calendar.dayOf(timeMs);
      return stepPowerW(day, Math.floor((timeMs - calendar.startOf(day)) / stepMs));
    },
    energyWh(timeMs) {
      const day = calendar.dayOf(timeMs);
      return tally.before(day) + energyUntilWh(day, timeMs - calendar.startOf(day));
    },
  };
}
