import {
  channel,
  milesightFrame,
  peopleIn,
  poweredOn,
  reboot,
  reportInterval,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Channel, NumberField } from '../table.ts';

const numbers = [1, 2, 3, 4] as const;

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');

/** Who crossed a line, ever and since the last report, of the adults and children or of the children alone. */
function line(n: number, firstId: number, key: string, name: string): Channel[] {
  const counter = (suffix: string, quantity: NumberField['quantity'] & string): NumberField => ({
    key: `${key}_${suffix}`,
    raw: suffix.startsWith('total') ? 'u32le' : 'u16le',
    quantity,
    channel: name,
  });
  const id = (offset: number) => hex(firstId + 3 * (n - 1) + offset);
  return [
    channel(`${id(0)}/D2`, counter('total_in', 'people_in_total')),
    channel(`${id(1)}/D2`, counter('total_out', 'people_out_total')),
    channel(`${id(2)}/CC`, counter('period_in', 'people_in'), {
      ...counter('period_out', 'people_out'),
      at: 2,
    }),
  ];
}

const dwell = (n: number): Channel => ({
  ...channel(
    '10/E4',
    { key: `region_${n}_avg_dwell`, at: 1, raw: 'u16le', quantity: 'dwell_time', channel: `region_${n}` },
    { key: `region_${n}_max_dwell`, at: 3, raw: 'u16le', quantity: 'dwell_time_max', channel: `region_${n}` },
  ),
  when: { raw: 'u8', is: n },
});

export const milesightVs133 = defineProfile({
  id: 'milesight/vs133',
  names: ['Milesight VS133'],
  source: 'Milesight-IoT/SensorDecoders, vs-series/vs133/README.md',
  theme: 'people',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      ...numbers.flatMap((n) => line(n, 0x03, `line_${n}`, `line_${n}`)),
      ...numbers.flatMap((n) => line(n, 0x11, `line_${n}_child`, `line_${n}_child`)),
      channel('0F/E3', ...peopleIn(numbers, 'region_#_count', 'region_#')),
      channel('1D/E3', ...peopleIn(numbers, 'region_#_child_count', 'region_#_child')),
      ...numbers.map(dwell),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(1, 64_800), reboot },
  ),
});
