import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

/** Bit 0 of a status byte; the others are reserved. */
const occupied = (at: number): Field => ({
  key: 'occupied',
  at,
  raw: 'u8',
  bits: [0, 1],
  values: { 0: false, 1: true },
  quantity: 'bay_occupied',
});

export const boschTps110 = defineProfile({
  id: 'bosch/tps110',
  names: ['Bosch TPS110'],
  source:
    'Bosch “Parking Lot Sensor – communication interface”; examples: TheThingsNetwork/lorawan-devices, vendor/bosch',
  theme: 'parking',
  lorawan: { macVersion: '1.0.2', deviceClass: 'A' },
  // Status on every change; a heartbeat repeats it every 24 h.
  rhythm: { reporting: 'change+heartbeat', expectedIntervalS: 86_400 },
  // Only the heartbeat tells it.
  rhythmOf: { device_temperature: { reporting: 'periodic', expectedIntervalS: 86_400 } },
  frame: {
    ports: {
      1: { kind: 'fixed', constants: { type: 'parking status' }, fields: [occupied(0)] },
      2: {
        kind: 'fixed',
        constants: { type: 'heartbeat' },
        fields: [
          occupied(0),
          { key: 'temperature', at: 1, raw: 'i8', optional: true, quantity: 'device_temperature' },
        ],
      },
      3: {
        kind: 'fixed',
        constants: { type: 'startup' },
        fields: [
          { key: 'debugCodes', raw: 'u16le', bits: [0, 12], list: { count: 3, strideBytes: 4 } },
          { key: 'firmwareVersion', at: 12, text: '{0:dec}.{1:dec}.{2:dec}' },
          {
            key: 'resetCause',
            at: 15,
            raw: 'u8',
            values: { 1: 'watchdog', 2: 'power on', 3: 'system request', 4: 'other' },
          },
          occupied(16),
        ],
      },
      4: {
        kind: 'fixed',
        constants: { type: 'device information' },
        fields: [{ key: 'bytes', rest: 'numbers' }],
      },
      5: { kind: 'fixed', constants: { type: 'device usage' }, fields: [{ key: 'bytes', rest: 'numbers' }] },
      6: {
        kind: 'fixed',
        constants: { type: 'debug' },
        fields: [
          { key: 'timestamp', raw: 'u32le' },
          { key: 'debugCode', at: 4, raw: 'u16le', bits: [0, 12] },
          { key: 'sequenceNumber', at: 8, raw: 'u16le' },
        ],
      },
    },
  },
});
