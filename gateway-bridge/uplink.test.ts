import { describe, expect, it } from 'vitest';
import type { DeviceDirectory, Uplink } from '#core';
import { upSchema } from './event-schema.ts';
import { uplinkOf } from './uplink.ts';

const device = '24e124707c123456';
/** One hour after the history record of {@link pastFrame}. */
const time = '2024-07-24T02:03:03.25+00:00';
const timeMs = Date.parse(time);
const recordMs = 1_721_782_983_000;
/** AM307 channel 20/CE: −4.6 °C, 47.5 %, idle, light 5, 3909 ppm, IAQ 2.35, 805.9 hPa at 1 721 782 983 s. */
const pastFrame = '20CEC752A066D2FF5F000005450FEB007B1F';
/** The same channel at 1 640 000 000 s: years before the uplink. */
const ancientFrame = '20CE006AC06138FF0000010090010000401F';
/** AM307 channel 03/67: 23.8 °C. */
const warmFrame = '0367EE00';

const unassigned: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };

interface Given {
  readonly hex?: string;
  readonly deviceProfileName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly directory?: DeviceDirectory;
  /** Fields of the event in place of the usual ones. */
  readonly event?: Readonly<Record<string, unknown>>;
}

function uplink(given: Given): Uplink {
  const { hex = '', deviceProfileName = 'Milesight AM307', tags = {}, directory = unassigned } = given;
  const event = {
    type: 'up' as const,
    ...upSchema.parse({
      time,
      deviceInfo: { devEui: device, deviceProfileName, tags },
      deduplicationId: 'd',
      devAddr: '007e5f43',
      fCnt: 7,
      fPort: 85,
      data: Buffer.from(hex, 'hex').toString('base64'),
      rxInfo: [{ gatewayId: 'g', nsTime: time, rssi: -67, snr: 9.2 }],
      ...given.event,
    }),
  };
  const raw = { receivedAtMs: timeMs + 200, broker: 'b', topic: 't', payload: new Uint8Array() };
  const made = uplinkOf(event, raw, { directory });
  if (made instanceof Promise) throw new Error('without strangers nothing has to be waited for');
  return made;
}

describe('an uplink of a known model', () => {
  it('gives readings of the uplink’s time, and what the payload says in the vendor’s words', () => {
    expect(uplink({ hex: warmFrame, event: { object: { temperature: 99 } } })).toMatchObject({
      profile: { id: 'milesight/am307', theme: 'building' },
      object: { temperature: 23.8 },
      readings: [{ device, time: timeMs, quantity: 'air_temperature', value: 23.8 }],
      warnings: [],
      archivePayload: true,
    });
  });

  it('carries the flag of an unbelievable time over to its readings', () => {
    const { flags, readings } = uplink({ hex: warmFrame, event: { time: '1980-01-06T00:16:40Z' } });
    expect(flags).toEqual(['clock']);
    expect(readings).toMatchObject([{ time: timeMs, flags: ['clock'] }]);
  });

  it('keeps the values that came whole of a truncated frame, with a warning', () => {
    const { readings, warnings, error } = uplink({ hex: `${warmFrame}0468` });
    expect(readings.map(({ quantity }) => quantity)).toEqual(['air_temperature']);
    expect(warnings).toEqual([expect.stringContaining('byte 6')]);
    expect(error).toBeUndefined();
  });

  it('flags a value that cannot be', () => {
    expect(uplink({ hex: '03670080' }).readings).toMatchObject([{ value: -3276.8, flags: ['range'] }]);
  });
});

describe('an uplink that cannot be decoded', () => {
  it('keeps the raw payload and ChirpStack’s object where the model is not known', () => {
    const result = uplink({
      hex: '0100E2',
      deviceProfileName: 'Acme X1',
      event: { object: { co2: 776 } },
    });
    expect(result).toMatchObject({
      data: Buffer.from('0100E2', 'hex'),
      object: { co2: 776 },
      readings: [],
      error: { code: 'profile_unknown', message: expect.stringContaining('Acme X1') },
      archivePayload: true,
    });
    expect(result.profile).toBeUndefined();
  });

  it('keeps the raw payload, the model, ChirpStack’s object and the reason where decoding fails', () => {
    expect(uplink({ hex: 'AABBCC', event: { object: { temperature: 1 } } })).toMatchObject({
      data: Buffer.from('AABBCC', 'hex'),
      profile: { id: 'milesight/am307' },
      object: { temperature: 1 },
      readings: [],
      error: { code: 'decode_failed', message: expect.stringContaining('channel aa bb') },
    });
  });
});

describe('a frame without a payload', () => {
  it.each([
    ['MAC-only', { fPort: 0, data: '' }],
    ['MAC commands on fPort 0', { fPort: 0, data: 'Ag==' }],
    ['empty', { fPort: 85, data: '' }],
    ['with its data left out', { fPort: 85, data: undefined }],
  ])('(%s) is an uplink of its model with neither readings nor error', (_, event) => {
    const result = uplink({ event });
    expect(result).toMatchObject({ profile: { id: 'milesight/am307' }, readings: [], warnings: [], fCnt: 7 });
    expect(result.error).toBeUndefined();
  });

  it('of an unknown model is no decode error', () => {
    expect(uplink({ deviceProfileName: 'Acme X1' }).error).toBeUndefined();
  });
});

describe('radio facts', () => {
  it('that proto3 JSON leaves out are zero', () => {
    expect(uplink({ event: { rxInfo: [{ gatewayId: 'g' }] } })).toMatchObject({
      gateways: [{ gatewayId: 'g', rssiDbm: 0, snrDb: 0 }],
      dataRate: 0,
      confirmed: false,
      frequencyHz: 0,
      spreadingFactor: 0,
    });
  });

  it('of a modulation other than LoRa have no spreading factor', () => {
    const txInfo = { frequency: 868_300_000, modulation: { fsk: { datarate: 50_000 } } };
    expect(uplink({ event: { txInfo } })).toMatchObject({ frequencyHz: 868_300_000, spreadingFactor: 0 });
  });

  it('name every gateway, in ChirpStack’s order', () => {
    const rxInfo = [{ gatewayId: 'b' }, { gatewayId: 'a', rssi: -1, snr: -3.25 }];
    expect(uplink({ event: { rxInfo } }).gateways).toEqual([
      { gatewayId: 'b', rssiDbm: 0, snrDb: 0 },
      { gatewayId: 'a', rssiDbm: -1, snrDb: -3.25 },
    ]);
  });
});

describe('history records', () => {
  it('give readings of their own time, flagged history', () => {
    const { readings, flags } = uplink({ hex: pastFrame });
    expect(readings).toHaveLength(7);
    for (const reading of readings) expect(reading).toMatchObject({ time: recordMs, flags: ['history'] });
    expect(readings).toContainEqual(expect.objectContaining({ quantity: 'co2', value: 3909 }));
    expect(flags).toEqual([]);
  });

  it('keep their time where the uplink’s own cannot be believed', () => {
    const { readings, flags } = uplink({ hex: pastFrame, event: { time: '1980-01-06T00:16:40Z' } });
    expect(flags).toEqual(['clock']);
    expect(readings[0]).toMatchObject({ time: recordMs, flags: ['history'] });
  });

  it('outside the time rule are left out, said once, and flagged on the uplink', () => {
    const result = uplink({ hex: warmFrame + ancientFrame });
    expect(result.readings).toMatchObject([{ quantity: 'air_temperature', time: timeMs }]);
    expect(result.flags).toEqual(['history_rejected']);
    expect(result.warnings).toEqual([expect.stringContaining('1640000000')]);
    expect(result.object).toMatchObject({ history: [{ timestamp: 1_640_000_000 }] });
    expect(result.error).toBeUndefined();
  });

  it('are judged one by one', () => {
    const { readings, flags, warnings } = uplink({ hex: pastFrame + ancientFrame });
    expect(new Set(readings.map((reading) => reading.time))).toEqual(new Set([recordMs]));
    expect([flags, warnings.length]).toEqual([['history_rejected'], 1]);
  });
});

describe('the model of a device', () => {
  const idOf = (given: Given): string | undefined => uplink({ hex: '01', ...given }).profile?.id;
  const named = (id: string): DeviceDirectory => ({ ...unassigned, profileOf: () => id });

  it('is the one the directory names, before all else', () => {
    const tags = { profile: 'milesight/am307', vendor: 'Milesight', model: 'AM307' };
    expect(idOf({ directory: named('bosch/tps110'), tags })).toBe('bosch/tps110');
  });

  it('is asked of the directory for the device and the time of the event', () => {
    const asked: [string, number][] = [];
    const profileOf = (devEui: string, atMs: number): undefined => {
      asked.push([devEui, atMs]);
    };
    uplink({ directory: { ...unassigned, profileOf } });
    expect(asked).toEqual([[device, timeMs]]);
  });

  it('is not guessed where the directory names one that is not there', () => {
    expect(uplink({ hex: '01', directory: named('acme/x1') }).error?.code).toBe('profile_unknown');
  });

  it('else is that of the tag profile', () => {
    const tags = { profile: 'Bosch/TPS110', vendor: 'Milesight', model: 'CT103' };
    expect(idOf({ tags })).toBe('bosch/tps110');
  });

  it('else is that of the tags vendor and model', () => {
    expect(idOf({ tags: { vendor: 'milesight', model: 'ct103' } })).toBe('milesight/ct103');
  });

  it('else is what the name of the device profile begins with', () => {
    expect(idOf({ deviceProfileName: 'BOSCH TPS110 (no codec)' })).toBe('bosch/tps110');
    expect(idOf({ tags: { vendor: 'Bosch' } })).toBe('milesight/am307');
    expect(idOf({ deviceProfileName: 'our Bosch TPS110' })).toBeUndefined();
  });
});
