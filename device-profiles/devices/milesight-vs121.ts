import { channel, milesightFrame, peopleIn, reboot } from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Channel, Field, NumberField } from '../table.ts';

const regions = Array.from({ length: 16 }, (_, i) => i + 1);

/** Whether somebody is there: as many regions as were drawn, the lowest bit for the first. */
const presence = regions.map(
  (n): Field => ({
    key: `region_${n}`,
    at: 2,
    raw: 'u16be',
    bits: [n - 1, 1],
    when: { raw: 'u8', at: 1, min: n },
    quantity: 'space_occupied',
    means: { 0: false, 1: true },
    channel: `region_${n}`,
  }),
);

/** Which region it was is in the first byte, 0 for all together, and not in the vendor's data. */
const dwell = (key: string, at: number, quantity: NumberField['quantity'] & string): Field[] => [
  { key, at, raw: 'u16le' },
  { key, at, raw: 'u16le', when: { raw: 'u8', max: 0 }, quantity },
  ...regions.map(
    (n): Field => ({
      key,
      at,
      raw: 'u16le',
      when: { raw: 'u8', min: n, max: n },
      quantity,
      channel: `region_${n}`,
    }),
  ),
];

/** People who came from one side and left to another. */
const flow = (id: string, from: string): Channel =>
  channel(
    id,
    ...['a', 'b', 'c', 'd'].map((to, i): Field => {
      const way = `${from}_to_${to}`;
      return { key: way, at: 2 * i, raw: 'u16le', quantity: 'people_flow', channel: way };
    }),
  );

export const milesightVs121 = defineProfile({
  id: 'milesight/vs121',
  names: ['Milesight VS121'],
  source: 'Milesight-IoT/SensorDecoders, vs-series/vs121/README.md',
  theme: 'people',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      channel(
        '04/C9',
        { key: 'people_count_all', raw: 'u8', quantity: 'people_count' },
        { key: 'region_count', at: 1, raw: 'u8' },
        ...presence,
      ),
      channel('06/CD', { key: 'people_count_max', raw: 'u8', quantity: 'people_count_max' }),
      channel(
        '05/CC',
        { key: 'people_in', raw: 'i16le', quantity: 'people_in' },
        { key: 'people_out', at: 2, raw: 'i16le', quantity: 'people_out' },
      ),
      channel(
        '0D/CC',
        { key: 'people_total_in', raw: 'u16le', quantity: 'people_in_total' },
        { key: 'people_total_out', at: 2, raw: 'u16le', quantity: 'people_out_total' },
      ),
      channel('07/D5', ...peopleIn(regions.slice(0, 8), 'region_#_count', 'region_#')),
      channel('08/D5', ...peopleIn(regions.slice(8), 'region_#_count', 'region_#')),
      flow('09/DA', 'a'),
      flow('0A/DA', 'b'),
      flow('0B/DA', 'c'),
      flow('0C/DA', 'd'),
      channel(
        '0E/E4',
        ...dwell('dwell_time_avg', 1, 'dwell_time'),
        ...dwell('dwell_time_max', 3, 'dwell_time_max'),
      ),
      channel('0F/85', { key: 'timestamp', raw: 'u32le' }),
    ],
    { reboot },
    [
      channel('FF/01', { key: 'protocol_version', raw: 'u8' }),
      channel('FF/08', { key: 'sn', hexBytes: 6 }),
      channel('FF/09', { key: 'hardware_version', text: '{0:dec}.{1:dec}' }),
      channel('FF/1F', { key: 'firmware_version', text: '{0:dec}.{1:dec}.{2:dec}.{3:dec}' }),
    ],
  ),
});
