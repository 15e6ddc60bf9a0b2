import { describe, expect, it } from 'vitest';
import { profileById } from './catalog.ts';
import { decode, encodeDownlink, encodeUplink } from './decode.ts';
import { decentlabDlPm } from './devices/decentlab-dl-pm.ts';
import { nwaveNps405 } from './devices/nwave-nps405.ts';
import { seeedS2120 } from './devices/seeed-s2120.ts';
import { yobiiqEm4301 } from './devices/yobiiq-em4301.ts';
import type { DeviceProfile } from './profile.ts';
import { bytesOf } from './vectors.ts';

const decodeHex = (profile: DeviceProfile, hex: string, fPort: number) =>
  decode(profile, { bytes: bytesOf(hex), fPort });

describe('readings in the city’s units', () => {
  it('come from mA, Wh and kvar without losing a digit', () => {
    const { readings } = decodeHex(yobiiqEm4301, '010402D2487501100000138C011700000F16', 1);
    expect(readings).toEqual([
      { quantity: 'active_energy', value: 47_335.541, channel: 't1' },
      { quantity: 'current', value: 5.004, channel: 'l1' },
      { quantity: 'reactive_power', value: 3862, channel: 'l1' },
    ]);
  });

  it('come from pascals', () => {
    expect(decodeHex(decentlabDlPm, '0212670008C1E7', 1)).toMatchObject({
      data: { device_id: 4711, barometric_pressure: 99_278 },
      readings: [{ quantity: 'air_pressure', value: 992.78 }],
    });
    expect(decodeHex(seeedS2120, '0200B00001324526B2', 1).readings).toContainEqual({
      quantity: 'air_pressure',
      value: 990.6,
    });
  });

  it('tell three phases apart', () => {
    const ct305 = profileById('milesight/ct305');
    const readings = ct305 && decodeHex(ct305, '0499EB0B0699960A0899760E', 85).readings;
    expect(readings).toEqual([
      { quantity: 'current', value: 305.1, channel: 'l1' },
      { quantity: 'current', value: 271, channel: 'l2' },
      { quantity: 'current', value: 370.2, channel: 'l3' },
    ]);
  });
});

describe('a resident’s tag', () => {
  it('is neither decoded nor archived, however little of the frame there is', () => {
    for (const hex of ['D1201F345678', '00201F345678', 'D1201F', 'D1']) {
      const { data, archivePayload } = decodeHex(nwaveNps405, hex, 10);
      expect(data).not.toHaveProperty('tag_id');
      expect(archivePayload).toBe(false);
    }
  });

  it('without a vehicle says nothing of the bay', () => {
    const { data, readings } = decodeHex(nwaveNps405, '00201F345678', 10);
    expect(data.occupied).toBe(null);
    expect(readings).toEqual([]);
  });
});

describe('encoding', () => {
  it('takes the coarse step a duration lies in, whose error follows', () => {
    const bytesFor = (minutes: number) =>
      [...encodeUplink(nwaveNps405, { occupied: true, previous_state_duration: minutes }).bytes][0];
    expect([74, 92, 238, 239.9, 300, 9999].map(bytesFor)).toEqual([0x95, 0xb5, 0xef, 0xef, 0xf3, 0xff]);
    const wrong = { occupied: true, previous_state_duration: 74, previous_state_duration_error: 4 };
    expect(() => encodeUplink(nwaveNps405, wrong, 1)).toThrow(/says previous_state_duration_error/);
  });

  it('sends the groups that are said, and only whole ones', () => {
    const some = { device_id: 4711, barometric_pressure: 99_278 };
    expect(encodeUplink(decentlabDlPm, some)).toEqual({ fPort: 1, bytes: bytesOf('0212670008C1E7') });
    expect(() => encodeUplink(decentlabDlPm, { ...some, air_temperature: 20 })).toThrow(
      /says air_temperature/,
    );
  });
});

describe('groups cut short', () => {
  it('keep what was complete', () => {
    expect(decodeHex(decentlabDlPm, '021267000F0B210A7706', 1)).toMatchObject({
      data: { device_id: 4711, battery_voltage: 2.849, pm1_0_mass_concentration: 267.9 },
      warnings: ['byte 9: pm2_5_mass_concentration needs 2 byte(s), 1 left'],
      errors: [],
    });
    expect(decodeHex(decentlabDlPm, '021267', 1).warnings).toEqual([
      'byte 3: the head needs 5 byte(s), 3 left',
    ]);
  });

  it('of another protocol version are an error', () => {
    expect(decodeHex(decentlabDlPm, '0300010001FFFF', 1).errors).toEqual([
      'byte 0: a frame with 3 here is not known',
    ]);
  });
});

describe('commands', () => {
  it('one at a time are refused together, unnamed, or without what they need', () => {
    for (const input of [
      {},
      { command: 'fly' },
      { command: 7 },
      { command: 'set period' },
      { command: 'set adr on', parameter: 1 },
      { command: 'set adr on', 'set adr off': 'yes' },
      { parameter: 5 },
    ]) {
      const { bytes, errors } = encodeDownlink(decentlabDlPm, input);
      expect(bytes).toEqual([]);
      expect(errors).not.toEqual([]);
    }
  });

  it('carry big-endian numbers', () => {
    expect(encodeDownlink(yobiiqEm4301, { primaryCurrentTransformerRatio: 300 })).toEqual({
      fPort: 50,
      bytes: [...bytesOf('FF1E012C')],
      errors: [],
    });
  });
});

describe('rhythms', () => {
  it('are the model’s, but for quantities with their own', () => {
    expect(seeedS2120.facts.rhythm.wind_speed?.expectedIntervalS).toBe(3600);
    expect(seeedS2120.facts.rhythm.battery_level?.expectedIntervalS).toBe(86_400);
    expect(nwaveNps405.facts.rhythm.bay_occupied?.reporting).toBe('change+heartbeat');
  });
});
