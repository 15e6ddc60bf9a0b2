import { describe, expect, it } from 'vitest';
import { decode, encodeDownlink, encodeUplink } from './decode.ts';
import { boschTps110 } from './devices/bosch-tps110.ts';
import { milesightAm307 } from './devices/milesight-am307.ts';
import { milesightCt103 } from './devices/milesight-ct103.ts';
import { type DeviceProfile, defineProfile } from './profile.ts';
import { bytesOf } from './vectors.ts';

const decodeHex = (profile: DeviceProfile, hex: string, fPort = 85) =>
  decode(profile, { bytes: bytesOf(hex), fPort });

describe('readings', () => {
  it('are the mapped values in the city’s words', () => {
    const { readings, archivePayload } = decodeHex(milesightAm307, '017530036771FF050001087DD600');
    expect(readings).toEqual([
      { quantity: 'battery_level', value: 48 },
      { quantity: 'air_temperature', value: -14.3 },
      { quantity: 'motion', value: true },
      { quantity: 'iaq_index', value: 2.14 },
    ]);
    expect(archivePayload).toBe(true);
    expect(decodeHex(boschTps110, '01EC', 2).readings).toEqual([
      { quantity: 'bay_occupied', value: true },
      { quantity: 'device_temperature', value: -20 },
    ]);
  });

  it('tell the two meanings of `tvoc` apart by channel, the last of a frame counting', () => {
    expect(decodeHex(milesightAm307, '08E6B618').readings).toEqual([{ quantity: 'tvoc', value: 6326 }]);
    const both = decodeHex(milesightAm307, '08E6B618087DD600');
    expect(both.data).toEqual({ tvoc: 2.14 });
    expect(both.readings).toEqual([{ quantity: 'iaq_index', value: 2.14 }]);
  });

  it('take the measured current of an alarm frame too', () => {
    expect(decodeHex(milesightCt103, '8498B80BD007C40905').readings).toEqual([
      { quantity: 'current', value: 25 },
    ]);
  });

  it('of the device’s memory carry their own time and the flag `history`', () => {
    const { readings } = decodeHex(milesightAm307, '20CE006AC06138FF0000010090010000401F');
    expect(readings).toHaveLength(7);
    expect(readings.every(({ timeS }) => timeS === 1_640_000_000)).toBe(true);
    expect(readings[0]).toEqual({
      quantity: 'air_temperature',
      value: -20,
      timeS: 1_640_000_000,
      flags: ['history'],
    });
  });

  it('out of range keep their place with the flag `range`, and the data keeps the value', () => {
    const { data, readings, warnings } = decodeHex(milesightAm307, '0367008004680A');
    expect(data).toEqual({ temperature: -3276.8, humidity: 5 });
    expect(readings).toEqual([
      { quantity: 'air_temperature', value: -3276.8, flags: ['range'] },
      { quantity: 'relative_humidity', value: 5 },
    ]);
    expect(warnings).toEqual(['air_temperature: -3276.8 Cel is outside -50 … 70']);
  });
});

describe('what is no value', () => {
  it('is a status and a warning where the device says so, whatever came before it', () => {
    const failed = decodeHex(milesightCt103, '049831160498FFFF');
    expect(failed).toMatchObject({
      data: { current_sensor_status: 'read failed' },
      readings: [],
      warnings: ['current: read failed'],
      errors: [],
    });
    const recovered = decodeHex(milesightCt103, '0498FFFF04983116');
    expect(recovered.data).toEqual({ current: 56.81 });
    expect(recovered.readings).toEqual([{ quantity: 'current', value: 56.81 }]);
  });

  it('is a code without a meaning', () => {
    const { data, readings, warnings } = decodeHex(milesightAm307, '050007');
    expect([data, readings]).toEqual([{}, []]);
    expect(warnings).toEqual(['pir: the meaning of 7 is not known']);
  });
});

describe('broken frames', () => {
  it('keep what was complete and name byte and reason', () => {
    expect(decodeHex(milesightAm307, '017545077D64')).toMatchObject({
      data: { battery: 69 },
      warnings: ['byte 5: co2 needs 2 byte(s), 1 left'],
      errors: [],
    });
    expect(decodeHex(milesightAm307, '01754507').warnings).toEqual([
      'byte 3: a channel needs 2 byte(s), 1 left',
    ]);
    expect(decodeHex(milesightAm307, '0175457B7B01').warnings).toEqual([
      'byte 3: channel 7b 7b is not known, nor its length; reading ended',
    ]);
    expect(decodeHex(boschTps110, '240300007503000000000000001D0203', 3)).toMatchObject({
      data: { type: 'startup', resetCause: 'system request' },
      readings: [],
      warnings: ['byte 16: occupied needs 1 byte(s), 0 left'],
    });
  });

  it('are an error only where nothing was decoded', () => {
    expect(decodeHex(milesightAm307, '0175')).toMatchObject({
      data: {},
      warnings: [],
      errors: ['byte 2: battery needs 1 byte(s), 0 left'],
    });
    expect(decodeHex(boschTps110, '2403', 3)).toMatchObject({ data: {}, errors: [expect.any(String)] });
    expect(decodeHex(boschTps110, '01', 77)).toMatchObject({
      data: {},
      readings: [],
      errors: [expect.any(String)],
    });
    expect(decodeHex(boschTps110, '', 1)).toMatchObject({
      data: {},
      warnings: ['the payload is empty'],
      errors: [],
    });
  });

  it('do not hide replies to commands behind an error', () => {
    expect(decodeHex(milesightAm307, 'FF035802')).toMatchObject({
      data: {},
      warnings: ['byte 0: ff 03 is the reply to a command; reading ended'],
      errors: [],
    });
  });

  it('longer than known are read and warned of', () => {
    expect(decodeHex(boschTps110, '010F33', 2)).toMatchObject({
      data: { type: 'heartbeat', occupied: true, temperature: 15 },
      warnings: ['byte 2: 1 byte(s) more than are known'],
    });
  });

  it('cannot fill memory with warnings', () => {
    const { data, warnings } = decodeHex(milesightAm307, '050007'.repeat(3400));
    expect(data).toEqual({});
    expect(warnings).toHaveLength(17);
  });
});

describe('what is personal', () => {
  const tagged = defineProfile({
    id: 'acme/tag',
    names: ['Acme tag'],
    source: 'this test',
    theme: 'parking',
    lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
    rhythm: { reporting: 'periodic', expectedIntervalS: 60 },
    frame: {
      ports: {
        1: {
          kind: 'fixed',
          fields: [{ key: 'battery', raw: 'u8', quantity: 'battery_level' }],
        },
        2: {
          kind: 'fixed',
          fields: [
            { key: 'battery', raw: 'u8' },
            { key: 'tag_id', at: 1, hexBytes: 2, personal: true },
          ],
        },
      },
    },
  });

  it('is neither decoded nor archived, not even in part', () => {
    expect(decodeHex(tagged, '50', 1)).toMatchObject({ data: { battery: 80 }, archivePayload: true });
    expect(decodeHex(tagged, '50ABCD', 2)).toMatchObject({ data: { battery: 80 }, archivePayload: false });
    expect(decodeHex(tagged, '50AB', 2)).toMatchObject({ data: { battery: 80 }, archivePayload: false });
  });

  it('can be encoded for the simulator', () => {
    expect(encodeUplink(tagged, { battery: 80, tag_id: 'abcd' })).toEqual({
      fPort: 2,
      bytes: bytesOf('50abcd'),
    });
  });
});

describe('encoding', () => {
  it('takes the first frame that says everything', () => {
    expect(encodeUplink(boschTps110, { occupied: true })).toEqual({ fPort: 1, bytes: bytesOf('01') });
    expect(encodeUplink(boschTps110, { occupied: true, temperature: -3 }).fPort).toBe(2);
    expect(encodeUplink(boschTps110, { type: 'heartbeat', occupied: false })).toEqual({
      fPort: 2,
      bytes: bytesOf('00'),
    });
    expect(encodeUplink(milesightCt103, { current: 56.81 }, 7)).toEqual({
      fPort: 7,
      bytes: bytesOf('04983116'),
    });
  });

  it('refuses what no frame says', () => {
    expect(() => encodeUplink(milesightCt103, { current: 700 })).toThrow(/milesight\/ct103: .* says current/);
    expect(() => encodeUplink(milesightCt103, { current: 655.35 })).toThrow(RangeError);
    expect(() => encodeUplink(milesightCt103, { current: Number.NaN })).toThrow(RangeError);
    expect(() => encodeUplink(boschTps110, { occupied: true, colour: 'red' })).toThrow(/says colour/);
    expect(() => encodeUplink(boschTps110, { occupied: true }, 9)).toThrow(RangeError);
    expect(() => encodeUplink(milesightAm307, {})).toThrow(RangeError);
  });

  it('puts several commands into one downlink and lists every mistake', () => {
    expect(encodeDownlink(milesightCt103, { reboot: 'yes', report_interval: 60 })).toEqual({
      fPort: 85,
      bytes: [...bytesOf('FF8E003C00FF10FF')],
      errors: [],
    });
    const wrong = encodeDownlink(milesightCt103, { report_interval: 0, reboot: 'no', fly: 1 });
    expect(wrong.bytes).toEqual([]);
    expect(wrong.errors).toHaveLength(3);
    expect(encodeDownlink(milesightCt103, {}).errors).toHaveLength(1);
    expect(encodeDownlink(boschTps110, { reboot: 'yes' }).errors).toHaveLength(1);
  });
});
