import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Room, RoomAir } from '../world/rooms.ts';
import type { Sky } from '../world/weather.ts';
import { batteryPercent, batteryVolts, decentlabHead, local } from './common.ts';
import type { Said } from './sensor.ts';

/** Illuminance of a desk for each of a room's levels of light, in lux. */
const luxOfLight = [0, 25, 120, 320, 480, 800];

const luxOf = ({ light }: RoomAir): number => luxOfLight[light] ?? 0;
/** How often somebody moved, in the time of one report. */
const motionsOf = ({ people }: RoomAir, draw: Draw, fCnt: number): number =>
  people === 0 ? 0 : 1 + Math.floor(people * (10 + 30 * draw(fCnt, 1)));
/** Volatile organic compounds come from people and their things, as carbon dioxide does. */
const tvocPpbOf = ({ co2Ppm }: RoomAir): number => Math.round(60 + (co2Ppm - 400) * 0.35);

/** Milesight AM319; the two kinds of it differ in their ninth value, in ppm or mg/m³. */
export const am319Said =
  (room: Room, sky: Sky, draw: Draw, place: TownPlace, ninth: 'o3' | 'hcho') =>
  (timeMs: number): Said => {
    const air = room.at(timeMs);
    const { pm2_5UgM3, pressureHpa, heat, lightLux } = sky.at(timeMs);
    // Dust comes in by the windows, and people stir it up.
    const fine = pm2_5UgM3 * 0.6 * (1 + air.people) * (1 + 0.2 * local(draw, timeMs, 1));
    const gas =
      ninth === 'o3'
        ? { o3: 0.01 + 0.02 * (lightLux / 110_000) + 0.03 * heat }
        : { hcho: 0.01 + 0.02 * draw(-1) + 0.001 * Math.max(0, air.temperatureC - 18) };
    return {
      data: {
        temperature: air.temperatureC,
        humidity: air.humidityPercent,
        pir: air.people > 0 ? 'trigger' : 'idle',
        light_level: air.light,
        co2: Math.round(air.co2Ppm),
        tvoc: Math.round(100 * (0.2 + air.co2Ppm / 2500)) / 100,
        pressure: pressureHpa,
        pm2_5: Math.round(fine),
        pm10: Math.round(1.5 * fine),
        ...gas,
        battery: batteryPercent(place, timeMs),
        buzzer_status: 'off',
      },
    };
  };

/** Decentlab DL-IAM in a room. */
export const dlIamSaid =
  (room: Room, sky: Sky, draw: Draw) =>
  (timeMs: number, fCnt: number): Said => {
    const air = room.at(timeMs);
    const infrared = Math.round(luxOf(air) * 0.25);
    // By the formula of its data sheet both words together give the lux.
    const visible = Math.round(luxOf(air) / 1.5504 + 1.64 * infrared);
    return {
      data: {
        ...decentlabHead(draw),
        battery_voltage: 3,
        air_temperature: air.temperatureC,
        air_humidity: air.humidityPercent,
        barometric_pressure: 100 * sky.at(timeMs).pressureHpa,
        ambient_light_visible_infrared: visible,
        ambient_light_infrared: infrared,
        co2_concentration: Math.round(air.co2Ppm),
        co2_sensor_status: 0,
        raw_ir_reading: 38_000 - Math.round(2 * air.co2Ppm),
        activity_counter: motionsOf(air, draw, fCnt),
        total_voc: tvocPpbOf(air),
      },
    };
  };

/** ELSYS ERS CO2 Sound: lessons are heard, and breaks are louder. */
export const ersSaid =
  (room: Room, draw: Draw, place: TownPlace) =>
  (timeMs: number, fCnt: number): Said => {
    const air = room.at(timeMs);
    const soundAvg = Math.round(32 + (air.people > 0 ? 20 + 10 * air.people : 0) + 5 * draw(fCnt, 2));
    return {
      data: {
        temperature: air.temperatureC,
        humidity: Math.round(air.humidityPercent),
        light: Math.round(luxOf(air)),
        motion: motionsOf(air, draw, fCnt),
        co2: Math.round(air.co2Ppm),
        vdd: Math.round(1000 * batteryVolts(place, timeMs)),
        occupancy: air.people > 0 ? 2 : 0,
        soundPeak: soundAvg + 8 + Math.floor(14 * draw(fCnt, 3)),
        soundAvg,
      },
    };
  };
