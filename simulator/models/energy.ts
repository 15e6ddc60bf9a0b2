import { type Draw, smooth } from '../draw.ts';
import type { Load } from '../world/charging.ts';
import type { Said } from './sensor.ts';

/** Volts between a phase and neutral, as EN 50160 has it; chargers and buildings load all three phases alike. */
const mainsV = 230;
const phases = 3;

const amperesOf = (load: Load, timeMs: number): number => load.powerW(timeMs) / (phases * mainsV);
const ampereHoursOf = (load: Load, timeMs: number): number => load.energyWh(timeMs) / (phases * mainsV);

/** Milesight CT103, clamped around one conductor of three. */
export const ct103Said =
  (load: Load) =>
  (timeMs: number): Said => ({
    data: { total_current: ampereHoursOf(load, timeMs), current: amperesOf(load, timeMs) },
  });

/** Milesight CT305, one clamp for each phase. */
export const ct305Said =
  (load: Load) =>
  (timeMs: number): Said => {
    const amperes = amperesOf(load, timeMs);
    const ampereHours = ampereHoursOf(load, timeMs);
    return {
      data: {
        current_chn1: amperes,
        current_chn2: amperes,
        current_chn3: amperes,
        current_chn1_total: ampereHours,
        current_chn2_total: ampereHours,
        current_chn3_total: ampereHours,
      },
    };
  };

/** Yobiiq EM4301: the registers of its makers' examples, and power per phase. */
export const em4301Said =
  (load: Load, draw: Draw) =>
  (timeMs: number, fCnt: number): Said => {
    const wholeW = Math.round(load.powerW(timeMs));
    const phaseW = Math.round(wholeW / phases);
    const phaseV = (phase: number): number => mainsV + 4 * smooth(draw, timeMs / 3_600_000 + 1000 * phase);
    const [l1, l2, l3] = [phaseV(1), phaseV(2), phaseV(3)];
    return {
      data: {
        index: fCnt,
        timestamp: Math.floor(timeMs / 1000),
        activeEnergyImportL123T1: Math.round(load.energyWh(timeMs)),
        voltageL1N: l1,
        voltageL2N: l2,
        voltageL3N: l3,
        currentL1: Math.round((1000 * phaseW) / l1),
        currentL2: Math.round((1000 * phaseW) / l2),
        currentL3: Math.round((1000 * phaseW) / l3),
        activePowerL123: wholeW,
        activePowerL1: phaseW,
        activePowerL2: phaseW,
        activePowerL3: phaseW,
        frequency: 50 + 0.04 * smooth(draw, timeMs / 60_000),
      },
    };
  };

/** Vutility HotDrop around one conductor of three; the current it measures feeds it. */
export const hotdropSaid =
  (load: Load, draw: Draw) =>
  (timeMs: number, fCnt: number): Said => {
    // It says tenths of an ampere, and its extremes in whole per cent beside them.
    const tenths = Math.round(10 * amperesOf(load, timeMs));
    const beside = (percent: number): number => (tenths * (100 + Math.floor(percent))) / 1000;
    return {
      data: {
        ampHourAccumulation: ampereHoursOf(load, timeMs),
        averageAmps: tenths / 10,
        maximumAmps: beside(2 + 10 * draw(fCnt)),
        minimumAmps: beside(-2 - 10 * draw(fCnt, 1)),
        capacitorVoltage: 3.7 + Math.min(1, tenths / 200),
        temperatureCelsius: 24 + Math.min(20, tenths / 40),
      },
    };
  };
