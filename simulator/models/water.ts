import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import { waterLevelCm } from '../world/river.ts';
import type { Sky } from '../world/weather.ts';
import { batteryPercent, batteryVolts, decentlabHead } from './common.ts';
import type { Said } from './sensor.ts';

/** How high the stream stands at a gauge when it has not rained for long, in cm. */
const lowCm = (draw: Draw): number => 25 + 30 * draw(-20);
/** A bridge is so high above the bed; the highest flood stays below it. */
const bridgeCm = 480;

const levelCm = (sky: Sky, draw: Draw, timeMs: number): number =>
  Math.min(bridgeCm - 40, waterLevelCm(sky.runoffMmH(timeMs), lowCm(draw)));

/** Milesight EM500-SWL in the stream: centimetres above its bed. */
export const em500SwlSaid =
  (sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => ({
    data: { battery: batteryPercent(place, timeMs), depth: Math.round(levelCm(sky, draw, timeMs)) },
  });

/** Decentlab DL-MBX below a bridge: millimetres down to the water, the fewer the higher it stands. */
export const dlMbxSaid =
  (sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number, fCnt: number): Said => ({
    data: {
      ...decentlabHead(draw),
      distance: Math.round(10 * (bridgeCm - levelCm(sky, draw, timeMs)) + 6 * (draw(fCnt) - 0.5)),
      number_of_valid_samples: 8 + Math.floor(3 * draw(fCnt, 1)),
      battery_voltage: batteryVolts(place, timeMs) - 0.4,
    },
  });
