import {
  battery,
  batteryRhythm,
  channel,
  milesightFrame,
  poweredOn,
  reboot,
  wasReset,
} from '../milesight.ts';
import { defineProfile } from '../profile.ts';
import type { Channel } from '../table.ts';

const frequencyWeightings = [
  { code: 0, letter: 'Z', quantity: 'sound_level_lz' },
  { code: 1, letter: 'A', quantity: 'sound_level_la' },
  { code: 2, letter: 'C', quantity: 'sound_level_lc' },
] as const;
const timeWeightings = [
  { code: 0, letter: 'I', name: 'impulse' },
  { code: 1, letter: 'F', name: 'fast' },
  { code: 2, letter: 'S', name: 'slow' },
] as const;

/** The weightings a device is set to are in the first byte and make the names: LAF, LAeq, LAFmax. */
const soundLevels: readonly Channel[] = frequencyWeightings.flatMap((frequency) =>
  timeWeightings.map((time) => {
    const { letter, quantity } = frequency;
    const level = { raw: 'u16le', divisor: 10 } as const;
    const key = `L${letter}${time.letter}`;
    return {
      ...channel(
        '05/5B',
        { ...level, key, at: 1, quantity, channel: time.name },
        { ...level, key: `L${letter}eq`, at: 3, quantity: `${quantity}eq` },
        { ...level, key: `${key}max`, at: 5, quantity: `${quantity}max`, channel: time.name },
      ),
      when: { raw: 'u8', bits: [0, 4], is: frequency.code + 4 * time.code },
    };
  }),
);

export const milesightWs302 = defineProfile({
  id: 'milesight/ws302',
  names: ['Milesight WS302'],
  source: 'Milesight-IoT/SensorDecoders, ws-series/ws302/README.md',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  rhythmOf: batteryRhythm,
  frame: milesightFrame([battery, ...soundLevels, poweredOn, wasReset], { reboot }),
});
