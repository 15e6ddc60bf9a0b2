import { defineProfile } from '../profile.ts';
import type { Channel, Field, Layout, NumberField } from '../table.ts';

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');

type Register = Omit<NumberField, 'key' | 'channel'>;

const register = (id: number, key: string, field: Register, channel?: string): Channel => ({
  id: `01${hex(id)}`,
  fields: [{ ...field, key, ...(channel === undefined ? {} : { channel }) }],
});

/** Registers in a row, the key's `#` being the phase. */
const phases = (first: number, key: string, field: Register): Channel[] =>
  [1, 2, 3].map((n) => register(first + n - 1, key.replace('#', `${n}`), field, `l${n}`));

/** Registers in a row, one for each tariff. */
const tariffs = (first: number, key: string, quantity: NumberField['quantity'] & string): Channel[] =>
  [1, 2].map((n) => register(first + n - 1, `${key}T${n}`, { ...energy, quantity }, `t${n}`));

const count: Register = { raw: 'u32be' };
const energy: Register = { raw: 'u32be', quantityDivisor: 1000 };
const milliampere: Register = { raw: 'i32be' };
const current: Register = { ...milliampere, quantity: 'current', quantityDivisor: 1000 };
const voltage: Register = { raw: 'i32be', divisor: 10, quantity: 'voltage' };
const activePower: Register = { raw: 'i32be', quantity: 'active_power' };
// In kvar and kVA to three digits, which are var and VA.
const reactivePower: Register = {
  raw: 'i32be',
  divisor: 1000,
  quantity: 'reactive_power',
  quantityDivisor: 1,
};
const apparentPower: Register = { ...reactivePower, quantity: 'apparent_power' };

const version = (key: string): Field => ({ key, text: 'V{0:hex}.{1:hex}' });

const measurements: Layout = {
  kind: 'channels',
  anyIdAs: '01',
  channels: [
    register(0x00, 'index', count),
    register(0x01, 'timestamp', count),
    register(0x03, 'dataloggerTimestamp', count),
    ...tariffs(0x04, 'activeEnergyImportL123', 'active_energy'),
    ...tariffs(0x06, 'activeEnergyExportL123', 'active_energy_export'),
    ...tariffs(0x08, 'reactiveEnergyImportL123', 'reactive_energy'),
    ...tariffs(0x0a, 'reactiveEnergyExportL123', 'reactive_energy_export'),
    ...phases(0x0c, 'voltageL#N', voltage),
    register(0x0f, 'currentL123', milliampere),
    ...phases(0x10, 'currentL#', current),
    register(0x13, 'activePowerL123', activePower),
    ...phases(0x14, 'activePowerL#', activePower),
    ...phases(0x17, 'reactivePowerL#', reactivePower),
    ...phases(0x1a, 'apparentPowerL#', apparentPower),
    ...phases(0x1d, 'powerFactorL#', { raw: 'i8', divisor: 100, quantity: 'power_factor' }),
    ...phases(0x20, 'phaseAngleL#', { raw: 'i16be', divisor: 100 }),
    register(0x23, 'frequency', { raw: 'i16be', divisor: 100, quantity: 'frequency' }),
    // Whole kW: activePowerL123 is the same to the watt.
    register(0x24, 'totalSystemActivePower', count),
    register(0x25, 'totalSystemReactivePower', { ...reactivePower, raw: 'u32be' }),
    register(0x26, 'totalSystemApparentPower', { ...apparentPower, raw: 'u32be' }),
    ...phases(0x27, 'maximumL#CurrentDemand', milliampere),
    register(0x2a, 'averagePower', { raw: 'i32be' }),
    register(0x2b, 'midYearOfCertification', count),
    { id: '01F0', fields: [{ key: 'manufacturedYear', bcdBytes: 2 }] },
    { id: '01F1', fields: [version('firmwareVersion')] },
    { id: '01F2', fields: [version('hardwareVersion')] },
    { id: '0B0A', fields: [{ key: 'modbusErrorCode', raw: 'u8' }] },
  ],
};

const constants = {
  codecVersion: '1.0.1',
  genericModel: 'EM4301',
  productCode: 'P1002011',
  manufacturer: 'YOBIIQ B.V.',
};

const information: Layout = {
  kind: 'channels',
  constants,
  channels: [
    { id: 'FF09', fields: [version('hardwareVersion')] },
    { id: 'FF0A', fields: [version('firmwareVersion')] },
    { id: 'FF16', fields: [{ key: 'deviceSerialNumber', raw: 'u32be' }] },
    {
      id: 'FF0F',
      fields: [{ key: 'deviceClass', raw: 'u8', values: { 0: 'Class A', 1: 'Class B', 2: 'Class C' } }],
    },
    {
      id: 'FF0B',
      fields: [{ key: 'powerEvent', raw: 'u8', values: { 0: 'AC Power Off', 1: 'AC Power On' } }],
    },
    { id: 'FF1E', fields: [{ key: 'primaryCurrentTransformerRatio', raw: 'u16be' }] },
    { id: 'FF1F', fields: [{ key: 'secondaryCurrentTransformerRatio', raw: 'u8' }] },
    { id: 'FF20', fields: [{ key: 'primaryVoltageTransformerRatio', raw: 'u32be' }] },
    { id: 'FF21', fields: [{ key: 'secondaryVoltageTransformerRatio', raw: 'u16be' }] },
    { id: 'FF28', fields: [{ key: 'deviceModel', rest: 'text' }] },
  ],
};

const answer = (code: number, key: string, text: string): Layout => ({
  kind: 'fixed',
  constants,
  fields: [{ key, raw: 'u8', values: { [code]: text } }],
});

/** A single byte answers a command, on any port. */
const unlessAnswer = (otherwise: Layout): Layout => ({
  kind: 'any-of',
  by: 'length',
  layouts: {
    1: {
      kind: 'any-of',
      by: { raw: 'u8' },
      layouts: {
        0: answer(0, 'info', 'Downlink command succeeded'),
        1: answer(1, 'warning', 'Downlink command failed'),
      },
    },
  },
  otherwise,
});

export const yobiiqEm4301 = defineProfile({
  id: 'yobiiq/em4301',
  names: ['Yobiiq EM4301', 'Yobiiq iQ EM4301'],
  source:
    'Yobiiq payload documentation; examples: chirpstack/chirpstack-device-profiles, vendors/yobiiq, and the Actility catalogue',
  theme: 'energy',
  lorawan: { macVersion: '1.0.4', deviceClass: 'C' },
  // Which registers are sent how often is configured; a quarter of an hour is what electricity is accounted in.
  rhythm: { reporting: 'periodic', expectedIntervalS: 900 },
  frame: {
    ports: { 1: unlessAnswer(measurements), 50: unlessAnswer(information) },
    samePorts: { 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1 },
    commands: {
      fPort: 50,
      byName: {
        restart: { bytes: 'FF0B01' },
        primaryCurrentTransformerRatio: { prefix: 'FF1E', raw: 'u16be', min: 0, max: 9999 },
        secondaryCurrentTransformerRatio: { prefix: 'FF1F', raw: 'u8', min: 0, max: 5 },
        primaryVoltageTransformerRatio: { prefix: 'FF20', raw: 'u32be', min: 30, max: 500_000 },
        secondaryVoltageTransformerRatio: { prefix: 'FF21', raw: 'u16be', min: 30, max: 500 },
        // What is sent on each of the measurements' ports, and every so many minutes.
        periodicPackage: {
          fPorts: [1, 10],
          channels: [
            { id: 'FF14', fields: [{ key: 'interval', raw: 'u8' }] },
            {
              id: 'FF15',
              fields: [{ key: 'mode', raw: 'u8', values: { 0: 'unconfirmed', 1: 'confirmed' } }],
            },
            { id: 'FF16', fields: [{ key: 'status', raw: 'u8', values: { 0: 'inactive', 1: 'active' } }] },
            { id: 'FF17', fields: [{ key: 'registers', rest: 'numbers' }] },
          ],
        },
      },
    },
  },
});
