import { describe, expect, it } from 'vitest';
import { decode, encodeUplink } from './decode.ts';
import { decentlabDlAtm41g2 } from './devices/decentlab-dl-atm41g2.ts';
import { decentlabDlIam } from './devices/decentlab-dl-iam.ts';
import { decentlabDlMbx } from './devices/decentlab-dl-mbx.ts';
import { decentlabDlSmtp } from './devices/decentlab-dl-smtp.ts';
import type { DeviceProfile } from './profile.ts';
import { bytesOf } from './vectors.ts';

const decodeHex = (profile: DeviceProfile, hex: string) => decode(profile, { bytes: bytesOf(hex), fPort: 1 });
const quantitiesOf = (profile: DeviceProfile, hex: string) =>
  decodeHex(profile, hex).readings.map(({ quantity }) => quantity);

describe('the weather station', () => {
  const noStrike = '025EF80003805C000080008000803484B3803680E78086A60181D680ED81C9809F8000117000010ADC';
  const strikes = '02AC600003A04536AC8011801E8CBB8019909E80FB8028A33281AC81B57C9680E8816B0110000B0C47';

  it('tells pressures in hPa and rain both by report and in all', () => {
    const { readings } = decodeHex(decentlabDlAtm41g2, strikes);
    expect(readings).toContainEqual({ quantity: 'air_pressure', value: 901 });
    expect(readings).toContainEqual({ quantity: 'vapor_pressure', value: 4 });
    expect(readings).toContainEqual({ quantity: 'precipitation_period', value: 13.996 });
    expect(readings).toContainEqual({ quantity: 'precipitation', value: 721.168 });
    expect(readings).toContainEqual({ quantity: 'tilt', value: -87.4, channel: 'x' });
  });

  it('knows no distance of a lightning that was not, which is nothing unusual', () => {
    const { data, warnings } = decodeHex(decentlabDlAtm41g2, noStrike);
    expect(data).toMatchObject({ lightning_strike_count: 0, lightning_average_distance: 0 });
    expect(warnings).toEqual([]);
    expect(quantitiesOf(decentlabDlAtm41g2, noStrike)).not.toContain('lightning_distance');
    expect(quantitiesOf(decentlabDlAtm41g2, strikes)).toContain('lightning_distance');
  });
});

describe('a value its device doubts', () => {
  it('is data and a warning, but no reading: no echo', () => {
    const { data, readings, warnings } = decodeHex(decentlabDlMbx, '020AEF000313F500000A71');
    expect(data).toMatchObject({ distance: 5109, number_of_valid_samples: 0 });
    expect(readings).toEqual([{ quantity: 'battery_voltage', value: 2.673 }]);
    expect(warnings).toEqual(['distance: no echo']);
  });

  it('is no reading either where the payload ends before it is told', () => {
    expect(decodeHex(decentlabDlMbx, '020AEF000313F500')).toMatchObject({
      data: { device_id: 2799, distance: 5109 },
      readings: [],
      warnings: ['byte 7: number_of_valid_samples needs 2 byte(s), 1 left'],
    });
  });

  it('may be one of many: CO2, light, depths without a sensor', () => {
    const faulty = '023776007F0AB6436F1D12A647117213FE82C600025747001C05F9';
    expect(decodeHex(decentlabDlIam, faulty).warnings).toEqual([
      'co2_concentration: the CO2 sensor reports a fault',
    ]);
    expect(quantitiesOf(decentlabDlIam, faulty)).not.toContain('co2');
    expect(quantitiesOf(decentlabDlIam, '020BBD001081C7000093D4')).toEqual(['co2']);

    const dark = decodeHex(decentlabDlIam, '020BBD0008FFFF0000');
    expect(dark.data).toMatchObject({ ambient_light_visible_infrared: 65_535 });
    expect(dark.readings).toEqual([]);

    const six = '020B50000309018A8C09438A9809278A920B3C8AA50C9C8A8C11E08AA500000000000000000B3B';
    const { readings, warnings } = decodeHex(decentlabDlSmtp, six);
    expect(readings.filter(({ quantity }) => quantity === 'soil_temperature')).toHaveLength(6);
    expect(readings.some(({ channel }) => channel === 'depth_index_7')).toBe(false);
    expect(warnings).toContain('soil_moisture_at_depth_6: no sensor at this depth');
  });
});

describe('the soil profile', () => {
  it('tells moisture in per cent, each depth on its own channel', () => {
    const { readings } = decodeHex(
      decentlabDlSmtp,
      '02A73400030A1F7DFF0B9489EC0AD479E40ABB7BF00ABF83C60B158BBB0AEC82A20A328F5F0D3B',
    );
    expect(readings).toContainEqual({ quantity: 'soil_moisture', value: 18.2, channel: 'depth_index_0' });
    expect(readings).toContainEqual({ quantity: 'soil_moisture', value: 22, channel: 'depth_index_7' });
  });
});

describe('illuminance', () => {
  const light = { device_id: 3005, ambient_light_visible_infrared: 610, ambient_light_infrared: 105 };

  it('follows from two words, and is refused where it does not', () => {
    const { data } = decodeHex(decentlabDlIam, '020BBD000802620069');
    expect(data.illuminance).toBeCloseTo(678.765_12, 9);
    expect(encodeUplink(decentlabDlIam, light).bytes).toEqual(bytesOf('020BBD000802620069'));
    expect(() => encodeUplink(decentlabDlIam, { ...light, illuminance: 600 })).toThrow(/says illuminance/);
  });
});
