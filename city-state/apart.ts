/** Sensors that say something else than others of their kind: no message of theirs tells, a comparison over days does. */
import { z } from 'zod';
import { type QuantityKey, quantities } from '#core';
import type { Group, Groups } from './alike.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A median absolute deviation times this is the standard deviation of what is normally distributed. */
const deviationPerMad = 1.4826;
/** Others agree where so many standard deviations are within the limit. */
const deviationsMax = 3;
const membersMin = 5;
/** What places differ by has its hours: sun at noon, cold air at night, use by day. What is wrong with a sensor has not. */
const quarterMs = 6 * hourMs;
const allQuarters = 0b1111;
const hoursMin = 8;

/** A sensor that has been apart for long enough to be told of. */
export interface Apart {
  /** DevEUI. */
  readonly device: string;
  readonly asset: string;
  readonly quantity: QuantityKey;
  readonly channel: string | undefined;
  /** What it says, and what the middle of its group is, when it is told. */
  readonly value: number;
  readonly middle: number;
  readonly members: number;
  /** ms UTC. */
  readonly sinceMs: number;
}

/** Looks, an hour apart, in which a number was beyond its limit and no others came between in which it was not. */
const streakSchema = z.object({
  asset: z.string(),
  isAbove: z.boolean(),
  sinceMs: z.number(),
  seenMs: z.number(),
  hours: z.number(),
  /** A bit for each quarter of the day (UTC). */
  quarters: z.number(),
  isTold: z.boolean(),
});
type Streak = z.infer<typeof streakSchema>;

/** What a {@link Comparison} remembers, for JSON. */
export const keptSchema = z.object({
  lookedMs: z.number(),
  /** By group and device. */
  streaks: z.record(z.string(), z.record(z.string(), streakSchema)),
});
export type Kept = z.infer<typeof keptSchema>;

/** The streak of a number that is apart now: the one before, or a new one where that was of another side or place. */
function prolonged(before: Streak | undefined, asset: string, isAbove: boolean, nowMs: number): Streak {
  const streak =
    before !== undefined &&
    before.asset === asset &&
    before.isAbove === isAbove &&
    nowMs - before.seenMs <= dayMs
      ? before
      : { asset, isAbove, sinceMs: nowMs, seenMs: nowMs, hours: 0, quarters: 0, isTold: false };
  streak.seenMs = nowMs;
  streak.hours++;
  streak.quarters |= 1 << Math.floor((nowMs % dayMs) / quarterMs);
  return streak;
}

function isLong({ sinceMs, seenMs, hours, quarters }: Streak): boolean {
  return seenMs - sinceMs >= dayMs && hours >= hoursMin && quarters === allQuarters;
}

function medianOf(sorted: Float64Array): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** The middle of a group that agrees; undefined where it is too small or scattered to say who is apart. */
function middleOf({ values, limit }: Group): number | undefined {
  if (values.length < membersMin) return undefined;
  const numbers = new Float64Array(values).sort();
  const middle = medianOf(numbers);
  const mad = medianOf(numbers.map((value) => Math.abs(value - middle)).sort());
  return deviationsMax * deviationPerMad * mad <= limit ? middle : undefined;
}

/**
 * Compares sensors once an hour. Where a group agrees, whoever is further from its middle than the limit is apart; where
 * it does not, the hour says nothing. A sensor counts once it has been apart, on one side, for a day or more: in eight
 * such hours at least, some of them in each quarter of the day. It remembers those that are apart.
 */
export class Comparison {
  /** By group and device. */
  readonly #streaks: Map<string, Map<string, Streak>>;
  #lookedMs: number;
  #devices: number;

  /** @param kept of {@link kept}: then it goes on from there */
  constructor({ lookedMs, streaks }: Kept = { lookedMs: -Infinity, streaks: {} }) {
    this.#lookedMs = lookedMs;
    const groups = Object.entries(streaks);
    this.#streaks = new Map(groups.map(([group, own]) => [group, new Map(Object.entries(own))]));
    this.#devices = this.#countDevices(lookedMs);
  }

  /** What it remembers, once it has looked. */
  get kept(): Kept {
    const groups = Array.from(this.#streaks, ([group, own]) => [group, Object.fromEntries(own)] as const);
    return {
      lookedMs: this.#lookedMs,
      streaks: Object.fromEntries(groups.filter(([, own]) => Object.keys(own).length > 0)),
    };
  }

  /** Whether the next hour has begun (or the clock was put back by more than one), ms UTC. */
  isDue(nowMs: number): boolean {
    const hour = Math.floor(nowMs / hourMs);
    return hour > Math.floor(this.#lookedMs / hourMs) || nowMs < this.#lookedMs - hourMs;
  }

  /** How many devices are apart. */
  get devices(): number {
    return this.#devices;
  }

  /** Takes what is said at a moment; gives those that count from now on, each of their quantities once. */
  look(nowMs: number, groups: Groups): Apart[] {
    // By a clock that was put back nobody knows how long anything has lasted.
    if (nowMs < this.#lookedMs) this.#streaks.clear();
    this.#lookedMs = nowMs;
    const found: Apart[] = [];
    for (const [place, groupsHere] of groups)
      for (const [name, one] of groupsHere) found.push(...this.#judge(`${place} ${name}`, one, nowMs));
    this.#devices = this.#countDevices(nowMs);
    return found;
  }

  #judge(name: string, one: Group, nowMs: number): Apart[] {
    const middle = middleOf(one);
    if (middle === undefined) return [];
    const streaks = this.#streaks.get(name) ?? new Map<string, Streak>();
    this.#streaks.set(name, streaks);
    const { quantity, channel, limit, devices, assets, values } = one;
    const found: Apart[] = [];
    for (const [index, value] of values.entries()) {
      const [device = '', asset = ''] = [devices[index], assets[index]];
      if (Math.abs(value - middle) <= limit) {
        streaks.delete(device);
        continue;
      }
      const streak = prolonged(streaks.get(device), asset, value > middle, nowMs);
      streaks.set(device, streak);
      if (streak.isTold || !isLong(streak)) continue;
      streak.isTold = true;
      const { sinceMs } = streak;
      found.push({ device, asset, quantity, channel, value, middle, members: values.length, sinceMs });
    }
    return found;
  }

  /** Forgets those not seen apart for a day: they are silent, or elsewhere, or their group has not agreed since. */
  #countDevices(nowMs: number): number {
    const counted = new Set<string>();
    for (const streaks of this.#streaks.values())
      for (const [device, streak] of streaks) {
        if (nowMs - streak.seenMs > dayMs) streaks.delete(device);
        else if (isLong(streak)) counted.add(device);
      }
    return counted.size;
  }
}

/** One finding as a sentence for whoever runs the platform. */
export function textOf({ device, asset, quantity, value, middle, members, sinceMs }: Apart): string {
  const { unit, decimals } = quantities[quantity];
  const [said, others] = [value, middle].map((number) => number.toFixed(decimals));
  const since = new Date(sinceMs).toISOString();
  return (
    `device ${device} at ${asset} has been apart from others of its kind since ${since}: ${quantity} is ${said} ${unit}, ` +
    `the middle of ${members} is ${others}. Look at it, and calibrate or replace it`
  );
}
