import { defineProfile } from '../profile.ts';

export const browanTbsl100 = defineProfile({
  id: 'browan/tbsl100',
  names: ['Browan TBSL100'],
  source:
    'TheThingsNetwork/lorawan-devices, vendor/browan: tbsl100-codec.yaml, tbsl100.yaml (A-weighted levels)',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  // The keep-alive, with a level each; louder than its threshold it also reports in between.
  rhythm: { reporting: 'periodic', expectedIntervalS: 3600 },
  frame: {
    ports: {
      105: {
        kind: 'fixed',
        fields: [
          // Louder than the threshold.
          { key: 'status', raw: 'u8', bits: [0, 1] },
          {
            key: 'battery',
            at: 1,
            raw: 'u8',
            bits: [0, 4],
            offset: 25,
            divisor: 10,
            quantity: 'battery_voltage',
          },
          {
            key: 'temperatureBoard',
            at: 2,
            raw: 'u8',
            bits: [0, 7],
            offset: -32,
            quantity: 'device_temperature',
          },
          { key: 'decibel', at: 3, raw: 'u8', quantity: 'sound_level_la' },
        ],
      },
    },
  },
});
