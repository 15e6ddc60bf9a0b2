import {
  airHumidity,
  airTemperature,
  battery,
  batteryRhythm,
  channel,
  historyRecord,
  milesightFrame,
  poweredOn,
  reboot,
  reportInterval,
  timestamp,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { ChoiceField, Field, NumberField } from '../table.ts';

const gpio: ChoiceField = {
  key: 'gpio',
  raw: 'u8',
  values: { 0: 'low', 1: 'high' },
  quantity: 'digital_input',
  means: { low: false, high: true },
};
const pulse: NumberField = { key: 'pulse', raw: 'u32le', quantity: 'pulse_count' };

/** Litres, m³ or kWh: what was set is not sent. */
const meter = (at: number): readonly Field[] => [
  { key: 'water_conv', at, raw: 'u16le', divisor: 10 },
  { key: 'pulse_conv', at: at + 2, raw: 'u16le', divisor: 10 },
  { key: 'water', at: at + 4, float32: 'le', quantity: 'meter_reading' },
];
const waterAlarms = {
  1: 'water outage timeout alarm',
  2: 'water outage timeout alarm release',
  3: 'water flow timeout alarm',
  4: 'water flow timeout alarm release',
} as const;

/** The input is a level or a counter: by this byte of a history record. */
const inputIs = (at: number, code: number) => ({ raw: 'u8', at, min: code, max: code }) as const;
const inputKind = (at: number): Field => ({
  key: 'gpio_type',
  at,
  raw: 'u8',
  values: { 1: 'gpio', 2: 'counter' },
});

export const milesightEm300Di = defineProfile({
  id: 'milesight/em300-di',
  names: ['Milesight EM300-DI'],
  source: 'Milesight-IoT/SensorDecoders, em-series/em300-di/README.md',
  theme: 'energy',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame(
    [
      battery,
      channel('03/67', airTemperature),
      channel('04/68', airHumidity),
      channel('05/00', gpio),
      channel('05/C8', pulse),
      channel('05/E1', ...meter(0)),
      channel('85/00', gpio, {
        key: 'gpio_alarm',
        at: 1,
        raw: 'u8',
        values: { 0: 'gpio alarm release', 1: 'gpio alarm' },
      }),
      channel('85/E1', ...meter(0), { key: 'water_alarm', at: 8, raw: 'u8', values: waterAlarms }),
      historyRecord(
        '20/CE',
        timestamp,
        { ...airTemperature, at: 4 },
        { ...airHumidity, at: 6 },
        inputKind(7),
        { ...gpio, at: 8, when: inputIs(7, 1) },
        { ...pulse, at: 9, when: inputIs(7, 2) },
      ),
      historyRecord(
        '21/CE',
        timestamp,
        { ...airTemperature, at: 4 },
        { ...airHumidity, at: 6 },
        {
          key: 'alarm',
          at: 7,
          raw: 'u8',
          values: { 0: 'none', ...waterAlarms, 5: 'gpio alarm', 6: 'gpio alarm release' },
        },
        inputKind(8),
        { ...gpio, at: 9, when: inputIs(8, 1) },
        ...meter(10).map((field) => ({ ...field, when: inputIs(8, 2) })),
      ),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(60, 64_800), reboot },
  ),
});
