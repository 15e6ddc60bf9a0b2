import { batteryRhythm } from '../milesight.ts';
import { am319Frame } from '../milesight-ambience.ts';
import { defineProfile } from '../profile.ts';

/** The variant that measures formaldehyde is another model. */
export const milesightAm319 = defineProfile({
  id: 'milesight/am319',
  names: ['Milesight AM319', 'Milesight AM319 O3'],
  source: 'Milesight-IoT/SensorDecoders, am-series/am319-o3/README.md',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: am319Frame('0D/7D', { key: 'o3', raw: 'u16le', divisor: 100, quantity: 'o3' }),
});
