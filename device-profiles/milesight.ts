/**
 * What Milesight's devices have in common: a payload is a row of channels (id, type, value), any fPort (85 as
 * delivered), and the same attributes in every join frame. Source: README tables of Milesight-IoT/SensorDecoders.
 */
import type { ProfileDescription } from './profile.ts';
import type { Channel, ChoiceField, Command, Field, FrameTable, NumberField } from './table.ts';

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

/**
 * Not in every uplink: after joining, and then every 6 h (EM300 user guide, 5.2) or 24 h (AM100 user guide, 7.2; EM500
 * uplink data). The longest for all, so that no battery is missed that has nothing to say.
 */
export const batteryRhythm: NonNullable<ProfileDescription['rhythmOf']> = {
  battery_level: { reporting: 'periodic', expectedIntervalS: 86_400 },
};

export const airTemperature: NumberField = {
  key: 'temperature',
  raw: 'i16le',
  divisor: 10,
  quantity: 'air_temperature',
};
export const airHumidity: NumberField = {
  key: 'humidity',
  raw: 'u8',
  divisor: 2,
  quantity: 'relative_humidity',
};

/** What a probe says instead of a value, under `<key>_error`. */
export const probeFailures = (key: string): NumberField['sentinels'] & object => ({
  key: `${key}_error`,
  texts: { 65533: 'out of range', 65535: 'collection failed' },
});

/** Whether a switch is on. */
export const switched: Omit<ChoiceField, 'key' | 'raw'> = {
  values: { 0: 'off', 1: 'on' },
  quantity: 'switched_on',
  means: { off: false, on: true },
};

/** What sockets and light controllers measure of the mains, in the order they send it. */
export function mains(currentKey: string): Channel[] {
  return [
    channel('05/81', { key: 'power_factor', raw: 'u8', quantity: 'power_factor', quantityDivisor: 100 }),
    channel('07/C9', { key: currentKey, raw: 'u16le', quantity: 'current', quantityDivisor: 1000 }),
    channel('03/74', { key: 'voltage', raw: 'u16le', divisor: 10, quantity: 'voltage' }),
    channel('06/83', {
      key: 'power_consumption',
      raw: 'u32le',
      quantity: 'active_energy',
      quantityDivisor: 1000,
    }),
    channel('04/80', { key: 'active_power', raw: 'u32le', quantity: 'active_power' }),
  ];
}

/** The same number of people in each of several places, one byte each; `#` in key and channel is their number. */
export function peopleIn(places: readonly number[], key: string, channelName: string): NumberField[] {
  return places.map((n, at) => ({
    key: key.replace('#', `${n}`),
    at,
    raw: 'u8',
    quantity: 'people_count',
    channel: channelName.replace('#', `${n}`),
  }));
}

/** Seconds between reports. */
export const reportInterval = (min = 1, max = 65_535): Command => ({
  prefix: 'FF03',
  raw: 'u16le',
  min,
  max,
});
export const reboot: Command = { bytes: 'FF10FF' };
export const reportStatus: Command = { bytes: 'FF28FF' };

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

/**
 * The frame table of a Milesight device: its own channels in the order it sends them, its commands by name, and what
 * its join frame says.
 */
export function milesightFrame(
  channels: readonly Channel[],
  commands: Readonly<Record<string, Command>>,
  joinChannels: readonly Channel[] = attributes,
): FrameTable {
  return {
    ports: { [fPort]: { kind: 'channels', channels: [...channels, ...joinChannels], replies: ['FE', 'FF'] } },
    anyPortAs: fPort,
    commands: { fPort, byName: commands },
  };
}
