/**
 * What Milesight's ambience sensors (AM series) have in common. Source: README tables of Milesight-IoT/SensorDecoders,
 * am-series.
 */
import {
  airHumidity,
  airTemperature,
  battery,
  channel,
  historyRecord,
  milesightFrame,
  reboot,
  reportInterval,
  timestamp,
} from './milesight.ts';
import type { Channel, Field, FrameTable, NumberField } from './table.ts';

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
const tvoc: Field = { key: 'tvoc', raw: 'u16le', quantity: 'tvoc', exactly: true };

/** What all of them measure, in the order they send it. */
export const ambience: readonly Channel[] = [
  channel('03/67', airTemperature),
  channel('04/68', airHumidity),
  channel('05/00', pir),
  channel('06/CB', light),
  channel('07/7D', co2),
  channel('08/7D', iaq),
  channel('08/E6', tvoc),
  channel('09/73', pressure),
];

/** The two kinds of history record; `further` are fields behind those all have, from offset 16. */
export function ambienceHistory(...further: Field[]): Channel[] {
  const past = (id: string, volatiles: Field) =>
    historyRecord(
      id,
      timestamp,
      { ...airTemperature, at: 4 },
      { ...airHumidity, at: 6, raw: 'u16le' },
      { ...pir, at: 8 },
      { ...light, at: 9 },
      { ...co2, at: 10 },
      { ...volatiles, at: 12 },
      { ...pressure, at: 14 },
      ...further,
    );
  return [past('20/CE', iaq), past('21/CE', tvoc)];
}

export const buzzer = channel('0E/01', { key: 'buzzer_status', raw: 'u8', values: { 0: 'off', 1: 'on' } });

/** The vendor knows no word for FF, which the devices usually send. */
export const ambienceStatus = channel('FF/0B', {
  key: 'device_status',
  raw: 'u8',
  values: { 0: 'off', 1: 'on', 255: 'unknown' },
});

const pm2_5: Field = { key: 'pm2_5', raw: 'u16le', quantity: 'pm2_5' };
const pm10: Field = { key: 'pm10', raw: 'u16le', quantity: 'pm10' };

/** The AM319, whose ninth value is ozone or formaldehyde: live on a channel of its own, in history at the same place. */
export function am319Frame(ninthId: string, ninth: NumberField): FrameTable {
  return milesightFrame(
    [
      ...ambience,
      channel('0B/7D', pm2_5),
      channel('0C/7D', pm10),
      channel(ninthId, ninth),
      battery,
      buzzer,
      ...ambienceHistory({ ...pm2_5, at: 16 }, { ...pm10, at: 18 }, { ...ninth, at: 20 }),
      ambienceStatus,
    ],
    { report_interval: reportInterval(), reboot },
  );
}
