/**
 * What Milesight's devices have in common: a payload is a row of channels (id, type, value), any fPort (85 as
 * delivered), and the same attributes in every join frame. Source: README tables of Milesight-IoT/SensorDecoders.
 */
import type { Channel, Command, Field, FrameTable, NumberField } from './table.ts';

const fPort = 85;

/** A channel: id and type as in the vendor's tables (`03/67`), and the fields of its value. */
export function channel(id: string, ...fields: Field[]): Channel {
  return { id: id.replace('/', ''), fields };
}

/** A channel whose value is a record of the device's memory; its fields include `timestamp`. */
export function historyRecord(id: string, ...fields: Field[]): Channel {
  return { ...channel(id, ...fields), record: { list: 'history', timeKey: 'timestamp' } };
}

/** Time of a history record: Unix seconds by the device's clock. */
export const timestamp: Field = { key: 'timestamp', raw: 'u32le' };

/** Current transformers and many others say that they were switched on or reset; the value is always FF. */
export const poweredOn = channel('FF/0B', { key: 'device_status', always: 'on' });
export const wasReset = channel('FF/FE', { key: 'reset_event', always: 'reset' });

export const battery = channel('01/75', { key: 'battery', raw: 'u8', quantity: 'battery_level' });

const temperature: NumberField = {
  key: 'temperature',
  raw: 'i16le',
  divisor: 10,
  quantity: 'device_temperature',
};

/** Temperature of a current transformer, and the frame of its alarm. */
export const ownTemperature = channel('09/67', {
  ...temperature,
  sentinels: { key: 'temperature_sensor_status', texts: { 65533: 'over range alarm', 65535: 'read failed' } },
});
export const ownTemperatureAlarm = channel('89/67', temperature, {
  key: 'temperature_alarm',
  at: 2,
  raw: 'u8',
  values: { 0: 'temperature threshold alarm release', 1: 'temperature threshold alarm' },
});

/** The alarm byte of the current transformers: one bit each for what began and what ended. */
export function currentAlarm(into: string, at: number): Field[] {
  const bits = ['threshold_alarm', 'threshold_alarm_release', 'over_range_alarm', 'over_range_alarm_release'];
  return bits.map((name, bit) => ({
    key: `current_${name}`,
    at,
    into,
    raw: 'u8',
    bits: [bit, 1],
    values: { 0: 'no', 1: 'yes' },
  }));
}

const attributes: readonly Channel[] = [
  channel('FF/01', { key: 'ipso_version', text: 'v{0:hi}.{0:lo}' }),
  channel('FF/09', { key: 'hardware_version', text: 'v{0:hex}.{1:hi}' }),
  channel('FF/0A', { key: 'firmware_version', text: 'v{0:hex}.{1:hex}' }),
  channel('FF/FF', { key: 'tsl_version', text: 'v{0:dec}.{1:dec}' }),
  channel('FF/16', { key: 'sn', hexBytes: 8 }),
  channel('FF/0F', {
    key: 'lorawan_class',
    raw: 'u8',
    values: { 0: 'Class A', 1: 'Class B', 2: 'Class C', 3: 'Class CtoB' },
  }),
];

/** The frame table of a Milesight device: its own channels in the order it sends them, and its commands by name. */
export function milesightFrame(
  channels: readonly Channel[],
  commands: Readonly<Record<string, Command>>,
): FrameTable {
  return {
    ports: { [fPort]: { kind: 'channels', channels: [...channels, ...attributes], replies: ['FE', 'FF'] } },
    anyPortAs: fPort,
    commands: { fPort, byName: commands },
  };
}
