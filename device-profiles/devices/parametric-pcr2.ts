import { defineProfile } from '../profile.ts';
import type { Field, Layout, NumberField } from '../table.ts';

/** One after the other from that place on. */
const row = (raw: 'u8' | 'u16be', at: number, ...keys: string[]): Field[] =>
  keys.map((key, i) => ({ key, at: at + i * (raw === 'u8' ? 1 : 2), raw }));

const flow = (key: 'LTR' | 'RTL', at: number): NumberField => ({
  key,
  at,
  raw: 'u16be',
  quantity: 'people_flow',
  channel: key.toLowerCase(),
});
/** Since it was switched on; goes on at 0 after 65,535. */
const total = (key: 'LTR' | 'RTL', at: number): NumberField => ({
  ...flow(key, at),
  key: `${key}_SUM`,
  quantity: 'people_flow_total',
});
const temperature = (at: number): NumberField => ({
  key: 'TEMP',
  at,
  raw: 'i16be',
  divisor: 10,
  floor: true,
  quantity: 'device_temperature',
  quantityDivisor: 10,
});

const sum = (at: number, weight: 1 | -1) => ({ raw: 'u16be', at, weight }) as const;
const counts: readonly Field[] = [
  flow('LTR', 3),
  flow('RTL', 5),
  total('LTR', 7),
  total('RTL', 9),
  // Without its sign.
  {
    key: 'DIFF',
    at: 7,
    largestSum: [
      [sum(7, 1), sum(9, -1)],
      [sum(9, 1), sum(7, -1)],
    ],
  },
];

/** Of a solar box: mV in version 4, per cent in version 3. */
const battery = { key: 'SBX_BATT', at: 11 } as const;

const version4: Layout = {
  kind: 'fixed',
  fields: [
    ...counts,
    { ...battery, raw: 'u16be', quantity: 'battery_voltage', quantityDivisor: 1000 },
    { key: 'SBX_PV', at: 13, raw: 'u16be' },
    temperature(15),
  ],
};
const version3: Layout = {
  kind: 'fixed',
  fields: [
    ...counts,
    { ...battery, raw: 'u8', quantity: 'battery_level' },
    { key: 'SBX_PV', at: 12, raw: 'u16be' },
    temperature(14),
  ],
};
const elsysStyle: Layout = {
  kind: 'channels',
  channels: [
    { id: '0A', fields: [flow('LTR', 0)] },
    { id: '16', fields: [flow('RTL', 0)] },
    { id: '01', fields: [temperature(0)] },
  ],
};
const configuration: Layout = {
  kind: 'fixed',
  fields: [
    ...row('u8', 3, 'DeviceType'),
    { key: 'Firmware', at: 4, text: '{0:dec}.{1:dec}.{2:dec}' },
    ...row('u8', 7, 'OperationMode', 'PayloadType', 'DeviceClass', 'UplinkType'),
    ...row(
      'u16be',
      11,
      'UplinkInterval',
      'LinkCheckInterval',
      'CapacityLimit',
      'HoldoffTime',
      'InactivityTimeout',
    ),
    ...row('u8', 21, 'RadarEnabled', 'BeamAngle'),
    ...row('u16be', 23, 'MinDist', 'MaxDist'),
    ...row('u8', 27, 'MinSpeed', 'MaxSpeed', 'RadarAutotune', 'RadarSensitivity'),
    { key: 'SBXVersion', at: 31, text: '{0:dec}.{1:dec}.{2:dec}' },
  ],
};

/** The maker's frames begin with BE, then kind and version. */
const ownFrame = (versions: Readonly<Record<number, Layout>>): Layout => ({
  kind: 'any-of',
  by: { raw: 'u16be', at: 1 },
  layouts: versions,
});

export const parametricPcr2 = defineProfile({
  id: 'parametric/pcr2',
  names: ['Parametric PCR2'],
  source:
    'Parametric PCR2, application payload 3 and 4, configuration 5; examples: TheThingsNetwork/lorawan-devices, vendor/parametric',
  theme: 'people',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: {
    ports: {
      14: {
        kind: 'any-of',
        by: { raw: 'u8' },
        layouts: { 190: ownFrame({ 259: version3, 260: version4 }) },
        otherwise: elsysStyle,
      },
      190: { kind: 'any-of', by: { raw: 'u8' }, layouts: { 190: ownFrame({ 261: configuration }) } },
    },
  },
});
