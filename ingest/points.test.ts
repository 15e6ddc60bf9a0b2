import { describe, expect, it } from 'vitest';
import type { DeviceDirectory, DeviceEvent, GatewayStats, ProfileFacts, Reading, Uplink } from '#core';
import { gatewayPoint, pointsOf } from './points.ts';
import { anUplink, receivedAtMs as time } from './testing-messages.ts';

const device = '24e124707c123456';
const profile: ProfileFacts = { id: 'milesight/am307', theme: 'building', rhythm: {} };
const unassigned: DeviceDirectory = { profileOf: () => undefined, placeOf: () => ({}) };

const reading = (over: Partial<Reading> = {}): Reading => ({
  device,
  time,
  quantity: 'co2',
  value: 936,
  ...over,
});

const uplink = (over: Partial<Uplink> = {}): Uplink =>
  anUplink({
    devEui: device,
    fPort: 85,
    receivedAtMs: time + 200,
    data: Buffer.from('0367ee00', 'hex'),
    profile,
    ...over,
  });

const event = (over: Partial<DeviceEvent> = {}): DeviceEvent => ({
  kind: 'event',
  type: 'ack',
  devEui: device,
  time,
  receivedAtMs: time + 5,
  flags: [],
  deduplicationId: 'dedup',
  details: { acknowledged: true },
  readings: [],
  ...over,
});

const readingPoints = (readings: readonly Reading[], directory = unassigned, duplicate = false) =>
  pointsOf(uplink({ readings }), directory, duplicate).slice(0, -1);
const radioFields = (over: Partial<Uplink>, duplicate = false) =>
  pointsOf(uplink(over), unassigned, duplicate).at(-1)?.fields;

describe('readings', () => {
  it('of one time and channel become one point in the theme of the model', () => {
    const motion = reading({ quantity: 'motion', value: true });
    expect(readingPoints([reading(), motion])).toEqual([
      {
        retention: 'readings',
        measurement: 'building',
        time,
        tags: { device },
        fields: { co2: 936, motion: true },
      },
    ]);
  });

  it('of other times and channels become points of their own', () => {
    const readings = [reading(), reading({ channel: 'l1' }), reading({ time: time - 1 })];
    expect(readingPoints(readings).map((point) => [point.time, point.tags])).toEqual([
      [time, { device }],
      [time, { device, channel: 'l1' }],
      [time - 1, { device }],
    ]);
  });

  it('belong where their channel was at their own time', () => {
    const directory: DeviceDirectory = {
      ...unassigned,
      placeOf: (_, channel, at) =>
        at < time ? { asset: 'old-room', site: 'house' } : { asset: `room-${channel}` },
    };
    const readings = [reading({ channel: 'a' }), reading({ channel: 'a', time: time - 1 })];
    expect(readingPoints(readings, directory).map(({ tags }) => tags)).toEqual([
      { device, channel: 'a', asset: 'room-a' },
      { device, channel: 'a', asset: 'old-room', site: 'house' },
    ]);
  });

  it('name their flags once, sorted, and which value is out of range', () => {
    const readings = [
      reading({ flags: ['history', 'range'] }),
      reading({ quantity: 'air_temperature', value: 900, flags: ['history', 'range'] }),
    ];
    expect(readingPoints(readings)[0]?.fields.flags).toBe('history range:air_temperature range:co2');
  });

  it('of a frame known before are flagged duplicate', () => {
    const [point] = readingPoints([reading({ flags: ['clock'] })], unassigned, true);
    expect(point?.fields.flags).toBe('clock duplicate');
  });

  it('of one message give the same points when it comes again', () => {
    const one = uplink({ readings: [reading(), reading({ channel: 'l1' })] });
    expect(pointsOf(one, unassigned, false)).toEqual(pointsOf(structuredClone(one), unassigned, false));
  });
});

describe('the radio log without archive', () => {
  const withoutArchive = (over: Partial<Uplink>) =>
    pointsOf(uplink(over), unassigned, false, false).map(({ measurement }) => measurement);
  const reading: Reading = { device, time, quantity: 'co2', value: 400 };

  it('leaves out uplinks that gave readings, and those alone', () => {
    expect(withoutArchive({ profile, readings: [reading] })).toEqual(['building']);
    expect(withoutArchive({ profile, readings: [] })).toEqual(['uplink']);
    expect(withoutArchive({ error: { code: 'profile_unknown', message: 'no profile' } })).toEqual(['uplink']);
  });
});

describe('the radio log', () => {
  it('has a row for every uplink, even without model and readings', () => {
    const { profile: _, ...strange } = uplink({ error: { code: 'profile_unknown', message: 'none' } });
    expect(pointsOf(strange, unassigned, false)).toEqual([
      {
        retention: 'uplinks',
        measurement: 'uplink',
        time,
        tags: { device },
        fields: {
          f_cnt: 7,
          f_port: 85,
          dev_addr: '007e5f43',
          deduplication_id: 'dedup',
          confirmed: false,
          data_rate: 5,
          frequency_hz: 868_100_000,
          spreading_factor: 7,
          received_at_ms: time + 200,
          gateways: 0,
          gateway_ids: '',
          payload: '0367ee00',
          error: 'profile_unknown',
          error_message: 'none',
        },
      },
    ]);
  });

  it('gives signal strength by the strongest gateway, and names them all', () => {
    const gateways = [
      { gatewayId: 'a', rssiDbm: -104, snrDb: 12 },
      { gatewayId: 'b', rssiDbm: -67, snrDb: 9.2 },
      { gatewayId: 'c', rssiDbm: -67, snrDb: 1 },
    ];
    expect(radioFields({ gateways })).toMatchObject({
      gateways: 3,
      gateway_ids: 'a b c',
      rssi_dbm: -67,
      snr_db: 9.2,
    });
  });

  it('does not archive a payload that holds what is personal', () => {
    expect(radioFields({ archivePayload: false })).not.toHaveProperty('payload');
  });

  it('keeps what the payload says as JSON text, with warnings and flags', () => {
    expect(
      radioFields({
        object: { temperature: 23.8 },
        warnings: ['one', 'two'],
        flags: ['clock', 'history_rejected'],
      }),
    ).toMatchObject({
      object: '{"temperature":23.8}',
      warnings: 'one; two',
      flags: 'clock history_rejected',
      profile: 'milesight/am307',
    });
  });

  it('flags a frame known before', () => {
    expect(radioFields({ flags: ['clock'] }, true)?.flags).toBe('clock duplicate');
  });
});

describe('a device event', () => {
  it('is a row of its type with its details', () => {
    expect(pointsOf(event(), unassigned, false)).toEqual([
      {
        retention: 'uplinks',
        measurement: 'event',
        time,
        tags: { device, type: 'ack' },
        fields: { acknowledged: true, received_at_ms: time + 5, deduplication_id: 'dedup' },
      },
    ]);
  });

  it('names neither uplink nor flags where there are none', () => {
    const fieldsOf = (over: Partial<DeviceEvent>) => pointsOf(event(over), unassigned, false)[0]?.fields;
    expect(fieldsOf({ deduplicationId: '' })).not.toHaveProperty('deduplication_id');
    expect(fieldsOf({ flags: ['clock'] })).toMatchObject({ flags: 'clock' });
  });

  it('with a battery level gives a point of the model’s theme too', () => {
    const battery = reading({ quantity: 'battery_level', value: 78.5 });
    const [point, row] = pointsOf(event({ type: 'status', profile, readings: [battery] }), unassigned, false);
    expect(point).toMatchObject({ measurement: 'building', fields: { battery_level: 78.5 } });
    expect(row?.measurement).toBe('event');
  });
});

describe('a gateway’s statistics', () => {
  const stats: GatewayStats = {
    kind: 'gateway-stats',
    gatewayId: '0016c001f1500001',
    time,
    receivedAtMs: time + 254,
    flags: [],
    rxPacketsReceived: 10,
    rxPacketsReceivedOk: 9,
    txPacketsReceived: 2,
    txPacketsEmitted: 1,
    metadata: { version: '4.4.0' },
  };

  it('are a row of the radio log, tagged with the gateway', () => {
    expect(gatewayPoint(stats)).toEqual({
      retention: 'uplinks',
      measurement: 'gateway',
      time,
      tags: { gateway: '0016c001f1500001' },
      fields: {
        rx_packets_received: 10,
        rx_packets_received_ok: 9,
        tx_packets_received: 2,
        tx_packets_emitted: 1,
        received_at_ms: time + 254,
        metadata: '{"version":"4.4.0"}',
      },
    });
  });

  it('say where it is and that its clock was wrong, where that is so', () => {
    const location = { latitudeDeg: 52.367573, longitudeDeg: 4.904139, altitudeM: 12.5 };
    expect(gatewayPoint({ ...stats, location, flags: ['clock'] }).fields).toMatchObject({
      latitude_deg: 52.367573,
      longitude_deg: 4.904139,
      altitude_m: 12.5,
      flags: 'clock',
    });
  });
});
