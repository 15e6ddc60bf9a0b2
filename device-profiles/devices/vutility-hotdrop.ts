import { defineProfile } from '../profile.ts';
import type { Command, Field, ProportionField } from '../table.ts';

const average = { raw: 'u16be', at: 5 } as const;

/** So many per cent above or below the average, whose raw value is in tenths. */
const fromAverage = (factor: 1 | -1, rest: Omit<ProportionField, 'raw' | 'proportionTo'>): Field => {
  return { ...rest, raw: 'u8', factor, offset: 100, proportionTo: average, divisor: 1000 };
};

const belowZero = {
  raw: 'u8',
  at: 8,
  min: 101,
  text: 'Minimum amps is less than 0.',
  noReading: true,
} as const;
/** Below 3.4 V. */
const low = {
  raw: 'u8',
  at: 9,
  max: 173,
  text: 'Low capacitor voltage may reduce transmit interval.',
} as const;

// biome-ignore format: one field a line reads like the data sheet
const measurements: readonly Field[] = [
  { key: 'ampHourAccumulation', at: 1, raw: 'u32be', divisor: 10, quantity: 'electric_charge' },
  { key: 'averageAmps', ...average, divisor: 10, quantity: 'current' },
  fromAverage(1, { key: 'maximumAmps', at: 7, quantity: 'current_max' }),
  fromAverage(-1, { key: 'minimumAmps', at: 8, quantity: 'current_min', cautions: [belowZero] }),
  { key: 'capacitorVoltage', at: 9, raw: 'u8', factor: 5, divisor: 255, quantity: 'capacitor_voltage', cautions: [low] },
  { key: 'temperatureCelsius', at: 10, raw: 'u8', factor: 120, offset: -40 * 255, divisor: 255, quantity: 'device_temperature' },
];

const setting = (prefix: string, min: number, max: number): Command => {
  return { prefix, raw: 'f32le', min, max, suffix: '00000000' };
};

/** Seconds, milliseconds, volts. */
const byName: Readonly<Record<string, Command>> = {
  transmitIntervalSeconds: setting('5400', 60, 1800),
  measurementIntervalMs: setting('4D00', 200, 10_000),
  lowPowerThreshold: setting('5000', 2.1, 3.9),
  factoryReset: { bytes: '46000000000000000000' },
};

const packet = { 50: { kind: 'fixed', fields: measurements } } as const;

/** Nothing but whole frames is read. */
export const vutilityHotdrop = defineProfile({
  id: 'vutility/hotdrop',
  names: ['Vutility HotDrop'],
  source: 'chirpstack/chirpstack-device-profiles, vendors/vutility; examples: the Actility catalogue',
  theme: 'energy',
  lorawan: { macVersion: '1.0.2', deviceClass: 'A' },
  // The current it measures feeds it: with little of it the interval grows, up to half an hour.
  rhythm: { reporting: 'periodic', expectedIntervalS: 1800 },
  frame: {
    ports: {
      3: {
        kind: 'any-of',
        by: 'length',
        layouts: { 11: { kind: 'any-of', by: { raw: 'u8' }, layouts: packet } },
      },
    },
    commands: { fPort: 3, oneAtATime: true, byName },
  },
});
