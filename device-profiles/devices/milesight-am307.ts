import { battery, channel, historyRecord, milesightFrame, timestamp } from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Field, NumberField } from '../table.ts';

const temperature: Field = { key: 'temperature', raw: 'i16le', divisor: 10, quantity: 'air_temperature' };
const humidity: NumberField = { key: 'humidity', raw: 'u8', divisor: 2, quantity: 'relative_humidity' };
const pir: Field = {
  key: 'pir',
  raw: 'u8',
  values: { 0: 'idle', 1: 'trigger' },
  quantity: 'motion',
  means: { idle: false, trigger: true },
};
const light: Field = { key: 'light_level', raw: 'u8', quantity: 'light_level' };
const co2: Field = { key: 'co2', raw: 'u16le', quantity: 'co2' };
const pressure: Field = { key: 'pressure', raw: 'u16le', divisor: 10, quantity: 'air_pressure' };
// One key for two things, an index or µg/m³: which it is depends on the channel, so each has its own quantity.
const iaq: Field = { key: 'tvoc', raw: 'u16le', divisor: 100, quantity: 'iaq_index' };
const tvoc: Field = { key: 'tvoc', raw: 'u16le', quantity: 'tvoc' };

const past = (id: string, volatiles: Field) =>
  historyRecord(
    id,
    timestamp,
    { ...temperature, at: 4 },
    { ...humidity, at: 6, raw: 'u16le' },
    { ...pir, at: 8 },
    { ...light, at: 9 },
    { ...co2, at: 10 },
    { ...volatiles, at: 12 },
    { ...pressure, at: 14 },
  );

/** Milesight-IoT/SensorDecoders, am-series/am307/README.md. */
export const milesightAm307 = defineProfile({
  id: 'milesight/am307',
  names: ['Milesight AM307'],
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      battery,
      channel('03/67', temperature),
      channel('04/68', humidity),
      channel('05/00', pir),
      channel('06/CB', light),
      channel('07/7D', co2),
      channel('08/7D', iaq),
      channel('08/E6', tvoc),
      channel('09/73', pressure),
      channel('0E/01', { key: 'buzzer_status', raw: 'u8', values: { 0: 'off', 1: 'on' } }),
      past('20/CE', iaq),
      past('21/CE', tvoc),
      // The vendor knows no word for FF, which the device usually sends.
      channel('FF/0B', { key: 'device_status', raw: 'u8', values: { 0: 'off', 1: 'on', 255: 'unknown' } }),
    ],
    { report_interval: { prefix: 'FF03', raw: 'u16le', min: 1, max: 65_535 }, reboot: { bytes: 'FF10FF' } },
  ),
});
