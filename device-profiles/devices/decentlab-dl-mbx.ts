import { batteryVoltage, decentlabFrame, word } from '../decentlab.ts';
import { defineProfile } from '../profile.ts';

export const decentlabDlMbx = defineProfile({
  id: 'decentlab/dl-mbx',
  names: ['Decentlab DL-MBX'],
  source: 'Decentlab DL-MBX data sheet, protocol version 2; examples: decentlab/decentlab-decoders',
  theme: 'water',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: decentlabFrame([
    [
      word(0, 'distance', {
        quantity: 'distance',
        cautions: [{ raw: 'u16be', at: 2, max: 0, text: 'no echo', noReading: true }],
      }),
      word(1, 'number_of_valid_samples', {}),
    ],
    [batteryVoltage],
  ]),
});
