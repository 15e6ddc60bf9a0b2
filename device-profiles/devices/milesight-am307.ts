import { battery, batteryRhythm, channel, milesightFrame, reboot, reportInterval } from '../milesight.ts';
import { ambience, ambienceHistory, ambienceStatus, buzzer } from '../milesight-ambience.ts';
import { defineProfile } from '../profile.ts';

export const milesightAm307 = defineProfile({
  id: 'milesight/am307',
  names: ['Milesight AM307'],
  source: 'Milesight-IoT/SensorDecoders, am-series/am307/README.md',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame(
    [
      battery,
      ...ambience,
      // Lux, of the second hardware version: am-series/am300-v2/README.md.
      channel('06/94', { key: 'illuminance', raw: 'u32le', quantity: 'light_illuminance' }),
      buzzer,
      ...ambienceHistory(),
      ambienceStatus,
    ],
    { report_interval: reportInterval(), reboot },
  ),
});
