import { batteryVoltage, decentlabFrame, word } from '../decentlab.ts';
import { defineProfile } from '../profile.ts';
import type { NumberField } from '../table.ts';

const mass = (index: number, name: string, quantity: NumberField['quantity'] & string) =>
  word(index, `${name}_mass_concentration`, { divisor: 10, quantity });

/** All particles up to that size; the channel is named as its mass quantity. */
const number = (index: number, name: string, channel: string) =>
  word(index, `${name}_number_concentration`, {
    divisor: 10,
    quantity: 'particle_number_concentration',
    channel,
  });

export const decentlabDlPm = defineProfile({
  id: 'decentlab/dl-pm',
  names: ['Decentlab DL-PM'],
  source: 'Decentlab DL-PM data sheet, protocol version 2; examples: decentlab/decentlab-decoders',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: decentlabFrame([
    [batteryVoltage],
    [
      mass(0, 'pm1_0', 'pm1'),
      mass(1, 'pm2_5', 'pm2_5'),
      mass(2, 'pm4', 'pm4'),
      mass(3, 'pm10', 'pm10'),
      word(4, 'typical_particle_size', { quantity: 'typical_particle_size' }),
      number(5, 'pm0_5', 'pm0_5'),
      number(6, 'pm1_0', 'pm1'),
      number(7, 'pm2_5', 'pm2_5'),
      number(8, 'pm4', 'pm4'),
      number(9, 'pm10', 'pm10'),
    ],
    [
      // Sensirion SHT21 formulas.
      word(0, 'air_temperature', { factor: 175.72 / 65_536, offset: -46.85, quantity: 'air_temperature' }),
      word(1, 'air_humidity', { factor: 125 / 65_536, offset: -6, quantity: 'relative_humidity' }),
    ],
    // Words of 2 Pa.
    [word(0, 'barometric_pressure', { factor: 2, quantity: 'air_pressure', quantityDivisor: 50 })],
  ]),
});
