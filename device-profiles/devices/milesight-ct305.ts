import {
  channel,
  currentAlarm,
  milesightFrame,
  ownTemperature,
  ownTemperatureAlarm,
  poweredOn,
  reboot,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Channel, NumberField } from '../table.ts';

/** Three clamps: of three phases, or of three circuits. */
const clamps = [1, 2, 3] as const;

const current = (n: number): NumberField => ({
  key: `current_chn${n}`,
  raw: 'u16le',
  divisor: 10,
  quantity: 'current',
  channel: `l${n}`,
});
const total = (n: number): NumberField => ({
  key: `current_chn${n}_total`,
  raw: 'u32le',
  divisor: 100,
  quantity: 'electric_charge',
  channel: `l${n}`,
});
const energy = (n: number): NumberField => ({ ...total(n), key: `ch${n}_sumkwh`, quantity: 'active_energy' });
const readFailed = (key: string) => ({ key: `${key}_sensor_status`, texts: { 65535: 'read failed' } });

const alarm = (n: number): Channel =>
  channel(
    `8${2 + 2 * n}/99`,
    { key: `current_chn${n}_max`, raw: 'u16le', divisor: 10 },
    { key: `current_chn${n}_min`, at: 2, raw: 'u16le', divisor: 10 },
    { ...current(n), at: 4 },
    ...currentAlarm(`current_chn${n}_alarm`, 6),
  );

/** The CT303 (100 A) has the same format. */
export const milesightCt305 = defineProfile({
  id: 'milesight/ct305',
  names: ['Milesight CT305', 'Milesight CT303'],
  source: 'Milesight-IoT/SensorDecoders, ct-series/ct305-v2/README.md',
  theme: 'energy',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      ...clamps.map((n) =>
        channel(`0${2 + 2 * n}/99`, { ...current(n), sentinels: readFailed(current(n).key) }),
      ),
      ...clamps.map((n) => channel(`0${1 + 2 * n}/97`, total(n))),
      ownTemperature,
      ...clamps.map((n) => channel(`1${n - 1}/63`, energy(n))),
      ...clamps.map(alarm),
      ownTemperatureAlarm,
      poweredOn,
      wasReset,
    ],
    { report_interval: { prefix: 'FF8E00', raw: 'u16le', min: 1, max: 1440 }, reboot },
  ),
});
