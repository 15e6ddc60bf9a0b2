import { isWeekend, weekdayOf } from '../calendar.ts';

/** When there is a lesson, in hours by the clock; between them the windows are open. */
export const lessons: readonly (readonly [from: number, to: number])[] = [
  [8, 9.5],
  [9.75, 11.25],
  [11.5, 13],
  [13.75, 15.25],
];

/** Whether a school's children are in the yard: the breaks between its lessons. */
export function isBreak(day: number, hour: number): boolean {
  if (isWeekend(day)) return false;
  return lessons.some(([, to], index) => hour >= to && hour < (lessons[index + 1]?.[0] ?? to));
}

/** Whether the market is held: Wednesdays and Saturdays until one. */
export function isMarket(day: number, hour: number): boolean {
  const weekday = weekdayOf(day);
  return (weekday === 3 || weekday === 6) && hour >= 7 && hour < 13;
}

/** Whether builders are at work: weekdays from seven, with an hour for lunch. */
export function isBuilding(day: number, hour: number): boolean {
  return !isWeekend(day) && hour >= 7 && hour < 16.5 && (hour < 12 || hour >= 13);
}

/** 1 at an hour of the clock, less before and after it, half of it `halfHours` away. */
export function rush(hour: number, atHour: number, halfHours: number): number {
  return 2 ** -(((hour - atHour) / halfHours) ** 2);
}
