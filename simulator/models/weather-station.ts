import type { Draw } from '../draw.ts';
import type { Total } from '../world/total.ts';
import { type Sky, vaporPressureHpa } from '../world/weather.ts';
import { decentlabHead, local } from './common.ts';
import type { Said } from './sensor.ts';

/** Lux of daylight for each W/m²: 110 to 130, by height of the sun and clouds (Littlefair, Lighting Res. Technol. 17, 1985). */
const luxPerWM2 = 120;
/** Thunder comes with heavy rain in warm air. */
const thunder = { fromMmH: 1.5, fromC: 14 };

/** Decentlab DL-ATM41G2 on a mast; rain and strikes are those since its last report, the rain of all time beside it. */
export const dlAtm41g2Said =
  (sky: Sky, draw: Draw, rainMm: Total) =>
  (timeMs: number, fCnt: number, sinceMs: number): Said => {
    const weather = sky.at(timeMs);
    const { airTemperatureC, rainMmH, windMS } = weather;
    const thunders = rainMmH > thunder.fromMmH && airTemperatureC > thunder.fromC;
    const strikes = thunders ? Math.floor(draw(fCnt, 1) * 4 * rainMmH) : 0;
    const rainedMm = rainMm.at(timeMs);
    const gauge = (mm: number): number => Math.round(1000 * mm) / 1000;
    return {
      data: {
        ...decentlabHead(draw),
        solar_radiation: weather.lightLux / luxPerWM2,
        precipitation: gauge(gauge(rainedMm) - gauge(rainMm.at(sinceMs))),
        lightning_strike_count: strikes,
        lightning_average_distance: strikes === 0 ? 0 : 3 + Math.floor(30 * draw(fCnt, 2)),
        wind_speed: windMS * (1 + 0.2 * local(draw, timeMs, 1)),
        wind_direction: weather.windFromDegrees,
        maximum_wind_speed: weather.gustMS * (1 + 0.2 * local(draw, timeMs, 1)),
        air_temperature: airTemperatureC + 0.5 * local(draw, timeMs, 2),
        vapor_pressure: vaporPressureHpa(weather) / 10,
        barometric_pressure: weather.pressureHpa / 10,
        relative_humidity: weather.humidityPercent,
        internal_temperature: airTemperatureC + weather.lightLux / 25_000,
        tilt_angle_x_orientation: 0.8 * (2 * draw(-3) - 1),
        tilt_angle_y_orientation: 0.8 * (2 * draw(-4) - 1),
        precipitation_electrical_conductivity: rainMmH > 0 ? 18 + Math.floor(12 * draw(fCnt, 3)) : 0,
        cumulative_precipitation: gauge(rainedMm),
        battery_voltage: 3.1,
      },
    };
  };
