import { describe, expect, it } from 'vitest';
import { profileById } from './catalog.ts';
import { decode, encodeDownlink, encodeUplink } from './decode.ts';
import { boschTps110 } from './devices/bosch-tps110.ts';
import { browanTbsl100 } from './devices/browan-tbsl100.ts';
import { decentlabDlPm } from './devices/decentlab-dl-pm.ts';
import { draginoLse01 } from './devices/dragino-lse01.ts';
import { elsysErs } from './devices/elsys-ers.ts';
import { nwaveNps405 } from './devices/nwave-nps405.ts';
import { parametricPcr2 } from './devices/parametric-pcr2.ts';
import { seeedS2120 } from './devices/seeed-s2120.ts';
import { tekzitelTekzipark } from './devices/tekzitel-tekzipark.ts';
import { vutilityHotdrop } from './devices/vutility-hotdrop.ts';
import { yobiiqEm4301 } from './devices/yobiiq-em4301.ts';
import type { DeviceProfile } from './profile.ts';
import type { Data } from './table.ts';
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

describe('a beacon', () => {
  it('is withheld, while the bay’s state and how well it was heard are not', () => {
    const { data, readings, archivePayload } = decodeHex(tekzitelTekzipark, 'A81407C08C68', 1);
    expect(data).toMatchObject({ occupied: 1, Beacon_RSSI: -64 });
    expect(data).not.toHaveProperty('Beacons');
    expect(readings).toContainEqual({ quantity: 'bay_occupied', value: true });
    expect(archivePayload).toBe(false);
    expect(decodeHex(tekzitelTekzipark, 'A81407C0', 1).archivePayload).toBe(true);
  });

  it('cut in two is warned of', () => {
    const { warnings, archivePayload } = decodeHex(tekzitelTekzipark, 'A81407C08C6803', 1);
    expect(warnings).toEqual(['byte 6: Beacons needs 2 byte(s), 1 left']);
    expect(archivePayload).toBe(false);
  });

  it('is not sent without what lies before it, whose zeros would be a value', () => {
    const { data } = decodeHex(tekzitelTekzipark, 'A81407', 1);
    const sent = encodeUplink(tekzitelTekzipark, { ...data, Beacon_RSSI: -64, Beacons: [0x8c68] }, 1);
    expect(sent.bytes).toEqual(bytesOf('A81407C08C68'));
    expect(() => encodeUplink(tekzitelTekzipark, { ...data, Beacons: [0x8c68] }, 1)).toThrow(RangeError);
    expect(() =>
      encodeUplink(tekzitelTekzipark, { ...data, Beacon_RSSI: 1, Beacons: [65_536] }, 1),
    ).toThrow();
  });
});

describe('a heat image', () => {
  it('is withheld, and only what may hold one is not archived', () => {
    const image = `13${'14'.repeat(65)}`;
    const whole = decodeHex(elsysErs, `0100E2${image}`, 5);
    expect(whole).toMatchObject({ data: { temperature: 22.6 }, archivePayload: false, warnings: [] });
    expect(whole.data).not.toHaveProperty('grideye');
    const archived = (hex: string) => decodeHex(elsysErs, hex, 5).archivePayload;
    expect(archived(`0100E213${'14'.repeat(20)}`)).toBe(false);
    expect(archived(`0100E2FF${image}`)).toBe(false);
    expect(archived('0100E2FF0102')).toBe(true);
    expect(archived('0100E20700')).toBe(true);
  });
});

describe('what its device cannot measure', () => {
  it('is data with a warning, and no reading', () => {
    const { data, readings, warnings } = decodeHex(browanTbsl100, '000B36FF', 105);
    expect(data).toMatchObject({ decibel: 255 });
    expect(readings.map(({ quantity }) => quantity)).toEqual(['battery_voltage', 'device_temperature']);
    expect(warnings).toEqual(['decibel: the level could not be measured']);
    expect(decodeHex(seeedS2120, '0600', 1).warnings).toEqual([]);
    expect(decodeHex(seeedS2120, '0606', 1).warnings).toEqual(['error: the station reports a fault']);
  });
});

describe('what a soil probe says', () => {
  it('is below zero where it is, is read by its mode, and not believed without a probe', () => {
    expect(decodeHex(draginoLse01, '0B21FF970BE9F9D002F410', 2).readings).toEqual([
      { quantity: 'battery_voltage', value: 2.849 },
      { quantity: 'probe_temperature', value: -10.5 },
      { quantity: 'soil_moisture', value: 30.49 },
      { quantity: 'soil_temperature', value: -15.84 },
      { quantity: 'electrical_conductivity', value: 756 },
    ]);
    const unplugged = decodeHex(draginoLse01, '0D1C0001131C03680F7201', 2);
    expect(unplugged.data).toMatchObject({ water_SOIL: 48.92, s_flag: 0 });
    expect(unplugged.readings).toHaveLength(2);
    expect(unplugged.warnings).toContain('water_SOIL: no soil probe');
    expect(decodeHex(draginoLse01, '0DD57FFF0224022C083690', 2).readings).toHaveLength(1);
  });

  it('is encoded in the mode that is said', () => {
    const { data } = decodeHex(draginoLse01, '0DD57FFF0224022C083690', 2);
    expect(encodeUplink(draginoLse01, data).bytes).toEqual(bytesOf('0DD57FFF0224022C083690'));
    expect(() => encodeUplink(draginoLse01, { ...data, Mod: 0 })).toThrow(RangeError);
  });
});

describe('several probes at one type', () => {
  it('each have their reading', () => {
    const { readings } = decodeHex(elsysErs, '1900EB19FFF6190064', 5);
    expect(readings).toEqual([
      { quantity: 'probe_temperature', value: 23.5, channel: 'probe_2' },
      { quantity: 'probe_temperature', value: -1, channel: 'probe_3' },
      { quantity: 'probe_temperature', value: 10, channel: 'probe_4' },
    ]);
    const many = decodeHex(elsysErs, '190001'.repeat(20), 5);
    expect(many.data.externalTemperature2).toHaveLength(20);
    expect(many.readings).toHaveLength(4);
  });

  it('are encoded as many times', () => {
    const bytesFor = (value: number | number[]) =>
      encodeUplink(elsysErs, { externalTemperature2: value }).bytes;
    expect(bytesFor([23.5, -1])).toEqual(bytesOf('1900EB19FFF6'));
    expect(bytesFor(23.5)).toEqual(bytesOf('1900EB'));
    expect(() => bytesFor([23.5])).toThrow(RangeError);
    expect(() => bytesFor([23.5, 1e9])).toThrow(RangeError);
  });
});

describe('counted people', () => {
  it('are told by report and in all, by direction; the temperature with its tenths', () => {
    expect(decodeHex(parametricPcr2, 'BE010400010002000300041C200CE40139', 14).readings).toEqual([
      { quantity: 'people_flow', value: 1, channel: 'ltr' },
      { quantity: 'people_flow', value: 2, channel: 'rtl' },
      { quantity: 'people_flow_total', value: 3, channel: 'ltr' },
      { quantity: 'people_flow_total', value: 4, channel: 'rtl' },
      { quantity: 'battery_voltage', value: 7.2 },
      { quantity: 'device_temperature', value: 31.3 },
    ]);
    expect(encodeUplink(parametricPcr2, { RTL: 5 })).toEqual({ fPort: 14, bytes: bytesOf('160005') });
  });
});

describe('a clamp fed by its current', () => {
  const encode = (averageAmps: number, maximumAmps: number, minimumAmps: number) =>
    encodeUplink(vutilityHotdrop, {
      ampHourAccumulation: 1,
      averageAmps,
      maximumAmps,
      minimumAmps,
      capacitorVoltage: 4,
      temperatureCelsius: 20,
    }).bytes;

  it('tells least and most in proportion to the average', () => {
    expect([...encode(12, 25.3, 2.5)].slice(5, 9)).toEqual([0, 120, 111, 79]);
    expect([...encode(0, 0, 0)].slice(5, 9)).toEqual([0, 0, 0, 0]);
    expect(() => encode(0, 1, 0)).toThrow(RangeError);
    expect(() => encode(1, 5, 0)).toThrow(RangeError);
  });

  it('has no current below zero', () => {
    const { readings, warnings } = decodeHex(vutilityHotdrop, '3200000DE800786496FF11', 3);
    expect(readings.map(({ quantity }) => quantity)).not.toContain('current_min');
    expect(warnings).toEqual(['minimumAmps: Minimum amps is less than 0.']);
  });

  it('is read whole or not at all', () => {
    expect(decodeHex(vutilityHotdrop, '3200000000000000', 3)).toMatchObject({
      data: {},
      errors: ['a frame of 8 byte(s) is not known, only of 11'],
    });
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

  it('for an fPort of their own go there, and alone', () => {
    const sent = (periodicPackage: Data, others: Data = {}) =>
      encodeDownlink(yobiiqEm4301, { periodicPackage, ...others });
    expect(sent({ fPort: 3, interval: 15, registers: [4, 19] })).toEqual({
      fPort: 3,
      bytes: [...bytesOf('FF140FFF170413')],
      errors: [],
    });
    for (const wrong of [
      {},
      { interval: 15 },
      { fPort: 3 },
      { fPort: 11, interval: 15 },
      { fPort: 1.5, interval: 15 },
      { fPort: 3, interval: 256 },
      { fPort: 3, interval: 15, mode: 'loud' },
    ]) {
      expect(sent(wrong)).toEqual({
        fPort: 50,
        bytes: [],
        errors: [
          expect.stringMatching(/^periodicPackage: must be an object of fPort \(1 to 10\) and some of/),
        ],
      });
    }
    expect(sent({ fPort: 3, interval: 15 }, { restart: 'yes' })).toMatchObject({
      bytes: [],
      errors: ['periodicPackage: goes to an fPort of its own, and so alone'],
    });
  });

  it('carry big-endian numbers', () => {
    expect(encodeDownlink(yobiiqEm4301, { primaryCurrentTransformerRatio: 300 })).toEqual({
      fPort: 50,
      bytes: [...bytesOf('FF1E012C')],
      errors: [],
    });
  });
});

describe('settings', () => {
  it('that are sent together are all asked for, each within its bits', () => {
    const settings = Object.fromEntries(
      (tekzitelTekzipark.frame.commands?.allAtOnce ?? []).map(({ key }) => [key, 1]),
    );
    expect(encodeDownlink(tekzitelTekzipark, settings).bytes).toHaveLength(8);
    for (const wrong of [
      {},
      { OI: 1 },
      { ...settings, sleep_time: 8 },
      { ...settings, OI: true },
      { ...settings, fly: 1 },
    ]) {
      const { bytes, errors } = encodeDownlink(tekzitelTekzipark, wrong);
      expect(bytes).toEqual([]);
      expect(errors).toEqual([expect.stringContaining('suppress_baseline_offset')]);
    }
  });

  it('may be fractions, within their range', () => {
    expect(encodeDownlink(vutilityHotdrop, { lowPowerThreshold: 2.5 }).bytes).toEqual([
      ...bytesOf('50000000204000000000'),
    ]);
    for (const wrong of [2, 4, Number.NaN, '3']) {
      expect(encodeDownlink(vutilityHotdrop, { lowPowerThreshold: wrong }).errors).toEqual([
        'lowPowerThreshold: must be a number from 2.1 to 3.9',
      ]);
    }
    expect(encodeDownlink(vutilityHotdrop, { lowPowerThreshold: 3, factoryReset: 'yes' }).errors).toEqual([
      'one command at a time',
    ]);
  });
});

describe('rhythms', () => {
  it('are the model’s, but for quantities with their own', () => {
    expect(seeedS2120.facts.rhythm.wind_speed?.expectedIntervalS).toBe(3600);
    expect(seeedS2120.facts.rhythm.battery_level?.expectedIntervalS).toBe(86_400);
    expect(nwaveNps405.facts.rhythm.bay_occupied?.reporting).toBe('change+heartbeat');
    // A change of state says nothing of the temperature, so it does not confirm it.
    expect(boschTps110.facts.rhythm.device_temperature?.reporting).toBe('periodic');
  });
});
