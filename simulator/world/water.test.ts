/** Whether water and heat do what they do: rain comes with its front, swells the stream, wets the soil and dries again. */
import { describe, expect, it } from 'vitest';
import { hourMs } from '../calendar.ts';
import { heatFrom } from './heat.ts';
import { runoffFrom, waterLevelCm } from './river.ts';
import { soilWetnessFrom } from './soil.ts';
import { skyOver, vaporPressureHpa } from './weather.ts';

const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 5, 1);
/** Six hours of 5 mm/h from the start on. */
const oneRain = (timeMs: number): number => (timeMs >= startMs && timeMs < startMs + 6 * hourMs ? 5 : 0);
const sky = skyOver(1, { latitude: 51.15, longitude: 8.985 });
const hours = (count: number, fromMs = startMs): number[] =>
  Array.from({ length: count }, (_, hour) => fromMs + hour * hourMs);

/** Pearson's. */
function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const sum = (of: (x: number, y: number) => number): number =>
    xs.reduce((total, x, index) => total + of(x - meanX, (ys[index] ?? 0) - meanY), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

describe('the stream', () => {
  const level = (wetness: number): number[] => {
    const runoff = runoffFrom(oneRain, () => wetness);
    return hours(9 * 24).map((timeMs) => waterLevelCm(runoff(timeMs), 30));
  };
  const levels = level(0.5);
  const peakHour = levels.indexOf(Math.max(...levels));

  it('rises hours after the rain began, and falls ever more slowly', () => {
    expect(levels[0]).toBeCloseTo(30, 0);
    expect(peakHour).toBeGreaterThan(4);
    expect(peakHour).toBeLessThan(14);
    const falling = levels.slice(peakHour);
    expect(falling).toEqual(falling.toSorted((a, b) => b - a));
    const above = (hour: number): number => (falling[hour] ?? 30) - 30;
    expect(above(24)).toBeLessThan(0.75 * above(0));
    expect(above(48) / above(24)).toBeGreaterThan(above(24) / above(0));
    expect(above(8 * 24)).toBeLessThan(3);
  });

  it('rises more from wet soil', () => {
    expect(Math.max(...level(1)) - 30).toBeGreaterThan(1.3 * (Math.max(...level(0)) - 30));
  });

  it('carries no more than what has rained', () => {
    const runoff = runoffFrom(oneRain, () => 1);
    const passedMm = hours(8 * 24).reduce((sum, timeMs) => sum + runoff(timeMs), 0);
    expect(passedMm).toBeGreaterThan(10);
    expect(passedMm).toBeLessThan(30);
  });
});

describe('soil', () => {
  const wet = (celsius: number, afterDays: number): number =>
    soilWetnessFrom(oneRain, () => celsius)(startMs + afterDays * dayMs);

  it('is wet after rain and dries, in the heat faster than in the cold', () => {
    expect(wet(5, 0)).toBe(0);
    expect(wet(5, 0.5)).toBeGreaterThan(0.3);
    expect(wet(5, 5)).toBeLessThan(0.5 * wet(5, 0.5));
    expect(wet(25, 5)).toBeLessThan(0.5 * wet(5, 5));
    expect(wet(5, 5)).toBe(wet(10, 5));
  });
});

describe('a front', () => {
  const quarter = hours(90 * 24, Date.UTC(2026, 8, 1));
  const weather = quarter.map(sky.at);
  const rain = weather.map(({ rainMmH }) => rainMmH);

  it('brings rain, damp, wind and falling pressure together, and takes light and dust', () => {
    const withRain = (of: (one: (typeof weather)[number]) => number): number =>
      correlation(rain, weather.map(of));
    expect(withRain(({ pressureHpa }) => pressureHpa)).toBeLessThan(-0.2);
    expect(withRain(({ humidityPercent }) => humidityPercent)).toBeGreaterThan(0.1);
    expect(withRain(({ gustMS }) => gustMS)).toBeGreaterThan(0.2);
    expect(withRain(({ pm2_5UgM3 }) => pm2_5UgM3)).toBeLessThan(-0.3);
    expect(withRain(({ lightLux }) => lightLux)).toBeLessThan(0);
  });

  it('has air that can hold its water, and gusts above its wind', () => {
    for (const one of weather) {
      expect(one.gustMS).toBeGreaterThan(one.windMS);
      expect(vaporPressureHpa(one)).toBeGreaterThan(2);
      expect(vaporPressureHpa(one)).toBeLessThan(40);
    }
    // At 20 °C and 50 %: 11.7 hPa (WMO-No. 8, table 4.B.1 has 23.4 hPa for saturation).
    const [some] = weather;
    if (some === undefined) throw new Error('there is no weather');
    expect(vaporPressureHpa({ ...some, airTemperatureC: 20, humidityPercent: 50 })).toBeCloseTo(11.7, 1);
  });
});

describe('heat waves', () => {
  it('come in summer alone, in most pairs of years, and go again', () => {
    const years = [2024, 2025, 2026, 2027, 2028, 2029];
    const hotDays = (seed: number, year: number): number[] => {
      const heat = heatFrom(seed);
      return Array.from({ length: 365 }, (_, day) => Date.UTC(year, 0, 1 + day)).filter(
        (ms) => heat(ms) > 0.5,
      );
    };
    const all = [1, 2, 3].flatMap((seed) => years.map((year) => hotDays(seed, year)));
    for (const day of all.flat()) {
      expect(new Date(day).getUTCMonth()).toBeGreaterThanOrEqual(5);
      expect(new Date(day).getUTCMonth()).toBeLessThanOrEqual(8);
    }
    const perYear = all.flat().length / all.length;
    expect(perYear).toBeGreaterThan(6);
    expect(perYear).toBeLessThan(20);
  });

  it('are hot, dry and bright, and dry out the soil', () => {
    // The first hot day of seed 3's summers, at three in the afternoon, and the same without the heat.
    const heat = heatFrom(3);
    const hot = skyOver(3, { latitude: 51.15, longitude: 8.985 });
    const afternoons = Array.from({ length: 5 * 365 }, (_, day) => Date.UTC(2024, 0, 1 + day, 14));
    const summer = afternoons.filter((ms) => [6, 7].includes(new Date(ms).getUTCMonth()));
    const mean = (times: readonly number[], of: (ms: number) => number): number =>
      times.reduce((sum, ms) => sum + of(ms), 0) / times.length;
    const [in_, out] = [summer.filter((ms) => heat(ms) > 0.8), summer.filter((ms) => heat(ms) === 0)];
    const difference = (of: (ms: number) => number): number => mean(in_, of) - mean(out, of);
    expect(difference((ms) => hot.at(ms).airTemperatureC)).toBeGreaterThan(6);
    expect(mean(in_, (ms) => hot.at(ms).airTemperatureC)).toBeLessThan(38);
    expect(mean(in_, (ms) => hot.rainAt(ms))).toBeLessThan(0.05);
    expect(difference((ms) => hot.at(ms).lightLux)).toBeGreaterThan(0);
    expect(difference((ms) => hot.at(ms).humidityPercent)).toBeLessThan(-5);
    expect(difference((ms) => hot.soilWetness(ms))).toBeLessThan(-0.05);
  });
});
