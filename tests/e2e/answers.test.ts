/** Captured events as if they had just happened: what a city app gets to know of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOfNow, capturedMessages } from '../services/captured.ts';
import { readStream } from '../services/event-stream.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const tps110 = 'fcd6bd00001a2b3c';

describe.skipIf(missing('mosquitto', 'influxd'))('a city app asking right after the captured events', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let publisher: Publisher;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('answers'),
    ]);
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    publisher = await Publisher.connect(mosquitto.url);
    await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
    await publisher.publish(asOfNow(capturedMessages()));
    await eventually(async () =>
      expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(89),
    );
  });
  afterAll(async () => {
    await publisher.close();
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  it('learns that the charge point is charging, and from what', async () => {
    const { body } = await platform.get('/v1/charging/stations');
    expect(body).toMatchObject({
      stations: [
        {
          capacity: 1,
          available: 0,
          freshness: 'live',
          points: [{ status: 'CHARGING', basis: ['meter'], freshness: 'live' }],
        },
      ],
    });
  });

  it('learns which bays are free', async () => {
    const { body } = await platform.get('/v1/parking/sites');
    expect(body).toMatchObject({
      sites: [{ capacity: 4, free: 2, occupied: 2, unknown: 0, freshness: 'live' }],
    });
    expect(JSON.stringify(body)).not.toContain(tps110);
  });

  it('learns how the air is, each quantity as of its last value', async () => {
    const { body } = await platform.get('/v1/environment/stations');
    const value = (quantity: string, is: number) =>
      expect.objectContaining({ quantity, value: is, freshness: 'live' });
    expect(body).toMatchObject({
      stations: [
        {
          measurements: expect.arrayContaining([
            value('air_temperature', 23.8),
            value('relative_humidity', 62),
            value('co2', 936),
            value('air_pressure', 1008.6),
          ]),
        },
      ],
    });
  });

  it('gets the history of the air, and none of four bays, with the reason', async () => {
    const list = (await platform.get('/v1/environment/stations')).body as { stations: { id: string }[] };
    const history = await platform.get(
      `/v1/environment/stations/${list.stations[0]?.id}/history?quantity=air_temperature&bucket=1h`,
    );
    expect(history.status).toBe(200);
    expect(history.body).toMatchObject({ series: [{ quantity: 'air_temperature', unit: 'Cel' }] });
    const parking = (await platform.get('/v1/parking/sites')).body as { sites: { id: string }[] };
    const withheld = await platform.get(`/v1/parking/sites/${parking.sites[0]?.id}/history`);
    expect(withheld).toMatchObject({
      status: 403,
      body: { code: 'history_withheld', detail: expect.any(String) },
    });
  });

  it('hears of a change while it listens', async () => {
    const reading = readStream(`${platform.url}/v1/stream?kind=parking`, (events) =>
      events.some(
        ({ data }) => typeof data === 'object' && data !== null && 'free' in data && data.free === 1,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [arrival] = asOfNow(
      capturedMessages().filter(
        ({ topic, payload }) => topic.includes(tps110) && payload.includes('"fCnt":1,'),
      ),
      0,
    );
    await publisher.publish(
      arrival
        ? [
            {
              ...arrival,
              payload: arrival.payload
                .replace('"fCnt":1,', '"fCnt":3,')
                .replace(/"deduplicationId":"./, '"deduplicationId":"f'),
            },
          ]
        : [],
    );
    const events = await reading;
    expect(events[0]).toMatchObject({ event: 'parking', data: { free: 2, occupied: 2 } });
    expect(events.find(({ event }) => event === 'ready')).toBeTruthy();
    expect(events.at(-1)).toMatchObject({ event: 'parking', data: { free: 1, occupied: 3 } });
  });

  it('gets the same answers after a restart', async () => {
    const paths = ['/v1/charging/stations', '/v1/parking/sites', '/v1/environment/stations'];
    const before = await Promise.all(paths.map((path) => platform.get(path)));
    expect(await platform.stop()).toBe(0);
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    expect(await Promise.all(paths.map((path) => platform.get(path)))).toEqual(before);
  });
});
