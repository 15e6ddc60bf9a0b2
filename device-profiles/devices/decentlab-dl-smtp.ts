import { batteryVoltage, centredWord, decentlabFrame, word } from '../decentlab.ts';
import { defineProfile } from '../profile.ts';
import type { Caution, Field } from '../table.ts';

/** The first is nearest the surface; how deep each lies is the installation's affair. */
const depths = [0, 1, 2, 3, 4, 5, 6, 7];

/** Zero is sent for a depth without a sensor. */
const missing = (at: number): Caution[] => [
  { raw: 'u16be', at, max: 0, text: 'no sensor at this depth', noReading: true },
];

const sensors = depths.flatMap((depth): Field[] => [
  // A ratio, and 1 is 100 %.
  word(2 * depth, `soil_moisture_at_depth_${depth}`, {
    offset: -2500,
    divisor: 500,
    quantity: 'soil_moisture',
    quantityOffset: -2500,
    quantityDivisor: 5,
    channel: `depth_index_${depth}`,
    cautions: missing(4 * depth),
  }),
  centredWord(2 * depth + 1, `soil_temperature_at_depth_${depth}`, {
    divisor: 100,
    quantity: 'soil_temperature',
    channel: `depth_index_${depth}`,
    cautions: missing(4 * depth + 2),
  }),
]);

export const decentlabDlSmtp = defineProfile({
  id: 'decentlab/dl-smtp',
  names: ['Decentlab DL-SMTP'],
  source: 'Decentlab DL-SMTP data sheet, protocol version 2; examples: decentlab/decentlab-decoders',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: decentlabFrame([sensors, [batteryVoltage]]),
});
