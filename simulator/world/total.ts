import { type Calendar, hourMs, minuteMs, Tally } from '../calendar.ts';

/** A rate holds for so long; fine enough for sensors that speak every ten minutes. */
const stepMs = 10 * minuteMs;

/** How fast something comes together, per hour, on a day (its number) at a moment (ms UTC). Never negative. */
export type RatePerH = (day: number, timeMs: number) => number;

/** What a rate has come to since a moment; a pure function of rate and time, and never falling. */
export class Total {
  readonly #calendar: Calendar;
  readonly #rate: RatePerH;
  readonly #tally: Tally;
  readonly #beganWith: number;
  #latest: { readonly day: number; readonly sums: readonly number[] } | undefined;

  constructor(calendar: Calendar, sinceMs: number, rate: RatePerH) {
    this.#calendar = calendar;
    this.#rate = rate;
    this.#tally = new Tally(calendar.dayOf(sinceMs), (day) => this.#sumsOf(day).at(-1) ?? 0);
    this.#beganWith = this.#until(sinceMs);
  }

  /** 0 before it began. */
  at(timeMs: number): number {
    return Math.max(0, this.#until(timeMs) - this.#beganWith);
  }

  #until(timeMs: number): number {
    const day = this.#calendar.dayOf(timeMs);
    const before = this.#tally.before(day);
    if (this.#latest?.day !== day) this.#latest = { day, sums: this.#sumsOf(day) };
    const { sums } = this.#latest;
    const steps = (timeMs - this.#calendar.startOf(day)) / stepMs;
    const step = Math.floor(steps);
    const [done, next] = [sums[step] ?? sums.at(-1) ?? 0, sums[step + 1] ?? sums.at(-1) ?? 0];
    return before + done + (next - done) * (steps - step);
  }

  /** What came together from the day's beginning until each of its steps. */
  #sumsOf(day: number): number[] {
    const [startMs, endMs] = [this.#calendar.startOf(day), this.#calendar.startOf(day + 1)];
    const sums = [0];
    for (let timeMs = startMs; timeMs < endMs; timeMs += stepMs) {
      const rate = this.#rate(day, timeMs + stepMs / 2);
      sums.push((sums.at(-1) ?? 0) + (rate * stepMs) / hourMs);
    }
    return sums;
  }
}
