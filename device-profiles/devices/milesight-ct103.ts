import {
  channel,
  currentAlarm,
  milesightFrame,
  ownTemperature,
  ownTemperatureAlarm,
  poweredOn,
  reboot,
  reportStatus,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { NumberField } from '../table.ts';

const current: NumberField = { key: 'current', raw: 'u16le', divisor: 100, quantity: 'current' };

/** The CT101 (100 A) has the same format. */
export const milesightCt103 = defineProfile({
  id: 'milesight/ct103',
  names: ['Milesight CT103', 'Milesight CT101'],
  source: 'Milesight-IoT/SensorDecoders, ct-series/ct103-v2/README.md',
  theme: 'energy',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      channel('03/97', { key: 'total_current', raw: 'u32le', divisor: 100, quantity: 'electric_charge' }),
      channel('04/98', {
        ...current,
        sentinels: { key: 'current_sensor_status', texts: { 65535: 'read failed' } },
      }),
      ownTemperature,
      channel('10/63', { key: 'ch1_sumkwh', raw: 'u32le', divisor: 100, quantity: 'active_energy' }),
      channel('13/75', {
        key: 'alarm_type',
        into: 'low_voltage_alarm',
        raw: 'u8',
        values: { 1: 'low voltage alarm' },
      }),
      channel(
        '84/98',
        { key: 'current_max', raw: 'u16le', divisor: 100 },
        { key: 'current_min', at: 2, raw: 'u16le', divisor: 100 },
        { ...current, at: 4 },
        ...currentAlarm('current_alarm', 6),
      ),
      ownTemperatureAlarm,
      poweredOn,
      wasReset,
    ],
    {
      report_interval: { prefix: 'FF8E00', raw: 'u16le', min: 1, max: 1440 },
      report_status: reportStatus,
      clear_current_cumulative: { bytes: 'FF2701' },
      reboot,
    },
  ),
});
