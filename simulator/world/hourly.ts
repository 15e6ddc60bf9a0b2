import { hourMs } from '../calendar.ts';

/** Devices of a town ask for the same hours, one after the other. */
const rememberedMax = 64;

/** A course that is dear to work out and slow to change: worked out at whole hours, and straight in between. */
export function hourly(at: (timeMs: number) => number): (timeMs: number) => number {
  const remembered = new Map<number, number>();
  const atHour = (hour: number): number => {
    const known = remembered.get(hour);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedMax) remembered.clear();
    const value = at(hour * hourMs);
    remembered.set(hour, value);
    return value;
  };
  return (timeMs) => {
    const hour = Math.floor(timeMs / hourMs);
    const share = timeMs / hourMs - hour;
    return atHour(hour) * (1 - share) + atHour(hour + 1) * share;
  };
}
