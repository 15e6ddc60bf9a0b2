export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Days whose beginning is remembered: ten years, and then they are worked out again. */
const rememberedMax = 4000;

/**
 * The town's days, each beginning at the same hour by its own clock. A day has a number, 0 for the one that begins on
 * 1 January 1970, and lasts 23, 24 or 25 hours.
 */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #beginsAtHour: number;
  readonly #starts = new Map<number, number>();

  /** @throws {RangeError} where there is no such time zone (IANA name) */
  constructor(timeZone: string, beginsAtHour: number) {
    const [year, month, day, hour, minute, second] = Array<'numeric'>(6).fill('numeric');
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      ...{ year, month, day, hour, minute, second },
    });
    this.#beginsAtHour = beginsAtHour;
  }

  /** When the day begins, ms UTC. */
  startOf(day: number): number {
    const known = this.#starts.get(day);
    if (known !== undefined) return known;
    const asUtcMs = day * dayMs + this.#beginsAtHour * hourMs;
    // The second step is for days on which the clock was changed between the first guess and the real moment.
    const guessMs = asUtcMs - this.#offsetMs(asUtcMs);
    const startMs = asUtcMs - this.#offsetMs(guessMs);
    if (this.#starts.size >= rememberedMax) this.#starts.clear();
    this.#starts.set(day, startMs);
    return startMs;
  }

  /** The number of the day a moment (ms UTC) lies in. */
  dayOf(timeMs: number): number {
    let day = Math.floor((timeMs - this.#beginsAtHour * hourMs) / dayMs);
    while (this.startOf(day + 1) <= timeMs) day++;
    while (this.startOf(day) > timeMs) day--;
    return day;
  }

  /** Hours by the town's clock since the midnight before the day began; 25.5 is half past one of the next morning. */
  hourOf(day: number, timeMs: number): number {
    return this.#beginsAtHour + (timeMs - this.startOf(day)) / hourMs;
  }

  /** How much the town's clock is ahead of UTC at that moment. */
  #offsetMs(timeMs: number): number {
    const parts = new Map(
      this.#format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)] as const),
    );
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const clockMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return clockMs - Math.floor(timeMs / 1000) * 1000;
  }
}

/** Day of the week of a day's beginning: 0 Sunday … 6 Saturday. */
export function weekdayOf(day: number): number {
  // 1 January 1970 was a Thursday.
  return (((day + 4) % 7) + 7) % 7;
}

/** Whether a day begins on a Saturday or Sunday. */
export function isWeekend(day: number): boolean {
  return weekdayOf(day) % 6 === 0;
}

/** What has come together since a first day, where each day's amount follows from its number; asked again it is quick. */
export class Tally {
  readonly #firstDay: number;
  readonly #amountOf: (day: number) => number;
  readonly #sums = [0];

  constructor(firstDay: number, amountOf: (day: number) => number) {
    this.#firstDay = firstDay;
    this.#amountOf = amountOf;
  }

  /** The sum of all days before this one; 0 before the first. */
  before(day: number): number {
    if (day <= this.#firstDay) return 0;
    const wanted = day - this.#firstDay;
    let sum = this.#sums.at(-1) ?? 0;
    while (this.#sums.length <= wanted) {
      sum += this.#amountOf(this.#firstDay + this.#sums.length - 1);
      this.#sums.push(sum);
    }
    return this.#sums[wanted] ?? sum;
  }
}
