import { battery, channel, milesightFrame, reboot, reportInterval } from '../milesight.ts';
import { ambience, ambienceHistory, ambienceStatus, buzzer } from '../milesight-ambience.ts';
import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

const pm2_5: Field = { key: 'pm2_5', raw: 'u16le', quantity: 'pm2_5' };
const pm10: Field = { key: 'pm10', raw: 'u16le', quantity: 'pm10' };
const o3: Field = { key: 'o3', raw: 'u16le', divisor: 100, quantity: 'o3' };

/** The variant that measures formaldehyde is another model. */
export const milesightAm319 = defineProfile({
  id: 'milesight/am319',
  names: ['Milesight AM319', 'Milesight AM319 O3'],
  source: 'Milesight-IoT/SensorDecoders, am-series/am319-o3/README.md',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: milesightFrame(
    [
      ...ambience,
      channel('0B/7D', pm2_5),
      channel('0C/7D', pm10),
      channel('0D/7D', o3),
      battery,
      buzzer,
      ...ambienceHistory({ ...pm2_5, at: 16 }, { ...pm10, at: 18 }, { ...o3, at: 20 }),
      ambienceStatus,
    ],
    { report_interval: reportInterval(), reboot },
  ),
});
