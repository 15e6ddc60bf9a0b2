/** Whenever someone starts the demo town, at noon or at three in the night, there is something to see. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { createTranslate } from '#gateway-bridge';
import { createTown, placesOf } from '#simulator';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Monday, 23 November 2026, 00:00 in Berlin; the day before fills the state. */
const mondayMs = Date.UTC(2026, 10, 22, 23);
const endMs = mondayMs + 7 * dayMs;
const sampleMs = 10 * minuteMs;

const inventory = await loadInventory(join(import.meta.dirname, '..', 'cities', 'demo'));
const shown = inventory.sites.filter(({ kind }) => kind === 'charging' || kind === 'parking');
const shownSites = new Set(shown.map(({ id }) => id));

/** What a week of the town's parking and charging shows: statuses now and then, and the minutes in which anything changed. */
function weekOf(seed: number) {
  const { timeZone, devices } = placesOf(inventory);
  const places = { timeZone, devices: devices.filter(({ site }) => shownSites.has(site)) };
  const translate = createTranslate(createDirectory(inventory));
  let nowMs = mondayMs - dayMs;
  const state = new CityState({ inventory, now: () => nowMs });
  const statuses = (): string[] =>
    state.chargingStations(nowMs).flatMap(({ points }) => points.map(({ status }) => status));
  const seen = (): string => `${statuses()} ${state.parkingSites(nowMs).map(({ free }) => free)}`;
  const town = createTown({ places, seed });
  const hear = (untilMs: number): void => {
    for (const { timeMs, message } of town.uplinks(nowMs, untilMs)) {
      const translated = translate({ receivedAtMs: timeMs + 200, broker: 'demo', ...message });
      if (translated.kind !== 'uplink') throw new Error(`${message.topic} is a ${translated.kind}`);
      state.apply(translated);
    }
    nowMs = untilMs;
  };
  hear(mondayMs);
  const changesMs: number[] = [];
  const samples: { readonly hour: number; readonly statuses: readonly string[] }[] = [];
  let before = seen();
  while (nowMs < endMs) {
    if ((nowMs - mondayMs) % sampleMs === 0) samples.push({ hour: hourOf(nowMs), statuses: statuses() });
    hear(nowMs + minuteMs);
    const now = seen();
    if (now !== before) changesMs.push(nowMs);
    before = now;
  }
  return { changesMs, samples };
}

const hourOf = (timeMs: number): number => Math.floor((timeMs - mondayMs) / hourMs) % 24;

/** Seconds until the next change for someone who looks at any time, by hour of the day: half of them wait less. */
function medianWaitsS(changesMs: readonly number[]): number[] {
  const waitsS: number[][] = Array.from({ length: 24 }, () => []);
  let next = 0;
  for (let timeMs = mondayMs; timeMs < endMs; timeMs += minuteMs / 2) {
    while ((changesMs[next] ?? endMs) < timeMs) next++;
    waitsS[hourOf(timeMs)]?.push(((changesMs[next] ?? endMs) - timeMs) / 1000);
  }
  return waitsS.map((ofHour) => ofHour.sort((a, b) => a - b)[Math.floor(ofHour.length / 2)] ?? 0);
}

describe('a week of the demo town', () => {
  const { changesMs, samples } = weekOf(1);
  const hours = Array.from({ length: 24 }, (_, hour) => hour);

  it('has charge points in at least two statuses at any time', () => {
    expect(samples).toHaveLength((endMs - mondayMs) / sampleMs);
    for (const { hour, statuses } of samples)
      expect([hour, new Set(statuses).size >= 2, statuses.includes('UNKNOWN')]).toEqual([hour, true, false]);
  });

  it.each(hours)('has vehicles that charge, and free points, at %i o’clock', (hour) => {
    const ofHour = samples.filter((sample) => sample.hour === hour).flatMap((sample) => sample.statuses);
    const share = (wanted: string): number =>
      ofHour.filter((status) => status === wanted).length / ofHour.length;
    expect(share('CHARGING')).toBeGreaterThan(0.05);
    expect(share('AVAILABLE')).toBeGreaterThan(0.2);
  });

  it('changes within three minutes by day and ten by night, more often than not', () => {
    for (const [hour, waitS] of medianWaitsS(changesMs).entries())
      expect([hour, waitS < 60 * (hour >= 7 && hour < 22 ? 3 : 10), waitS]).toEqual([hour, true, waitS]);
  });
});
