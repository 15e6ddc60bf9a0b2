import { battery, milesightFrame, reboot, reportInterval } from '../milesight.ts';
import { ambience, ambienceHistory, ambienceStatus, buzzer } from '../milesight-ambience.ts';
import { defineProfile } from '../profile.ts';

export const milesightAm307 = defineProfile({
  id: 'milesight/am307',
  names: ['Milesight AM307'],
  source: 'Milesight-IoT/SensorDecoders, am-series/am307/README.md',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame([battery, ...ambience, buzzer, ...ambienceHistory(), ambienceStatus], {
    report_interval: reportInterval(),
    reboot,
  }),
});
