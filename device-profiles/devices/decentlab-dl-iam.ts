import { batteryVoltage, centredWord, decentlabFrame, word } from '../decentlab.ts';
import { defineProfile } from '../profile.ts';

/** A weighted sum of both light words, from here to lux. */
const lux = (visibleInfrared: number, infrared: number) =>
  [
    { raw: 'u16be', at: 0, weight: 1.5504 * visibleInfrared },
    { raw: 'u16be', at: 2, weight: 1.5504 * infrared },
  ] as const;

export const decentlabDlIam = defineProfile({
  id: 'decentlab/dl-iam',
  names: ['Decentlab DL-IAM'],
  source: 'Decentlab DL-IAM data sheet, protocol version 2; examples: decentlab/decentlab-decoders',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: decentlabFrame([
    [batteryVoltage],
    [
      // Sensirion SHT3x formulas.
      word(0, 'air_temperature', {
        factor: 175,
        offset: -45 * 65_535,
        divisor: 65_535,
        quantity: 'air_temperature',
      }),
      word(1, 'air_humidity', { factor: 100, divisor: 65_535, quantity: 'relative_humidity' }),
    ],
    // Words of 2 Pa.
    [word(0, 'barometric_pressure', { factor: 2, quantity: 'air_pressure', quantityDivisor: 50 })],
    [
      word(0, 'ambient_light_visible_infrared', {}),
      word(1, 'ambient_light_infrared', {}),
      {
        key: 'illuminance',
        largestSum: [lux(1, -1.64), lux(0.59, -0.86), []],
        quantity: 'light_illuminance',
        cautions: [
          { raw: 'u16be', at: 0, min: 65_535, text: 'the light sensor is at its limit', noReading: true },
        ],
      },
    ],
    [
      centredWord(0, 'co2_concentration', {
        quantity: 'co2',
        cautions: [{ raw: 'u16be', at: 2, min: 1, text: 'the CO2 sensor reports a fault', noReading: true }],
      }),
      word(1, 'co2_sensor_status', {}),
      word(2, 'raw_ir_reading', {}),
    ],
    // Since the last uplink.
    [word(0, 'activity_counter', { quantity: 'motion_count' })],
    [word(0, 'total_voc', { quantity: 'tvoc_fraction' })],
  ]),
});
