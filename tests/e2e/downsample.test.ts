/** After an outage, a crash, late data and copies of frames, every stored mean is the mean of the readings. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeUplink, profileById } from '#device-profiles';
import { Rng, upEvent } from '#simulator';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { type Outgoing, Publisher } from '../services/publisher.ts';

/** The night the clocks of Berlin go back, long past: all its hours are over. */
const nightMs = Date.parse('2024-10-26T20:00Z');
const devices = 20;
const uplinksMax = 3000;

/** Climate sensors, each uplink somewhere in the night, the i-th the same at every call. */
function* nightUplinks(): Generator<Outgoing> {
  const rng = new Rng(7);
  const profile = profileById('milesight/am307');
  if (!profile) throw new Error('no such profile');
  for (let index = 0; index < uplinksMax; index++) {
    const device = index % devices;
    const data = {
      temperature: rng.int(150, 300) / 10,
      humidity: rng.int(60, 140) / 2,
      co2: rng.int(400, 2000),
    };
    const timeMs = nightMs + rng.int(0, 12 * 3600) * 1000 + index;
    yield upEvent({
      applicationId: '00000000-0000-4000-8000-000000000001',
      devEui: (0x70b3_d500_0000 + device).toString(16).padStart(16, '0'),
      deviceName: `device ${device}`,
      tags: {},
      deviceProfileName: 'Milesight AM307',
      devAddr: (0x0100_0000 + device).toString(16).padStart(8, '0'),
      fCnt: Math.floor(index / devices),
      ...encodeUplink(profile, data),
      timeMs,
      deduplicationId: rng.uuid(),
      gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5, nsTimeMs: timeMs - 200 }],
    });
  }
}

describe.skipIf(missing('mosquitto', 'influxd'))('means of a night', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform;
  const all = [...nightUplinks()];

  const start = async (): Promise<void> => {
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    await eventually(async () => expect(await platform.get('/health/ready')).toMatchObject({ status: 200 }));
  };
  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create({ persistence: true }),
      InfluxServer.create(),
      temporaryFolder('downsample'),
    ]);
    await start();
  });
  afterAll(async () => {
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  const publish = async (from: number, to: number): Promise<void> => {
    const publisher = await Publisher.connect(mosquitto.url);
    await publisher.publish(all.slice(from, to), 2000);
    await publisher.close();
  };
  const untilStored = (count: number): Promise<void> =>
    eventually(
      async () => expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(count),
      40_000,
      200,
    );
  const untilSummedUp = (): Promise<void> =>
    eventually(
      async () => expect(await platform.metric('downsampling_waiting_device_hours')).toBe(0),
      40_000,
      200,
    );

  /** Means by device and period: those of the readings, and those stored. */
  const expectSameMeans = async (group: string): Promise<void> => {
    const of = (rows: Awaited<ReturnType<InfluxServer['query']>>): [string, number, number][] =>
      rows.map((row): [string, number, number] => [
        `${row.device} ${row.time}`,
        Number(row.n),
        Number(row.air_temperature),
      ]);
    const readings = of(
      await influx.query(
        `SELECT count("air_temperature") AS n, mean("air_temperature") AS air_temperature FROM "readings"."building"
         WHERE "flags" !~ /duplicate/ AND time >= ${nightMs}ms AND time < ${nightMs + 86_400_000}ms
         GROUP BY time(${group}), "device" fill(none)`,
      ),
    );
    const stored = of(
      await influx.query(
        `SELECT "air_temperature.n" AS n, "air_temperature" FROM "means_${group}"."building_${group}" GROUP BY "device"`,
      ),
    );
    expect(stored.map(([id, n]) => [id, n])).toEqual(readings.map(([id, n]) => [id, n]));
    for (const [index, [, , mean]] of stored.entries())
      expect(mean).toBeCloseTo(readings[index]?.[2] ?? 0, 9);
    expect(readings.length).toBeGreaterThan(devices * 10);
  };
  const expectMeansOfReadings = async (): Promise<void> => {
    await untilSummedUp();
    await expectSameMeans('1h');
    await expectSameMeans('15m');
  };

  it('are those of its readings, after an outage and a crash', { timeout: 120_000 }, async () => {
    await publish(0, 500);
    await untilStored(500);
    await influx.stop();
    await publish(500, 1500);
    await platform.stop('SIGKILL');
    await influx.start();
    await start();
    await untilStored(1500);
    // What was written after the start is marked; a new start takes it at once.
    await platform.stop();
    await start();
    await expectMeansOfReadings();
  });

  it('are those of its readings, when the rest comes late, and some frames once more', {
    timeout: 120_000,
  }, async () => {
    await publish(1500, uplinksMax);
    await untilStored(uplinksMax);
    await publish(0, 200);
    await platform.stop('SIGKILL');
    await start();
    await untilStored(uplinksMax);
    await platform.stop();
    await start();
    await expectMeansOfReadings();
  });
});
