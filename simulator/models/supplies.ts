import { type Draw, smooth } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Switched } from '../world/supplies.ts';
import type { Total } from '../world/total.ts';
import type { Sky } from '../world/weather.ts';
import { batteryPercent, local } from './common.ts';
import type { Said } from './sensor.ts';

const mainsV = 230;
/** Of electronics and LED lamps. */
const powerFactor = 0.94;

/** What the meter room is like: a cellar, whose year is half as warm and half as cold. */
function cellar(sky: Sky, draw: Draw, place: TownPlace, timeMs: number) {
  const { humidityPercent } = sky.at(timeMs);
  return {
    battery: batteryPercent(place, timeMs),
    temperature: 13 + 0.4 * (sky.soilTemperatureC(timeMs) - 9.5) + 0.5 * local(draw, timeMs, 1),
    humidity: Math.min(85, 45 + 0.25 * humidityPercent + 2 * local(draw, timeMs, 2)),
  };
}

/** Milesight EM300-DI at a water meter, converting to m³: ten litres a pulse. */
export const em300DiWaterSaid =
  (litres: Total, sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => ({
    data: {
      ...cellar(sky, draw, place, timeMs),
      water_conv: 1,
      pulse_conv: 100,
      water: Math.floor(litres.at(timeMs) / 10) / 100,
    },
  });

/** Milesight EM300-DI at a gas meter, counting: a hundredth of a m³ a pulse, as diaphragm meters give. */
export const em300DiGasSaid =
  (m3: Total, sky: Sky, draw: Draw, place: TownPlace) =>
  (timeMs: number): Said => ({
    data: { ...cellar(sky, draw, place, timeMs), pulse: Math.floor(100 * m3.at(timeMs)) },
  });

/** What a device that switches the mains measures of it. */
function mains(load: Switched, draw: Draw, timeMs: number) {
  const powerW = Math.round(load.powerW(timeMs));
  const voltage = mainsV + 4 * smooth(draw, timeMs / 3_600_000 + 5000);
  return {
    currentMa: Math.round((1000 * powerW) / (voltage * powerFactor)),
    common: {
      power_factor: powerW > 0 ? 100 * powerFactor : 0,
      voltage,
      power_consumption: Math.floor(load.energyWh(timeMs)),
      active_power: powerW,
    },
  };
}

const onOff = (on: boolean | undefined): 'on' | 'off' => (on === true ? 'on' : 'off');

/** Milesight WS523, a socket. */
export const ws523Said =
  (load: Switched, draw: Draw) =>
  (timeMs: number): Said => {
    const { currentMa, common } = mains(load, draw, timeMs);
    return { data: { socket_status: onOff(load.on(timeMs)[0]), current: currentMa, ...common } };
  };

/** Milesight WS558, eight switches. */
export const ws558Said =
  (load: Switched, draw: Draw) =>
  (timeMs: number): Said => {
    const { currentMa, common } = mains(load, draw, timeMs);
    const switches = load.on(timeMs).map((on, index) => [`switch_${index + 1}`, onOff(on)] as const);
    return { data: { ...Object.fromEntries(switches), total_current: currentMa, ...common } };
  };
