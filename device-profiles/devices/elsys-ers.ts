import { defineProfile } from '../profile.ts';
import type { Channel, Field, NumberField } from '../table.ts';

const channel = (id: string, ...fields: readonly Field[]): Channel => ({ id, fields });
const tenths = (
  key: string,
  quantity: NumberField['quantity'] & string,
  channelName?: string,
): NumberField => ({
  key,
  raw: 'i16be',
  divisor: 10,
  quantity,
  ...(channelName === undefined ? {} : { channel: channelName }),
});
const pulses = (key: string, quantity: NumberField['quantity'] & string, input: 1 | 2): NumberField => ({
  key,
  raw: quantity === 'pulse_count' ? 'u32be' : 'u16be',
  quantity,
  channel: `input_${input}`,
});

/** What an analog or digital input means is the installation’s affair, so it is data only. */
export const elsysErs = defineProfile({
  id: 'elsys/ers',
  names: ['ELSYS ERS', 'ELSYS ELT', 'ELSYS EMS'],
  source:
    '“ELSYS payload”, types and values of the whole family; examples: chirpstack/chirpstack-device-profiles, vendors/elsys',
  theme: 'building',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: {
    ports: {
      5: {
        kind: 'channels',
        channels: [
          channel('01', tenths('temperature', 'air_temperature')),
          channel('02', { key: 'humidity', raw: 'u8', quantity: 'relative_humidity' }),
          // 63 is 1 g.
          channel(
            '03',
            { key: 'x', raw: 'i8' },
            { key: 'y', at: 1, raw: 'i8' },
            { key: 'z', at: 2, raw: 'i8' },
          ),
          channel('04', { key: 'light', raw: 'u16be', quantity: 'light_illuminance' }),
          channel('05', { key: 'motion', raw: 'u8', quantity: 'motion_count' }),
          channel('06', { key: 'co2', raw: 'u16be', quantity: 'co2' }),
          channel('07', { key: 'vdd', raw: 'u16be', quantity: 'battery_voltage', quantityDivisor: 1000 }),
          channel('08', { key: 'analog1', raw: 'u16be' }),
          channel('09', { key: 'lat', raw: 'u24be' }, { key: 'long', at: 3, raw: 'u24be' }),
          channel('0A', pulses('pulse1', 'pulses', 1)),
          channel('0B', pulses('pulseAbs', 'pulse_count', 1)),
          channel('0C', tenths('externalTemperature', 'probe_temperature')),
          channel('0D', { key: 'digital', raw: 'u8' }),
          channel('0E', { key: 'distance', raw: 'u16be', quantity: 'distance' }),
          channel('0F', { key: 'accMotion', raw: 'u8' }),
          channel('10', tenths('irInternalTemperature', 'device_temperature'), {
            ...tenths('irExternalTemperature', 'surface_temperature'),
            at: 2,
          }),
          // 1 is not decided yet.
          channel('11', {
            key: 'occupancy',
            raw: 'u8',
            quantity: 'space_occupied',
            means: { 0: false, 2: true },
          }),
          channel('12', { key: 'waterleak', raw: 'u8' }),
          // A heat image of whoever is there.
          channel('13', { key: 'grideye', image: { count: 64, divisor: 10 }, personal: true }),
          channel('14', { key: 'pressure', raw: 'i32be', divisor: 1000, quantity: 'air_pressure' }),
          channel(
            '15',
            { key: 'soundPeak', raw: 'u8', quantity: 'sound_level_max' },
            { key: 'soundAvg', at: 1, raw: 'u8', quantity: 'sound_level' },
          ),
          channel('16', pulses('pulse2', 'pulses', 2)),
          channel('17', pulses('pulseAbs2', 'pulse_count', 2)),
          channel('18', { key: 'analog2', raw: 'u16be' }),
          {
            ...channel('19', tenths('externalTemperature2', 'probe_temperature', 'probe_2')),
            repeats: ['probe_2', 'probe_3', 'probe_4', 'probe_5'],
          },
          channel('1A', { key: 'digital2', raw: 'u8' }),
          channel('1B', { key: 'analogUv', raw: 'i32be' }),
          channel('1C', { key: 'tvoc', raw: 'u16be', quantity: 'tvoc_fraction' }),
        ],
      },
    },
  },
});
