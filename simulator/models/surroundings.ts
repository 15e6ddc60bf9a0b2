import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Bin } from '../world/bins.ts';
import type { Noise } from '../world/noise.ts';
import type { Sky } from '../world/weather.ts';
import { batteryPercent, batteryVolts } from './common.ts';
import type { Said } from './sensor.ts';

/** Milesight EM400-MUD below the lid of a bin: down to what lies in it. */
export const em400MudSaid =
  (binAt: (timeMs: number) => Bin, sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number, fCnt: number): Said => {
    const { fill, tilted } = binAt(timeMs);
    const depthMm = 900 + 500 * draw(-2);
    // It cannot see what is nearer than 3 cm.
    const distance = Math.max(35, Math.round(depthMm * (1 - fill) + 25 * (draw(fCnt) - 0.5)));
    const { airTemperatureC, lightLux } = sky.at(timeMs);
    return {
      data: {
        battery: batteryPercent(place, timeMs),
        temperature: airTemperatureC + lightLux / 12_000,
        distance,
        position: tilted ? 'tilt' : 'normal',
      },
    };
  };

/** Milesight WS302, set to A-weighting and fast. */
export const ws302Said =
  (noiseAt: (timeMs: number) => Noise, place: TownPlace) =>
  (timeMs: number): Said => {
    const { momentaryDb, equivalentDb, loudestDb } = noiseAt(timeMs);
    return {
      data: {
        battery: batteryPercent(place, timeMs),
        LAF: momentaryDb,
        LAeq: equivalentDb,
        LAFmax: loudestDb,
      },
    };
  };

/** Browan TBSL100: what it hears at the moment. */
export const tbsl100Said =
  (noiseAt: (timeMs: number) => Noise, sky: Sky, place: TownPlace) =>
  (timeMs: number): Said => ({
    data: {
      status: 0,
      battery: batteryVolts(place, timeMs),
      temperatureBoard: Math.round(sky.at(timeMs).airTemperatureC + 1),
      decibel: Math.round(noiseAt(timeMs).momentaryDb),
    },
  });
