import {
  battery,
  batteryRhythm,
  channel,
  historyRecord,
  milesightFrame,
  poweredOn,
  probeFailures,
  reboot,
  reportInterval,
  reportStatus,
  timestamp,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Field, NumberField } from '../table.ts';

const depth: NumberField = {
  key: 'depth',
  raw: 'u16le',
  quantity: 'water_level',
  sentinels: probeFailures('depth'),
};

const into = 'measuring_equipment';
const measuringEquipment: readonly Field[] = [
  {
    key: 'rate',
    into,
    raw: 'u8',
    bits: [0, 3],
    values: { 0: 0.01, 1: 0.1, 2: 1, 3: 10, 4: 100, 5: 1000 },
  },
  { key: 'range_max', into, at: 1, raw: 'i16le' },
  { key: 'range_min', into, at: 3, raw: 'i16le' },
];

export const milesightEm500Swl = defineProfile({
  id: 'milesight/em500-swl',
  names: ['Milesight EM500-SWL'],
  source: 'Milesight-IoT/SensorDecoders, em-series/em500-swl/README.md',
  theme: 'water',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame(
    [
      battery,
      channel('03/77', depth),
      channel('FF/1B', ...measuringEquipment),
      historyRecord('20/CE', timestamp, { ...depth, at: 4 }),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(60, 64_800), reboot, report_status: reportStatus },
  ),
});
