import {
  channel,
  mains,
  milesightFrame,
  poweredOn,
  reboot,
  reportInterval,
  switched,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

const bits = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** A switch of a command, at two bytes: which switches to set, and to what. One that is not asked for stays as it is. */
const switchCommand = (at: number): Field[] =>
  bits.map((bit) => ({
    key: `switch_${bit + 1}`,
    at,
    raw: 'u16le',
    values: { [1 << bit]: 'off', [0x101 << bit]: 'on' },
    optional: true,
  }));

export const milesightWs558 = defineProfile({
  id: 'milesight/ws558',
  names: ['Milesight WS558'],
  source: 'Milesight-IoT/SensorDecoders, ws-series/ws558/README.md; commands: WS558 user guide, 5.3',
  theme: 'lighting',
  lorawan: { macVersion: '1.0.3', deviceClass: 'C' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 1200 },
  // Sent at once when one is switched.
  rhythmOf: { switched_on: { reporting: 'change+heartbeat', expectedIntervalS: 1200 } },
  frame: milesightFrame(
    [
      // The first byte tells which ones changed; the vendor leaves it out.
      channel(
        '08/31',
        ...bits.map((bit): Field => {
          const name = `switch_${bit + 1}`;
          return { ...switched, key: name, at: 1, raw: 'u8', bits: [bit, 1], channel: name };
        }),
      ),
      ...mains('total_current'),
      poweredOn,
      wasReset,
    ],
    {
      switches: { prefix: '08', fields: switchCommand(0) },
      delay_task: {
        prefix: 'FF32',
        fields: [
          { key: 'task_id', raw: 'u8' },
          { key: 'delay_time', at: 1, raw: 'u16le' },
          ...switchCommand(3),
        ],
      },
      report_interval: reportInterval(),
      reboot,
    },
  ),
});
