import {
  battery,
  batteryRhythm,
  channel,
  milesightFrame,
  poweredOn,
  reboot,
  reportInterval,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

// That of the bin's inside: a fire shows in it.
const temperature: Field = {
  key: 'temperature',
  raw: 'i16le',
  divisor: 10,
  quantity: 'device_temperature',
};
// Measured from 3 cm to 4.5 m; a full bin's lid or no echo gives a number too.
const outOfReach = { raw: 'u16le', text: 'out of reach of the sensor', noReading: true } as const;
const distance: Field = {
  key: 'distance',
  raw: 'u16le',
  quantity: 'distance',
  cautions: [
    { ...outOfReach, max: 29 },
    { ...outOfReach, min: 4501 },
  ],
};

const alarm = (key: string): Field => ({
  key,
  at: 2,
  raw: 'u8',
  values: { 0: 'threshold_alarm_release', 1: 'threshold_alarm' },
});

export const milesightEm400Mud = defineProfile({
  id: 'milesight/em400-mud',
  names: ['Milesight EM400-MUD', 'Milesight EM400-UDL', 'Milesight EM310-UDL'],
  source: 'Milesight-IoT/SensorDecoders, em-series/em400-mud/README.md',
  theme: 'waste',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame(
    [
      battery,
      channel('03/67', temperature),
      channel('04/82', distance),
      channel('05/00', {
        key: 'position',
        raw: 'u8',
        values: { 0: 'normal', 1: 'tilt' },
        quantity: 'tilted',
        means: { normal: false, tilt: true },
      }),
      channel('83/67', temperature, alarm('temperature_alarm')),
      channel('84/82', distance, alarm('distance_alarm')),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(60, 64_800), reboot },
  ),
});
