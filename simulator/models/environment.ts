import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Room } from '../world/rooms.ts';
import type { Sky } from '../world/weather.ts';
import { batteryPercent, local } from './common.ts';
import type { Said } from './sensor.ts';

/** Milesight AM307 in a room. */
export const am307Said =
  (room: Room, sky: Sky, place: TownPlace) =>
  (timeMs: number): Said => {
    const { people, co2Ppm, temperatureC, humidityPercent, light } = room.at(timeMs);
    return {
      data: {
        battery: batteryPercent(place, timeMs),
        temperature: temperatureC,
        humidity: humidityPercent,
        pir: people > 0 ? 'trigger' : 'idle',
        light_level: light,
        co2: Math.round(co2Ppm),
        tvoc: Math.round(100 * (0.2 + co2Ppm / 2500)) / 100,
        pressure: sky.at(timeMs).pressureHpa,
      },
    };
  };

/** The sensor's words are 16 bits over its whole range; what lies between two of them cannot be said. */
const inWords = (value: number, span: number, base: number): number =>
  (span * Math.round(((value - base) * 65_536) / span)) / 65_536 + base;

/** Decentlab DL-PM outdoors; mass and number of particles keep the proportions of its makers' examples. */
export const dlPmSaid =
  (sky: Sky, draw: Draw) =>
  (timeMs: number): Said => {
    const { airTemperatureC, humidityPercent, pressureHpa, pm2_5UgM3 } = sky.at(timeMs);
    const fine = pm2_5UgM3 * (1 + 0.25 * local(draw, timeMs, 1));
    const tenths = (value: number): number => Math.round(10 * value) / 10;
    return {
      data: {
        protocol_version: 2,
        device_id: 1 + Math.floor(draw(-1) * 65_000),
        battery_voltage: 3.1,
        pm1_0_mass_concentration: tenths(fine * 0.8),
        pm2_5_mass_concentration: tenths(fine),
        pm4_mass_concentration: tenths(fine * 1.15),
        pm10_mass_concentration: tenths(fine * 1.4),
        typical_particle_size: 520,
        pm0_5_number_concentration: tenths(fine * 6.6),
        pm1_0_number_concentration: tenths(fine * 7.6),
        pm2_5_number_concentration: tenths(fine * 7.7),
        pm4_number_concentration: tenths(fine * 7.7),
        pm10_number_concentration: tenths(fine * 7.7),
        air_temperature: inWords(airTemperatureC + 0.8 * local(draw, timeMs, 2), 175.72, -46.85),
        // No word is 100 % exactly, and the next one is more than there can be.
        air_humidity: inWords(Math.min(99.99, humidityPercent + 2 * local(draw, timeMs, 3)), 125, -6),
        barometric_pressure: 2 * Math.round(50 * pressureHpa),
      },
    };
  };

/** Seeed S2120 outdoors, firmware 1: frames 01 and 02. */
export const s2120Said =
  (sky: Sky, draw: Draw) =>
  (timeMs: number): Said => {
    const weather = sky.at(timeMs);
    return {
      data: {
        'Air Temperature': weather.airTemperatureC + 0.8 * local(draw, timeMs, 2),
        'Air Humidity': Math.round(weather.humidityPercent),
        'Light Intensity': Math.round(weather.lightLux),
        'UV Index': weather.lightLux / 15_000,
        'Wind Speed': weather.windMS * (1 + 0.3 * local(draw, timeMs, 1)),
        'Wind Direction': Math.floor(weather.windFromDegrees),
        'Rain Gauge': weather.rainMmH,
        'Barometric Pressure': 10 * Math.round(10 * weather.pressureHpa),
      },
    };
  };

/** Milesight EM500-SMTC between the roots of a tree; each tree's soil holds another share of the water. */
export const em500SmtcSaid =
  (sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => {
    const [dryPercent, fullPercent] = [8 + 5 * draw(-1), 30 + 10 * draw(-2)];
    const moisture = dryPercent + (fullPercent - dryPercent) * sky.soilWetness(timeMs);
    return {
      data: {
        battery: batteryPercent(place, timeMs),
        temperature: Math.max(0.5, sky.soilTemperatureC(timeMs) + local(draw, timeMs, 1)),
        moisture,
        electricity: Math.round(120 + 14 * moisture),
      },
    };
  };
