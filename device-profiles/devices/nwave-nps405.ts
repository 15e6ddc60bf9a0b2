import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

const occupied = (at: number): Field => ({
  key: 'occupied',
  at,
  raw: 'u8',
  bits: [0, 1],
  values: { 0: false, 1: true },
  quantity: 'bay_occupied',
});

const durationCode = { raw: 'u8', bits: [1, 7] } as const;

/** State, and how long the one before it lasted: minutes, ever more coarsely, with their possible error. */
const status: readonly Field[] = [
  occupied(0),
  {
    key: 'previous_state_duration',
    ...durationCode,
    pieces: [
      { fromRaw: 0, from: 0, step: 1 },
      { fromRaw: 90, from: 90, step: 5 },
      { fromRaw: 120, from: 240, step: 60 },
    ],
  },
  // biome-ignore format: one level a line says nothing more
  { key: 'previous_state_duration_error', ...durationCode, levels: [[0, 0], [90, 4], [120, 59], [127, null]] },
  // biome-ignore format: as above
  { key: 'previous_state_duration_overflow', ...durationCode, levels: [[0, false], [127, true]] },
];

/** By battery and temperature, both as raw values. */
const batteryHealth = (temperature: { min?: number; max?: number }, low: number, normal: number): Field => ({
  key: 'battery_health',
  at: 1,
  raw: 'u8',
  levels: [
    [0, 'critical'],
    [low, 'low'],
    [normal, 'normal'],
  ],
  when: { at: 2, raw: 'i8', ...temperature },
});

const tag: readonly Field[] = [
  { key: 'tag_battery_voltage', at: 1, raw: 'u8', divisor: 10 },
  { key: 'tag_id', at: 2, hexBytes: 4, upperCase: true, personal: true },
];

export const nwaveNps405 = defineProfile({
  id: 'nwave/nps405',
  names: ['Nwave NPS405', 'Nwave NPS405SM', 'Nwave NPS405FM'],
  source:
    'Nwave “LoRaWAN Parking Sensor – Getting Started”; examples: TheThingsNetwork/lorawan-devices, vendor/nwave',
  theme: 'parking',
  lorawan: { macVersion: '1.0.2', deviceClass: 'A' },
  // Status on every change. How often the heartbeat comes can be configured; a day is the safe assumption.
  rhythm: { reporting: 'change+heartbeat', expectedIntervalS: 86_400 },
  rhythmOf: {
    device_temperature: { reporting: 'periodic', expectedIntervalS: 86_400 },
    battery_voltage: { reporting: 'periodic', expectedIntervalS: 86_400 },
  },
  frame: {
    ports: {
      1: { kind: 'fixed', constants: { type: 'parking_status' }, fields: status },
      2: {
        kind: 'fixed',
        constants: { type: 'heartbeat' },
        fields: [
          occupied(0),
          // 2500 mV and 4 mV a step.
          {
            key: 'battery_voltage',
            at: 1,
            raw: 'u8',
            factor: 4,
            offset: 2500,
            divisor: 1000,
            quantity: 'battery_voltage',
          },
          { key: 'temperature', at: 2, raw: 'i8', offset: 20, divisor: 2, quantity: 'device_temperature' },
          // 2900 and 3000 mV; 100 mV less in cold below −5 °C.
          batteryHealth({ min: -30 }, 100, 125),
          batteryHealth({ max: -31 }, 75, 100),
        ],
        moreFollows: true,
      },
      3: {
        kind: 'fixed',
        constants: { type: 'startup' },
        fields: [
          { key: 'firmware_version', text: '{0:dec}.{1:dec}.{2:dec}' },
          {
            key: 'reset_cause',
            at: 3,
            raw: 'u8',
            values: {
              0: 'rejoining_lorawan_network',
              1: 'watchdog',
              2: 'power_on',
              3: 'user_request',
              6: 'brownout',
              7: 'other',
            },
          },
          occupied(4),
        ],
      },
      10: {
        kind: 'any-of',
        by: { raw: 'u8', bits: [0, 1] },
        layouts: {
          0: {
            kind: 'fixed',
            // A tag was seen, but no vehicle: the state is not said.
            constants: {
              type: 'user_registration',
              occupied: null,
              previous_state_duration: null,
              previous_state_duration_error: null,
              previous_state_duration_overflow: null,
            },
            fields: tag,
          },
          1: { kind: 'fixed', constants: { type: 'user_registration' }, fields: [...status, ...tag] },
        },
      },
    },
  },
});
