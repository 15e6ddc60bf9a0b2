/** Captured ChirpStack events in at a real mosquitto, points out of a real InfluxDB, answers out of the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedEvents, capturedMessages } from '../services/captured.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const am307 = '24e124707c123456';
const ct103 = '24e124746c876543';
const tps110 = 'fcd6bd00001a2b3c';

describe.skipIf(missing('mosquitto', 'influxd'))('captured events through the whole platform', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let publisher: Publisher;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  const events = capturedMessages();
  const count = (text: string): Promise<number> => influx.count(text);

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('e2e'),
    ]);
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    publisher = await Publisher.connect(mosquitto.url);
    await eventually(async () => expect(await platform.get('/health/ready')).toMatchObject({ status: 200 }));
    await publisher.publish(events);
    await eventually(async () => expect(await platform.metric('messages_translated_total')).toBe(124));
    await eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0), 15_000);
  });
  afterAll(async () => {
    await publisher.close();
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  it('stores every uplink once, and nothing of commands', async () => {
    expect(await count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(89);
    expect(await platform.metric('mqtt_received_total')).toBe(124);
    expect(await platform.metric('dead_letters_total')).toBe(0);
  });

  it('stores every join, status, log, ack and txack', async () => {
    const rows = await influx.query('SELECT count(received_at_ms) FROM uplinks.event GROUP BY type');
    expect(Object.fromEntries(rows.map(({ type, count: n }) => [type, n]))).toEqual({
      join: 2,
      status: 4,
      log: 17,
      ack: 4,
      txack: 8,
    });
  });

  it('decodes the first AM307 uplink into the environment station’s point', async () => {
    const [row] = await influx.query(
      `SELECT * FROM readings.building WHERE device = '${am307}' AND time = '2026-11-22T00:07:06.688Z'`,
    );
    expect(row).toMatchObject({
      air_temperature: 23.8,
      relative_humidity: 62,
      air_pressure: 1008.6,
      co2: 936,
      iaq_index: 0.37,
      light_level: 2,
      motion: true,
      battery_level: 100,
    });
    expect(row?.asset).toBeTruthy();
    expect(row?.site).toBeTruthy();
  });

  it('gives the uplink of 1980 the time the network server saw it, and says so', async () => {
    const [row] = await influx.query(`SELECT * FROM uplinks.uplink WHERE device = '${am307}' AND f_cnt = 45`);
    expect(row).toMatchObject({ time: Date.parse('2026-11-22T00:07:24.033Z'), flags: 'clock' });
    const [reading] = await influx.query(
      `SELECT air_temperature, flags FROM readings.building WHERE time = '2026-11-22T00:07:24.033Z'`,
    );
    expect(reading).toMatchObject({ air_temperature: 25.1, flags: 'clock' });
    expect(await count(`SELECT count(f_cnt) FROM uplinks.uplink WHERE time < '2026-01-01'`)).toBe(0);
  });

  it('believes a gateway’s GPS time where it can be true', async () => {
    const [row] = await influx.query(`SELECT * FROM uplinks.uplink WHERE device = '${am307}' AND f_cnt = 4`);
    expect(row).toMatchObject({ time: Date.parse('2026-11-22T00:07:09.123Z'), gateways: 3, rssi_dbm: -67 });
    expect(row?.flags).toBeFalsy();
  });

  it('decodes itself what ChirpStack’s codec decoded, to the same values', async () => {
    const [row] = await influx.query(`SELECT * FROM uplinks.uplink WHERE device = 'a81758fffe04c28d'`);
    expect(row).toMatchObject({ error: null, payload: '0100e202290400270506060308070d62' });
    expect(JSON.parse(String(row?.object))).toMatchObject({ temperature: 22.6, co2: 776 });
  });

  it('gives MAC-only and empty frames a row and no readings', async () => {
    const rows = await influx.query(
      `SELECT f_cnt, payload, error FROM uplinks.uplink WHERE device = '${am307}' AND f_cnt >= 8 AND f_cnt <= 11`,
    );
    expect(rows.map(({ f_cnt, payload, error }) => [f_cnt, payload, error])).toEqual(
      [8, 9, 10, 11].map((fCnt) => [fCnt, '', null]),
    );
  });

  it('takes a battery level from a status only where there is one', async () => {
    const rows = await influx.query(
      `SELECT battery_level, external_power FROM uplinks.event WHERE type = 'status'`,
    );
    expect(rows.map(({ battery_level, external_power }) => [battery_level, external_power])).toEqual([
      [78.74016, false],
      [null, true],
      [null, false],
      [78.74016, false],
    ]);
  });

  it('marks the same radio frame processed twice as a duplicate', async () => {
    const rows = await influx.query(
      `SELECT f_cnt, flags FROM uplinks.uplink WHERE device = '70b3d50000002001'`,
    );
    expect(rows.map(({ f_cnt, flags }) => [f_cnt, flags])).toEqual([
      [0, null],
      [1, null],
      [1, 'duplicate'],
      [0, null],
    ]);
  });

  it('gives one point for the same event sent again', async () => {
    await publisher.publish(capturedEvents('up'));
    await eventually(async () =>
      expect(await platform.metric('messages_translated_total', 'uplink')).toBe(178),
    );
    await eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0), 15_000);
    expect(await count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(89);
    expect(await count(`SELECT count(current) FROM readings.energy WHERE device = '${ct103}'`)).toBe(2);
    expect(await count(`SELECT count(bay_occupied) FROM readings.parking WHERE device = '${tps110}'`)).toBe(
      3,
    );
  });

  it('answers with the charging station, the parking site and the environment station', async () => {
    const charging = await platform.get('/v1/charging/stations');
    expect(charging).toMatchObject({
      status: 200,
      body: { stations: [{ points: [{ basis: expect.any(Array) }] }] },
    });
    const parking = await platform.get('/v1/parking/sites');
    expect(parking).toMatchObject({ status: 200, body: { sites: [{ capacity: 4 }] } });
    const environment = await platform.get('/v1/environment/stations');
    expect(environment).toMatchObject({
      status: 200,
      body: {
        stations: [
          {
            measurements: expect.arrayContaining([expect.objectContaining({ quantity: 'co2', value: 936 })]),
          },
        ],
      },
    });
  });
});
