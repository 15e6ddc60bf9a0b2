/**
 * What Decentlab's devices have in common: protocol version 2 with a device id and a flag for each group of sensors
 * that follows, all words big endian; and the same commands. Source: data sheets, decentlab/decentlab-decoders.
 */
import type { Command, Field, FrameTable, NumberField } from './table.ts';

/** The word at that index of its group. */
export function word(index: number, key: string, rest: Partial<NumberField>): NumberField {
  return { ...rest, key, at: 2 * index, raw: 'u16be' };
}

/** As `word`, of values on both sides of zero: 32,768 is zero. */
export function centredWord(index: number, key: string, rest: Partial<NumberField>): NumberField {
  return word(index, key, { ...rest, offset: -32_768 });
}

export const batteryVoltage = word(0, 'battery_voltage', { divisor: 1000, quantity: 'battery_voltage' });

const noParameter = (code: string): Command => ({ bytes: `${code}0000` });
const parameter = (code: string, min: number, max: number): Command => ({
  prefix: code,
  raw: 'u16be',
  min,
  max,
});

/** EU868 has data rates 0 to 7. */
const dataRateMax = 7;

const commands: Readonly<Record<string, Command>> = {
  // Seconds.
  'set period': parameter('0001', 1, 65_535),
  'set period + save': parameter('0002', 1, 65_535),
  'set dr': parameter('0003', 0, dataRateMax),
  'set dr + save': parameter('0004', 0, dataRateMax),
  'set adr on': noParameter('0005'),
  'set adr on + save': noParameter('0006'),
  'set adr off': noParameter('0007'),
  'set adr off + save': noParameter('0008'),
  'set dr_min': parameter('0009', 0, dataRateMax),
  'set dr_min + save': parameter('000A', 0, dataRateMax),
  'set dr_max': parameter('000B', 0, dataRateMax),
  'set dr_max + save': parameter('000C', 0, dataRateMax),
  // Sends every n-th sample.
  'set send_period': parameter('0011', 0, 65_535),
  'set send_period + save': parameter('0012', 0, 65_535),
  // Hours; 0 is never.
  'set join_period': parameter('0013', 0, 1000),
  'set join_period + save': parameter('0014', 0, 1000),
};

/** The frame table of a Decentlab device with these groups of sensors, the first for flag bit 0. */
export function decentlabFrame(groups: readonly (readonly Field[])[]): FrameTable {
  return {
    ports: {
      1: {
        kind: 'any-of',
        by: { raw: 'u8' },
        layouts: {
          2: {
            kind: 'groups',
            constants: { protocol_version: 2 },
            head: [{ key: 'device_id', at: 1, raw: 'u16be' }],
            flags: { at: 3, raw: 'u16be' },
            groups,
          },
        },
      },
    },
    commands: { fPort: 1, byName: commands, oneAtATime: true, checksum: 'crc16-modbus' },
  };
}
