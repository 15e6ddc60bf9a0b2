import { batteryRhythm } from '../milesight.ts';
import { am319Frame } from '../milesight-ambience.ts';
import { defineProfile } from '../profile.ts';

/** Called just AM319, a device is read as the variant that measures ozone. */
export const milesightAm319Hcho = defineProfile({
  id: 'milesight/am319-hcho',
  names: ['Milesight AM319 HCHO', 'Milesight AM319 868M HCHO'],
  source: 'Milesight-IoT/SensorDecoders, am-series/am319-hcho/README.md',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: am319Frame('0A/7D', { key: 'hcho', raw: 'u16le', divisor: 100, quantity: 'formaldehyde' }),
});
