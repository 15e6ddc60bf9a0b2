import { hourMs } from '../calendar.ts';
import { hourly } from './hourly.ts';

/** Rain counts for the river for so long. */
const hours = 7 * 24;
/** What runs off at once comes to the gauge after so many hours, at its most. */
const peakHours = 4;
/** What the ground lets go falls by 1/e in so many hours: the recession after a flood. */
const recessionHours = 42;
/** Of the rain on soil full of water so much runs off at once; on dust a quarter of that. */
const quickShare = 0.6;

/** Share of one hour's rain that passes the gauge so many hours later: a unit hydrograph of two parts, each of sum 1. */
function shareAfter(hour: number): { readonly quick: number; readonly slow: number } {
  const quick = (hour / peakHours ** 2) * Math.exp(-hour / peakHours);
  return { quick, slow: Math.exp(-hour / recessionHours) / recessionHours };
}
const shares = Array.from({ length: hours }, (_, hour) => shareAfter(hour + 0.5));

/**
 * What flows through the town's stream, in mm of rain on its valley per hour, at a moment (ms UTC): hours behind the
 * rain, and days until it has gone. Wet soil lets more of it run off.
 */
export function runoffFrom(
  rainAt: (timeMs: number) => number,
  wetnessAt: (timeMs: number) => number,
): (timeMs: number) => number {
  return hourly((timeMs) => {
    let runoffMmH = 0;
    for (const [hour, { quick, slow }] of shares.entries()) {
      const rainMs = timeMs - (hour + 0.5) * hourMs;
      const rainMmH = rainAt(rainMs);
      if (rainMmH === 0) continue;
      const atOnce = quickShare * (0.25 + 0.75 * wetnessAt(rainMs));
      runoffMmH += rainMmH * (atOnce * quick + 0.3 * (1 - atOnce) * slow);
    }
    return runoffMmH;
  });
}

/** The gauge: how high the water stands, in cm, where so much flows; a rating curve, so steep at first and then flatter. */
export function waterLevelCm(runoffMmH: number, lowCm: number): number {
  return lowCm + 120 * runoffMmH ** 0.6;
}
