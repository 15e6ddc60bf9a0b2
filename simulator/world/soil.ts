import { hourMs } from '../calendar.ts';

/** Rain of a three-hour step counts for the soil, for twenty days; in cold weather it drains by 1/e in five. */
const stepMs = 3 * hourMs;
const steps = (20 * 24 * hourMs) / stepMs;
const drainingMs = 5 * 24 * hourMs;
/** In summer sun and plants take water out too: so much faster for each degree of the day’s mean above that. */
const dryingFromC = 15;
const dryingPerC = 0.15;
/** So much rain at once would fill most of the upper soil, in mm. */
const fullMm = 45;
/** All trees of a town ask for the same two steps, one tree after the other. */
const rememberedMax = 16;

/**
 * How wet the upper soil is at a moment (ms UTC), 0 (dust) … 1 (full).
 * @param rainAt rain at a moment, in mm/h
 * @param warmthAt the day's mean temperature at a moment, in °C
 */
export function soilWetnessFrom(
  rainAt: (timeMs: number) => number,
  warmthAt: (timeMs: number) => number,
): (timeMs: number) => number {
  const remembered = new Map<number, number>();
  const workOut = (step: number): number => {
    let waterMm = 0;
    let goneMs = 0;
    for (let back = 1; back <= steps; back++) {
      const timeMs = (step - back) * stepMs;
      goneMs += stepMs * (1 + dryingPerC * Math.max(0, warmthAt(timeMs) - dryingFromC));
      waterMm += ((rainAt(timeMs) * stepMs) / hourMs) * Math.exp(-goneMs / drainingMs);
    }
    return 1 - Math.exp(-waterMm / fullMm);
  };
  const wetnessAt = (step: number): number => {
    const known = remembered.get(step);
    if (known !== undefined) return known;
    if (remembered.size >= rememberedMax) remembered.clear();
    const wetness = workOut(step);
    remembered.set(step, wetness);
    return wetness;
  };
  return (timeMs) => {
    const step = Math.floor(timeMs / stepMs);
    const share = timeMs / stepMs - step;
    return wetnessAt(step) * (1 - share) + wetnessAt(step + 1) * share;
  };
}
