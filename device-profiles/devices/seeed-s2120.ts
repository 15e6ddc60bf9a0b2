import { defineProfile } from '../profile.ts';
import type { Caution, Field } from '../table.ts';

const weather: readonly Field[] = [
  { key: 'Air Temperature', raw: 'i16be', divisor: 10, quantity: 'air_temperature' },
  { key: 'Air Humidity', at: 2, raw: 'u8', quantity: 'relative_humidity' },
  { key: 'Light Intensity', at: 3, raw: 'u32be', quantity: 'light_illuminance' },
  { key: 'UV Index', at: 7, raw: 'u8', divisor: 10, quantity: 'uv_index' },
  { key: 'Wind Speed', at: 8, raw: 'u16be', divisor: 10, quantity: 'wind_speed' },
];
const rain: readonly Field[] = [
  { key: 'Wind Direction', raw: 'u16be', quantity: 'wind_direction' },
  { key: 'Rain Gauge', at: 2, raw: 'u32be', divisor: 1000, quantity: 'rainfall_intensity' },
  // Words of 10 Pa.
  {
    key: 'Barometric Pressure',
    at: 6,
    raw: 'u16be',
    factor: 10,
    quantity: 'air_pressure',
    quantityDivisor: 10,
  },
];
const gust: readonly Field[] = [
  { key: 'Peak Wind Gust', raw: 'u16be', divisor: 10, quantity: 'wind_gust' },
  { key: 'Rain Accumulation', at: 2, raw: 'u32be', divisor: 1000, quantity: 'precipitation' },
];
/** 0 is none; 1 to 8 are the sensor's connection, FF is unknown. */
const fault: Caution = { raw: 'u8', min: 1, text: 'the station reports a fault' };
const battery: Field = { key: 'Battery', raw: 'u8', quantity: 'battery_level' };
/** Minutes in the payload, seconds in the data. */
const interval: Field = { key: 'Interval', raw: 'u16be', factor: 60 };

export const seeedS2120 = defineProfile({
  id: 'seeed/s2120',
  names: ['Seeed S2120', 'Seeed SenseCAP S2120', 'SenseCAP S2120'],
  source: 'Seeed “SenseCAP S2120 user guide”, payload; examples: Seeed-Solution/SenseCAP-Decoder',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 3600 },
  rhythmOf: { battery_level: { reporting: 'periodic', expectedIntervalS: 86_400 } },
  frame: {
    ports: {
      1: {
        kind: 'channels',
        channels: [
          // Firmware 2, then 1.
          { id: '4A', fields: weather },
          { id: '4B', fields: rain },
          { id: '4C', fields: gust },
          { id: '01', fields: weather },
          { id: '02', fields: rain },
          { id: '03', fields: [battery] },
          // Versions lie between the two, the interval of the position after them.
          { id: '04', fields: [battery, { ...interval, at: 5 }], sizeBytes: 9 },
          { id: '05', fields: [interval], sizeBytes: 4 },
          { id: '06', fields: [{ key: 'error', raw: 'u8', cautions: [fault] }] },
          // Status and EUI of the sensor, of no use here.
          { id: '10', fields: [], sizeBytes: 9 },
        ],
      },
    },
    anyPortAs: 1,
  },
});
