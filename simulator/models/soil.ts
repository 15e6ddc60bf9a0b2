import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Sky } from '../world/weather.ts';
import { batteryVolts, decentlabHead, local } from './common.ts';
import type { Said } from './sensor.ts';

const hourMs = 3_600_000;

/** Soil at a depth: what comes from above comes later there, and less of it. */
function soilAt(sky: Sky, timeMs: number, depthCm: number): { wetness: number; temperatureC: number } {
  const lateMs = depthCm * 1.2 * hourMs;
  const kept = Math.exp(-depthCm / 60);
  return {
    wetness: 0.45 + (sky.soilWetness(timeMs - lateMs) - 0.45) * kept,
    temperatureC: 9.5 + (sky.soilTemperatureC(timeMs - lateMs) - 9.5) * Math.exp(-depthCm / 250),
  };
}

/** Dragino LSE01 among roots, with a probe in the air above them. */
export const lse01Said =
  (sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => {
    const { wetness, temperatureC } = soilAt(sky, timeMs, 15);
    const moisturePercent = 9 + 24 * wetness + 1.5 * local(draw, timeMs, 3);
    return {
      data: {
        BatV: batteryVolts(place, timeMs),
        temp_DS18B20: sky.at(timeMs).airTemperatureC + 0.8 * local(draw, timeMs, 2),
        i_flag: 0,
        s_flag: 1,
        Mod: 0,
        water_SOIL: moisturePercent,
        temp_SOIL: temperatureC + 0.5 * local(draw, timeMs, 1),
        conduct_SOIL: Math.round(110 + 15 * moisturePercent),
      },
    };
  };

const depths = [0, 1, 2, 3, 4, 5, 6, 7];
const betweenDepthsCm = 10;

/** Decentlab DL-SMTP: a stake with eight sensors, one below the other. */
export const dlSmtpSaid =
  (sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => ({
    data: {
      ...decentlabHead(draw),
      ...Object.fromEntries(
        depths.flatMap((depth) => {
          const { wetness, temperatureC } = soilAt(sky, timeMs, 5 + depth * betweenDepthsCm);
          const moisture = 0.1 + 0.26 * wetness + 0.02 * (draw(-10 - depth) - 0.5);
          return [
            [`soil_moisture_at_depth_${depth}`, moisture],
            [`soil_temperature_at_depth_${depth}`, temperatureC],
          ];
        }),
      ),
      battery_voltage: batteryVolts(place, timeMs) - 0.4,
    },
  });
