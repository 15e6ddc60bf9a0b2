import { defineProfile } from '../profile.ts';

export const browanTbsl100 = defineProfile({
  id: 'browan/tbsl100',
  names: ['Browan TBSL100'],
  source:
    'TheThingsNetwork/lorawan-devices, vendor/browan: tbsl100-codec.yaml, tbsl100.yaml (A-weighted levels)',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  // The keep-alive, with a level each (reference manual, appendix 1); louder than its threshold it reports in between.
  rhythm: { reporting: 'periodic', expectedIntervalS: 300 },
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
          {
            key: 'decibel',
            at: 3,
            raw: 'u8',
            quantity: 'sound_level_la',
            // Reference manual, 4.1.2.
            cautions: [
              { raw: 'u8', at: 3, min: 255, text: 'the level could not be measured', noReading: true },
            ],
          },
        ],
      },
    },
    commands: {
      fPort: 204,
      // Seconds, seconds, dB(A).
      byName: {
        keep_alive_interval: { prefix: '00', raw: 'u16le', min: 15, max: 65_535 },
        detection_interval: { prefix: '01', raw: 'u16le', min: 15, max: 65_535 },
        threshold: { prefix: '02', raw: 'u8', min: 40, max: 100 },
      },
    },
  },
});
