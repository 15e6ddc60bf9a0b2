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
import type { NumberField } from '../table.ts';

const plainTemperature: NumberField = {
  key: 'temperature',
  raw: 'i16le',
  divisor: 10,
  quantity: 'soil_temperature',
};
const temperature: NumberField = { ...plainTemperature, sentinels: probeFailures('temperature') };
const moisture: NumberField = {
  key: 'moisture',
  raw: 'u16le',
  divisor: 100,
  quantity: 'soil_moisture',
  sentinels: probeFailures('moisture'),
};
const electricity: NumberField = {
  key: 'electricity',
  raw: 'u16le',
  quantity: 'electrical_conductivity',
  sentinels: probeFailures('electricity'),
};

export const milesightEm500Smtc = defineProfile({
  id: 'milesight/em500-smtc',
  names: ['Milesight EM500-SMTC'],
  source: 'Milesight-IoT/SensorDecoders, em-series/em500-smtc/README.md',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame(
    [
      battery,
      channel('03/67', temperature),
      // Older firmware.
      channel('04/68', { key: 'moisture', raw: 'u8', divisor: 2, exactly: true, quantity: 'soil_moisture' }),
      channel('04/CA', moisture),
      channel('05/7F', electricity),
      channel(
        '83/D7',
        plainTemperature,
        { key: 'temperature_mutation', at: 2, raw: 'i16le', divisor: 10 },
        {
          key: 'temperature_alarm',
          at: 4,
          raw: 'u8',
          values: { 0: 'threshold alarm release', 1: 'threshold alarm', 2: 'mutation alarm' },
        },
      ),
      historyRecord(
        '20/CE',
        timestamp,
        { ...electricity, at: 4 },
        { ...temperature, at: 6 },
        { ...moisture, at: 8 },
      ),
      poweredOn,
      wasReset,
    ],
    { report_interval: reportInterval(60, 64_800), reboot, report_status: reportStatus },
  ),
});
