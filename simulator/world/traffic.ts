import { hourMs, isWeekend } from '../calendar.ts';
import { drawOf, smooth } from '../draw.ts';
import type { Around } from './people.ts';
import { rush } from './timetable.ts';

/** Vehicles and bicycles of an hour on a road, by direction, on a day (its number) at a moment (ms UTC). */
export interface Road {
  inwardPerH(day: number, timeMs: number): number;
  outwardPerH(day: number, timeMs: number): number;
}

/** A road into the town: commuters come in the morning and leave in the evening. The same for all devices of a site. */
export function roadAt({ seed, calendar }: Around, site: string): Road {
  const draw = drawOf(seed, `road ${site}`);
  const busiestPerH = 120 + 480 * drawOf(0, `road ${site}`)(0);
  const flow = (day: number, timeMs: number, morning: number, evening: number): number => {
    const hour = calendar.hourOf(day, timeMs);
    const commuters = isWeekend(day) ? 0.1 : 1;
    const others = hour < 5.5 || hour > 23 ? 0.03 : 0.45 * Math.sin((Math.PI * (hour - 5)) / 18.5);
    const share = others + commuters * (morning * rush(hour, 7.5, 0.9) + evening * rush(hour, 17, 1.2));
    return busiestPerH * Math.max(0.02, share) * (1 + 0.25 * smooth(draw, timeMs / hourMs));
  };
  return {
    inwardPerH: (day, timeMs) => flow(day, timeMs, 0.8, 0.3),
    outwardPerH: (day, timeMs) => flow(day, timeMs, 0.3, 0.8),
  };
}
