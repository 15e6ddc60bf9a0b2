import { defineProfile } from '../profile.ts';
import type { Caution, Field, NumberField } from '../table.ts';

const mode = { raw: 'u8', at: 10, bits: [7, 1] } as const;
const noSoilProbe: Caution = {
  raw: 'u8',
  at: 10,
  bits: [4, 1],
  max: 0,
  text: 'no soil probe',
  noReading: true,
};
const noProbe: Caution = { raw: 'i16be', at: 2, min: 0x7fff, text: 'no external probe', noReading: true };
const tooMuch: Caution = { raw: 'u16be', at: 8, min: 0xffff, text: 'out of range', noReading: true };

/** A soil word in mode 0, by its quantity. */
const measured = (quantity: NumberField['quantity'] & string, rest: Omit<NumberField, 'quantity'>): Field => {
  return { cautions: [noSoilProbe], ...rest, quantity, when: { ...mode, max: 0 } };
};
/** A soil word in mode 1. */
const unscaled = (key: string, at: number, divisor = 1): Field => {
  return { key, at, raw: 'u16be', divisor, when: { ...mode, min: 1 } };
};

const fields: readonly Field[] = [
  { key: 'BatV', raw: 'u16be', bits: [0, 14], divisor: 1000, quantity: 'battery_voltage' },
  // biome-ignore format: one field a line reads like the data sheet
  { key: 'temp_DS18B20', at: 2, raw: 'i16be', divisor: 10, quantity: 'probe_temperature', cautions: [noProbe] },
  // The last byte first: it tells what the others are.
  { key: 'i_flag', at: 10, raw: 'u8', bits: [0, 4] },
  { key: 's_flag', at: 10, raw: 'u8', bits: [4, 1] },
  { key: 'Mod', ...mode },
  measured('soil_moisture', { key: 'water_SOIL', at: 4, raw: 'u16be', divisor: 100 }),
  measured('soil_temperature', { key: 'temp_SOIL', at: 6, raw: 'i16be', divisor: 100 }),
  measured('electrical_conductivity', {
    key: 'conduct_SOIL',
    at: 8,
    raw: 'u16be',
    cautions: [noSoilProbe, tooMuch],
  }),
  unscaled('Soil_dielectric_constant', 4, 10),
  unscaled('Raw_water_SOIL', 6),
  unscaled('Raw_conduct_SOIL', 8),
];

export const draginoLse01 = defineProfile({
  id: 'dragino/lse01',
  names: ['Dragino LSE01'],
  source: 'Dragino LSE01 user manual; dragino/dragino-end-node-decoder, LSE01 (decoder 1.2.1, firmware 1.2)',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 1200 },
  frame: {
    ports: { 2: { kind: 'fixed', fields } },
    commands: {
      fPort: 2,
      oneAtATime: true,
      // The interval in seconds.
      byName: {
        transmit_interval: { prefix: '01', raw: 'u24be', min: 1, max: 0xff_ffff },
        reset: { bytes: '04FF' },
      },
    },
  },
});
