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

export const milesightWs523 = defineProfile({
  id: 'milesight/ws523',
  names: ['Milesight WS523'],
  source: 'Milesight-IoT/SensorDecoders, ws-series/ws523/README.md',
  theme: 'energy',
  lorawan: { macVersion: '1.0.3', deviceClass: 'C' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 1200 },
  // Sent at once when it is switched.
  rhythmOf: { switched_on: { reporting: 'change+heartbeat', expectedIntervalS: 1200 } },
  frame: milesightFrame(
    [
      channel('08/70', { ...switched, key: 'socket_status', raw: 'u8', bits: [0, 1] }),
      ...mains('current'),
      poweredOn,
      wasReset,
    ],
    {
      socket_status: { choices: { on: '0801FFFF', off: '0800FFFF' } },
      report_interval: reportInterval(),
      reboot,
    },
  ),
});
