import { describe, expect, it } from 'vitest';
import { quantity } from '#core';
import { profileByName, profiles } from './catalog.ts';
import { decode, encodeDownlink, encodeUplink } from './decode.ts';
import { milesightAm307 } from './devices/milesight-am307.ts';
import { milesightAm319 } from './devices/milesight-am319.ts';
import { milesightAm319Hcho } from './devices/milesight-am319-hcho.ts';
import { milesightCt103 } from './devices/milesight-ct103.ts';
import { milesightEm300Di } from './devices/milesight-em300-di.ts';
import { milesightEm400Mud } from './devices/milesight-em400-mud.ts';
import { milesightEm500Swl } from './devices/milesight-em500-swl.ts';
import { milesightVs121 } from './devices/milesight-vs121.ts';
import { milesightVs133 } from './devices/milesight-vs133.ts';
import { milesightWs302 } from './devices/milesight-ws302.ts';
import { milesightWs523 } from './devices/milesight-ws523.ts';
import { milesightWs558 } from './devices/milesight-ws558.ts';
import type { DeviceProfile } from './profile.ts';
import { bytesOf } from './vectors.ts';

const decodeHex = (profile: DeviceProfile, hex: string) =>
  decode(profile, { bytes: bytesOf(hex), fPort: 85 });

describe('what the device remembered', () => {
  it('is one set of readings for each time', () => {
    const { readings } = decodeHex(
      milesightAm319,
      '20CE0E1C3A687D0121000101F4129800432708037300C00021CE329465641200BF0001002703ED00C7276A0142035703',
    );
    const of = (timeS: number) => readings.filter((reading) => reading.timeS === timeS);
    expect(of(1_748_638_734)).toHaveLength(10);
    expect(of(1_748_638_734)).toContainEqual({
      quantity: 'o3',
      value: 1.92,
      timeS: 1_748_638_734,
      flags: ['history'],
    });
    expect(of(1_684_378_674).map((reading) => reading.quantity)).toContain('tvoc');
    expect(readings).toHaveLength(20);
  });

  it('has of a probe that failed no value, but a warning', () => {
    const { data, readings, warnings } = decodeHex(milesightEm500Swl, '20CE2EF8AC6AFDFF20CE2FF8AC6A4900');
    expect(data.history).toEqual([
      { timestamp: 1_789_720_622, depth_error: 'out of range' },
      { timestamp: 1_789_720_623, depth: 73 },
    ]);
    expect(readings).toEqual([
      { quantity: 'water_level', value: 73, timeS: 1_789_720_623, flags: ['history'] },
    ]);
    expect(warnings).toEqual(['depth: out of range']);
  });

  it('is of an input a level or a count, and of an unknown kind neither', () => {
    const kind = (code: string) => decodeHex(milesightEm300Di, `20CE8909C9661B0009${code}01DF4A0100`);
    const common = { timestamp: 1_724_451_209, temperature: 2.7, humidity: 4.5 };
    expect(kind('01').data.history).toEqual([{ ...common, gpio_type: 'gpio', gpio: 'high' }]);
    expect(kind('02').data.history).toEqual([{ ...common, gpio_type: 'counter', pulse: 84_703 }]);
    expect(kind('03').data.history).toEqual([common]);
    expect(kind('03').warnings).toEqual(['gpio_type: the meaning of 3 is not known']);
  });
});

describe('the two variants of one model', () => {
  const profileOf = (deviceProfileName: string) => profileByName({ deviceProfileName });

  it('are told apart by name, and neither reads the other’s gas', () => {
    for (const name of ['Milesight AM319-HCHO', 'Milesight AM319 (HCHO) 868M', 'milesight am319-868M-HCHO']) {
      expect(profileOf(name)).toBe(milesightAm319Hcho);
    }
    for (const name of ['Milesight AM319', 'Milesight AM319-868M-O3']) {
      expect(profileOf(name)).toBe(milesightAm319);
    }
    expect(decodeHex(milesightAm319Hcho, '0A7D0700').readings).toEqual([
      { quantity: 'formaldehyde', value: 0.07 },
    ]);
    const { data, warnings } = decodeHex(milesightAm319, '0367EE000A7D0700');
    expect(data).toEqual({ temperature: 23.8 });
    expect(warnings).toEqual(['byte 4: channel 0a 7d is not known, nor its length; reading ended']);
    const history = `20CE${'00'.repeat(20)}0700`;
    const gasOf = (profile: DeviceProfile) => decodeHex(profile, history).readings.at(-1)?.quantity;
    expect([milesightAm319, milesightAm319Hcho].map(gasOf)).toEqual(['o3', 'formaldehyde']);
  });
});

describe('an air quality index', () => {
  it('is not sent as a mass because it does not fit', () => {
    expect(encodeUplink(milesightAm307, { tvoc: 2.14 }).bytes).toEqual(bytesOf('087DD600'));
    expect(encodeUplink(milesightAm307, { tvoc: 700 }).bytes).toEqual(bytesOf('08E6BC02'));
    for (const tvoc of [-0.01, 655.36]) {
      expect(() => encodeUplink(milesightAm307, { tvoc })).toThrow(/says tvoc/);
    }
  });
});

describe('batteries', () => {
  it('that are heard of a few times a day are not missed before', () => {
    for (const { facts } of profiles.filter(({ id }) => id.startsWith('milesight/'))) {
      expect(facts.rhythm.battery_level?.expectedIntervalS ?? 86_400).toBe(86_400);
    }
  });
});

describe('floats', () => {
  it('that are no number give no value, but a warning', () => {
    for (const float of ['0000C07F', '0000807F', '000080FF']) {
      const { data, readings, warnings } = decodeHex(milesightEm300Di, `05E10A000A00${float}`);
      expect(data).toEqual({ water_conv: 1, pulse_conv: 1 });
      expect(readings).toEqual([]);
      expect(warnings).toEqual([expect.stringMatching(/^water: .* is no measurement$/)]);
    }
  });

  it('are sent as near as 32 bits can say them, and not at all beyond', () => {
    const sent = (water: number) => encodeUplink(milesightEm300Di, { water_conv: 1, pulse_conv: 1, water });
    expect(decode(milesightEm300Di, sent(0.1)).data.water).toBe(Math.fround(0.1));
    expect(() => sent(3.5e38)).toThrow(/says .*water/);
  });
});

describe('people', () => {
  it('are counted since the last report or ever, by line, children apart', () => {
    const { readings } = decodeHex(milesightVs133, '03D27186000005CCC200C70114D2400D0300');
    expect(readings).toEqual([
      { quantity: 'people_in_total', value: 34_417, channel: 'line_1' },
      { quantity: 'people_in', value: 194, channel: 'line_1' },
      { quantity: 'people_out', value: 455, channel: 'line_1' },
      { quantity: 'people_in_total', value: 200_000, channel: 'line_2_child' },
    ]);
    expect(quantity('people_in').aggregate).toBe('sum');
    expect(quantity('people_in_total').aggregate).toBe('increase');
  });

  it('stay in regions, each told by a number that may be unknown', () => {
    const { data, warnings } = decodeHex(milesightVs133, '10E4050910112110E402752175330FE302100709');
    expect(data).toMatchObject({ region_2_avg_dwell: 8565, region_2_max_dwell: 13_173, region_1_count: 2 });
    expect(warnings).toEqual(['byte 0: channel 10 e4 of a kind that is not known']);
    expect(decodeHex(milesightVs133, '10E40101').errors).toEqual([
      'byte 2: channel 10E4 needs 5 byte(s), 2 left',
    ]);
  });

  it('are in as many regions as the last channel of a frame says', () => {
    const { data, readings } = decodeHex(milesightVs121, '04C9030400FF04C901020001');
    expect(data).toEqual({ people_count_all: 1, region_count: 2, region_1: 1, region_2: 0 });
    expect(readings).toEqual([
      { quantity: 'people_count', value: 1 },
      { quantity: 'space_occupied', value: true, channel: 'region_1' },
      { quantity: 'space_occupied', value: false, channel: 'region_2' },
    ]);
  });

  it('cut off are named once each', () => {
    expect(decodeHex(milesightVs121, '0EE4FF2F0613').errors).toEqual([
      'byte 2: dwell_time_avg, dwell_time_max needs 5 byte(s), 4 left',
    ]);
  });

  it('stay for a time that belongs to a region, if it is one', () => {
    expect(decodeHex(milesightVs121, '0EE40C2F061305').readings).toEqual([
      { quantity: 'dwell_time', value: 1583, channel: 'region_12' },
      { quantity: 'dwell_time_max', value: 1299, channel: 'region_12' },
    ]);
    expect(decodeHex(milesightVs121, '0EE4001E005802').readings).toEqual([
      { quantity: 'dwell_time', value: 30 },
      { quantity: 'dwell_time_max', value: 600 },
    ]);
    expect(decodeHex(milesightVs121, '0EE4FF2F061305')).toMatchObject({
      data: { dwell_time_avg: 1583, dwell_time_max: 1299 },
      readings: [],
    });
  });
});

describe('sound', () => {
  it('is named by the weightings the device is set to', () => {
    expect(decodeHex(milesightWs302, '055B053F02DA016A02').readings).toEqual([
      { quantity: 'sound_level_la', value: 57.5, channel: 'fast' },
      { quantity: 'sound_level_laeq', value: 47.4 },
      { quantity: 'sound_level_lamax', value: 61.8, channel: 'fast' },
    ]);
    expect(decodeHex(milesightWs302, '055BF53F02DA016A02').data).toEqual({
      LAF: 57.5,
      LAeq: 47.4,
      LAFmax: 61.8,
    });
  });

  it('of an unknown weighting is passed over', () => {
    for (const weighting of ['03', '0C', '0F']) {
      const { data, warnings } = decodeHex(milesightWs302, `055B${weighting}3F02DA016A02017564`);
      expect(data).toEqual({ battery: 100 });
      expect(warnings).toEqual(['byte 0: channel 05 5b of a kind that is not known']);
    }
  });
});

describe('values beyond what the sensor can measure', () => {
  it('are flagged', () => {
    const flagsOf = (hex: string) => decodeHex(milesightEm300Di, hex).readings[0]?.flags;
    expect(flagsOf('0367E803')).toEqual(['range']);
    expect(flagsOf('0367E800')).toBeUndefined();
  });

  it('are no readings where the sensor says how far it reaches', () => {
    const distanceOf = (hex: string) => decodeHex(milesightEm400Mud, hex).readings[0]?.value;
    expect(['04821E00', '04829411'].map(distanceOf)).toEqual([30, 4500]);
    for (const hex of ['04820000', '04821D00', '04829511', '0482FFFF', '8482FFFF01']) {
      const { data, readings, warnings } = decodeHex(milesightEm400Mud, hex);
      expect(data).toHaveProperty('distance');
      expect(readings).toEqual([]);
      expect(warnings).toEqual(['distance: out of reach of the sensor']);
    }
  });
});

describe('switches', () => {
  it('are read in the city’s units, whatever the other bits', () => {
    expect(
      decodeHex(milesightWs523, '0870FF05812C07C94A0006830966000004800700000003743009').readings,
    ).toEqual([
      { quantity: 'switched_on', value: true },
      { quantity: 'power_factor', value: 0.44 },
      { quantity: 'current', value: 0.074 },
      { quantity: 'active_energy', value: 26.121 },
      { quantity: 'active_power', value: 7 },
      { quantity: 'voltage', value: 235.2 },
    ]);
    expect(decodeHex(milesightWs558, '0831FF02').readings).toContainEqual({
      quantity: 'switched_on',
      value: true,
      channel: 'switch_2',
    });
  });

  it('are set by a word, several in one command', () => {
    const sent = (input: Parameters<typeof encodeDownlink>[1]) =>
      Buffer.from(encodeDownlink(milesightWs558, input).bytes).toString('hex');
    expect(sent({ switches: { switch_1: 'on', switch_8: 'off' } })).toBe('088101');
    expect(sent({ delay_task: { task_id: 0, delay_time: 600, switch_3: 'on' } })).toBe('ff320058020404');
    expect(encodeDownlink(milesightWs523, { socket_status: 'on', reboot: 'yes' }).bytes).toEqual([
      ...bytesOf('0801FFFFFF10FF'),
    ]);
  });

  it('refuse what they are not', () => {
    expect(encodeDownlink(milesightWs523, { socket_status: 'dim' }).errors).toEqual([
      'socket_status: must be one of on, off',
    ]);
    for (const switches of ['on', {}, { switch_9: 'on' }, { switch_1: 'on', switch_2: 'dim' }, null]) {
      expect(encodeDownlink(milesightWs558, { switches })).toMatchObject({
        bytes: [],
        errors: [expect.stringMatching(/^switches: must be an object of switch_1 \(optional\), /)],
      });
    }
    for (const delay_task of [
      { task_id: 0, switch_1: 'on' },
      { task_id: 0, delay_time: 70_000 },
    ]) {
      expect(encodeDownlink(milesightWs558, { delay_task }).errors).toHaveLength(1);
    }
  });
});

describe('a channel that comes twice in a frame', () => {
  it('leaves no empty object where its last value has no meaning', () => {
    const { data, warnings } = decodeHex(milesightCt103, '137501137500039700000000');
    expect(data).toEqual({ total_current: 0 });
    expect(warnings).toHaveLength(1);
  });
});
