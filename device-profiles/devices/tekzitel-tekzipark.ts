import { defineProfile } from '../profile.ts';
import type { Field } from '../table.ts';

const flag = (key: string, bit: number): Field => ({ key, raw: 'u8', bits: [bit, 1] });

const state: readonly Field[] = [
  {
    key: 'occupied',
    raw: 'u8',
    bits: [7, 1],
    quantity: 'bay_occupied',
    means: { 0: false, 1: true },
  },
  flag('Good_Battery', 5),
  flag('Radar', 3),
  flag('No_Beacon', 2),
  flag('reset', 1),
  flag('keepAlive', 0),
];
const place: readonly Field[] = [
  { key: 'Temperature', at: 1, raw: 'i8', quantity: 'device_temperature' },
  { key: 'Parking_ID', at: 2, raw: 'u8' },
];

const axes = (key: string, at: number): Field[] =>
  ['X', 'Y', 'Z'].map((axis, i) => ({ key: `${key}_${axis}`, at: at + i, raw: 'i8' }));

/** Settings in one byte of the downlink, from its highest bits on. */
const settings = (at: number, widths: Readonly<Record<string, number>>): Field[] => {
  let first = 8;
  return Object.entries(widths).map(([key, width]) => {
    first -= width;
    return { key, at, raw: 'u8', bits: [first, width] };
  });
};

export const tekzitelTekzipark = defineProfile({
  id: 'tekzitel/tekzipark',
  names: ['Tekzitel TekziPark'],
  source: 'TheThingsNetwork/lorawan-devices, vendor/tekzitel: tekzipark.js',
  theme: 'parking',
  lorawan: { macVersion: '1.0.2', deviceClass: 'A' },
  // Status on every change. How often it says that it lives can be configured; a day is the safe assumption.
  rhythm: { reporting: 'change+heartbeat', expectedIntervalS: 86_400 },
  rhythmOf: { device_temperature: { reporting: 'periodic', expectedIntervalS: 86_400 } },
  frame: {
    ports: {
      1: {
        kind: 'fixed',
        fields: [
          ...state,
          flag('Obstruction', 4),
          ...place,
          { key: 'Beacon_RSSI', at: 3, raw: 'i8', optional: true },
          // Whose tag was near: a resident's, as a rule.
          { key: 'Beacons', at: 4, rest: 'words', optional: true, personal: true },
        ],
      },
      2: {
        kind: 'fixed',
        fields: [
          ...state,
          ...place,
          ...axes('Deflection', 3),
          ...axes('Baseline', 6),
          { key: 'Fault_Code', at: 9, raw: 'u8' },
          { key: 'Obstruction', at: 10, raw: 'u8' },
          { key: 'D_Reflection', at: 11, raw: 'u8' },
        ],
      },
    },
    commands: {
      fPort: 3,
      byName: {},
      allAtOnce: [
        ...settings(0, { suppress_baseline_offset: 1, radar_start_range: 3, fluctuations_count: 4 }),
        // biome-ignore format: the bits of one byte
        ...settings(1, { downlink_frequency: 1, axis_deflection: 2, debug_mode: 1, deflection_threshold_mag: 4 }),
        // biome-ignore format: as above
        ...settings(2, { zero_neg_drop: 1, oversampling: 2, hw_acc_samples_no: 2, fluctuation_threshold_XY: 3 }),
        ...settings(3, { sleep_time: 3, reset_control: 1, mag_reboot: 1, fluctuation_delay_time: 3 }),
        // biome-ignore format: as above
        ...settings(4, { axis_fluctuations: 2, fluctuation_threshold_Z: 3, self_heal: 1, keepalive_period: 2 }),
        ...settings(5, { radar_scan_count: 4, obstruction_check: 1, reflection_threshold_radar: 3 }),
        ...settings(6, { OI: 1, send_rssi: 1, beacons_scan_no: 3, ble_scan_window: 3 }),
        ...settings(7, { ble_scan_rssi: 8 }),
      ],
    },
  },
});
