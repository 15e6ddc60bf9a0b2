import { describe, expect, it } from 'vitest';
import type { DeviceDirectory, DeviceEvent } from '#core';
import { createTranslate } from './translate.ts';

const device = '24e124707c123456';
const time = '2026-11-22T00:07:07.703675648+00:00';
const timeMs = Date.parse('2026-11-22T00:07:07.703Z');
const receivedAtMs = timeMs + 8;
const directory: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };
const translate = createTranslate(directory);

function event(type: DeviceEvent['type'], fields: Readonly<Record<string, unknown>>): DeviceEvent {
  const deviceInfo = { devEui: device, deviceProfileName: 'Milesight AM307' };
  const result = translate({
    receivedAtMs,
    broker: 'b',
    topic: `application/1/device/${device}/event/${type}`,
    payload: Buffer.from(JSON.stringify({ time, deviceInfo, ...fields })),
  });
  if (result.kind !== 'event') throw new Error(`${result.kind} in place of an event`);
  return result;
}

describe('every device event', () => {
  it('has its device, its time, its model and the uplink it belongs to', () => {
    expect(event('join', { deduplicationId: 'd', devAddr: '007e5f43' })).toMatchObject({
      kind: 'event',
      type: 'join',
      devEui: device,
      time: timeMs,
      receivedAtMs,
      flags: [],
      deduplicationId: 'd',
      profile: { id: 'milesight/am307' },
      details: { dev_addr: '007e5f43' },
      readings: [],
    });
  });

  it('takes the time it came where its own cannot be believed', () => {
    expect(event('ack', { time: '1980-01-06T00:16:40Z', queueItemId: 'q' })).toMatchObject({
      time: receivedAtMs,
      flags: ['clock'],
    });
  });

  it('of an unknown model is an event like any other', () => {
    const result = event('ack', { queueItemId: 'q', deviceInfo: { devEui: device } });
    expect(result.profile).toBeUndefined();
  });
});

describe('a status', () => {
  const status = (fields: Readonly<Record<string, unknown>>): DeviceEvent =>
    event('status', { deduplicationId: 'd', margin: -4, ...fields });

  it('gives the battery level as a reading and a detail', () => {
    const { readings, details } = status({ batteryLevel: 78.74016 });
    expect(readings).toEqual([{ device, time: timeMs, quantity: 'battery_level', value: 78.74016 }]);
    expect(details).toEqual({ margin_db: -4, external_power: false, battery_level: 78.74016 });
  });

  it('of 0 is an empty battery where neither external power nor unavailability is said', () => {
    expect(status({ batteryLevel: 0 }).readings).toMatchObject([{ value: 0 }]);
    expect(status({}).readings).toMatchObject([{ value: 0 }]);
  });

  it.each([
    ['on external power', { externalPowerSource: true, batteryLevel: 0 }, true],
    ['that cannot measure it', { batteryLevelUnavailable: true, batteryLevel: 0 }, false],
  ])('of a device %s has no battery level', (_, fields, external) => {
    const { readings, details } = status(fields);
    expect(readings).toEqual([]);
    expect(details).toEqual({ margin_db: -4, external_power: external });
  });

  it('whose time cannot be believed flags its reading too', () => {
    const { readings } = status({ batteryLevel: 50, time: 'never' });
    expect(readings).toMatchObject([{ time: receivedAtMs, flags: ['clock'] }]);
  });
});

describe('a log', () => {
  const log = { level: 'ERROR', code: 'UPLINK_CODEC', description: 'JS error' };

  it('keeps its context as text, and the uplink it belongs to', () => {
    const context = { deduplication_id: 'd', f_cnt_up: '5' };
    expect(event('log', { ...log, context })).toMatchObject({
      deduplicationId: 'd',
      details: {
        level: 'ERROR',
        code: 'UPLINK_CODEC',
        description: 'JS error',
        context: '{"deduplication_id":"d","f_cnt_up":"5"}',
      },
    });
  });

  it('without context belongs to no uplink', () => {
    expect(event('log', log)).toMatchObject({ deduplicationId: '', details: { context: '{}' } });
  });

  it('is cut where it is endless', () => {
    expect(event('log', { ...log, description: 'x'.repeat(10_000) }).details.description).toHaveLength(2000);
  });

  it('without a level is for information, as proto3 JSON leaves out the zero of an enum', () => {
    expect(event('log', { code: 'UNKNOWN' }).details).toMatchObject({ level: 'INFO', description: '' });
  });
});

describe('an answer to a downlink', () => {
  it('by the device says whether it was acknowledged', () => {
    const ack = { deduplicationId: 'd', queueItemId: 'q', fCntDown: 19 };
    expect(event('ack', { ...ack, acknowledged: true })).toMatchObject({
      deduplicationId: 'd',
      details: { queue_item_id: 'q', acknowledged: true, f_cnt_down: 19 },
    });
    expect(event('ack', ack).details.acknowledged).toBe(false);
  });

  it('by the gateway says when and how it was sent', () => {
    const txInfo = { frequency: 868_100_000, power: 16, modulation: {}, context: 'sGQwRQ==' };
    const txack = { downlinkId: 3_835_971_464, queueItemId: 'q', fCntDown: 18, gatewayId: 'g', txInfo };
    expect(event('txack', txack)).toMatchObject({
      deduplicationId: '',
      details: {
        downlink_id: 3_835_971_464,
        queue_item_id: 'q',
        f_cnt_down: 18,
        gateway_id: 'g',
        frequency_hz: 868_100_000,
        power_dbm: 16,
      },
    });
  });

  it('needs no more than the gateway', () => {
    expect(event('txack', { gatewayId: 'g' }).details).toEqual({
      downlink_id: 0,
      queue_item_id: '',
      f_cnt_down: 0,
      gateway_id: 'g',
      frequency_hz: 0,
      power_dbm: 0,
    });
  });
});
