import {
  airHumidity,
  airTemperature,
  battery,
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
import type { ChoiceField, NumberField } from '../table.ts';

const gpio: ChoiceField = {
  key: 'gpio',
  raw: 'u8',
  values: { 0: 'low', 1: 'high' },
  quantity: 'digital_input',
  means: { low: false, high: true },
};
const pulse: NumberField = { key: 'pulse', raw: 'u32le', quantity: 'pulse_count' };

/** The input is a level or a counter: by this byte of a history record. */
const inputIs = (code: number) => ({ raw: 'u8', at: 7, min: code, max: code }) as const;

export const milesightEm300Di = defineProfile({
  id: 'milesight/em300-di',
  names: ['Milesight EM300-DI'],
  source: 'Milesight-IoT/SensorDecoders, em-series/em300-di/README.md',
  theme: 'energy',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      battery,
      channel('03/67', airTemperature),
      channel('04/68', airHumidity),
      channel('05/00', gpio),
      channel('05/C8', pulse),
      channel(
        '05/E1',
        { key: 'water_conv', raw: 'u16le', divisor: 10 },
        { key: 'pulse_conv', at: 2, raw: 'u16le', divisor: 10 },
        // Litres, m³ or kWh: what was set is not sent.
        { key: 'water', at: 4, float32: 'le', quantity: 'meter_reading' },
      ),
      channel('85/00', gpio, {
        key: 'gpio_alarm',
        at: 1,
        raw: 'u8',
        values: { 0: 'gpio alarm release', 1: 'gpio alarm' },
      }),
      historyRecord(
        '20/CE',
        timestamp,
        { ...airTemperature, at: 4 },
        { ...airHumidity, at: 6 },
        { key: 'gpio_type', at: 7, raw: 'u8', values: { 1: 'gpio', 2: 'counter' } },
        { ...gpio, at: 8, when: inputIs(1) },
        { ...pulse, at: 9, when: inputIs(2) },
      ),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(60, 64_800), reboot },
  ),
});
