import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCayenne, isCayenne } from './cayenne.ts';

const decodeHex = (hex: string) => decodeCayenne(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a Cayenne LPP payload', () => {
  // The examples of the specification: https://docs.mydevices.com/docs/lorawan/cayenne-lpp
  it.each([
    ['03 67 0110 05 67 00FF', { temperatureSensor: { 3: 27.2, 5: 25.5 } }],
    ['01 67 FFD7', { temperatureSensor: { 1: -4.1 } }],
    ['06 71 04D2 FB2E 0000', { accelerometer: { 6: { x: 1.234, y: -1.234, z: 0 } } }],
    [
      '01 88 06765F F2960A 0003E8',
      { gpsLocation: { 1: { latitude: 42.3519, longitude: -87.9094, altitude: 10 } } },
    ],
  ])('%s', (hex, data) => {
    expect(decodeHex(hex)).toMatchObject({ data, warnings: [], errors: [] });
  });

  it('gives readings by channel, in the quantities’ units', () => {
    const { readings } = decodeHex('0067010F 0168 70 0273 2794 0365 0140 0474 5A3C 0675 05DC 0782 00000334');
    expect(readings).toEqual([
      { quantity: 'air_temperature', value: 27.1, channel: 'ch0' },
      { quantity: 'relative_humidity', value: 56, channel: 'ch1' },
      { quantity: 'air_pressure', value: 1013.2, channel: 'ch2' },
      { quantity: 'light_illuminance', value: 320, channel: 'ch3' },
      { quantity: 'voltage', value: 231, channel: 'ch4' },
      { quantity: 'current', value: 1.5, channel: 'ch6' },
      { quantity: 'distance', value: 820, channel: 'ch7' },
    ]);
  });

  it('flags what cannot be, and keeps the last of one that repeats', () => {
    expect(decodeHex('016700FF 01677FFF').readings).toEqual([
      { quantity: 'air_temperature', value: 3276.7, channel: 'ch1', flags: ['range'] },
    ]);
  });

  it('stops at an unknown type, and at a value that is cut off, with what it had', () => {
    const had = { data: { temperatureSensor: { 1: 25.5 } }, errors: [] };
    expect(decodeHex('016700FF 02FE 01')).toMatchObject({
      ...had,
      warnings: ['byte 5: unknown type 254, the rest is not read'],
    });
    expect(decodeHex('016700FF 0267 01')).toMatchObject({
      ...had,
      warnings: ['byte 6: temperatureSensor lacks 1 of its 2 bytes'],
    });
    expect(decodeHex('016700FF 02')).toMatchObject({
      ...had,
      warnings: ['byte 4: a channel without a type'],
    });
  });

  it('is an error where nothing could be read', () => {
    expect(decodeHex('FF')).toEqual({
      data: {},
      readings: [],
      warnings: [],
      errors: ['byte 0: a channel without a type'],
      archivePayload: true,
    });
    expect(decodeHex('')).toMatchObject({ data: {}, warnings: [], errors: [] });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const { readings, warnings, errors } = decodeCayenne(bytes);
        expect(warnings.length + errors.length).toBeLessThan(2);
        for (const { channel } of readings) expect(channel).toMatch(/^[a-z0-9_]{1,16}$/);
      }),
    );
  });
});

describe('a device is taken for one', () => {
  it.each([
    [{ profileTag: 'cayenne/lpp' }, true],
    [{ profileTag: 'Cayenne/LPP', deviceProfileName: 'ACME' }, true],
    [{ profileTag: 'acme/w1', deviceProfileName: 'Cayenne LPP' }, false],
    [{ vendorTag: 'cayenne', modelTag: 'lpp' }, true],
    [{ deviceProfileName: 'CayenneLPP trackers' }, true],
    [{ deviceProfileName: 'cayenne-lpp' }, true],
    [{ deviceProfileName: 'Cayenne LPPX' }, false],
    [{ deviceProfileName: 'Pepper' }, false],
    [{}, false],
  ])('%o: %s', (names, expected) => expect(isCayenne(names)).toBe(expected));
});
