/** kill -9 of the platform, again and again, while uplinks come in: every one of them is stored exactly once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '#simulator';
import { cityUplinks } from '../services/city-uplinks.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const uplinks = 50_000;
const kills = 20;
const perSecond = 1400;
const seed = Number(process.env.STADTPEGEL_TEST_SEED ?? Date.now() % 1_000_000);

describe.skipIf(missing('mosquitto', 'influxd'))(`kill -9 at ${kills} random moments (seed ${seed})`, () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform | undefined;
  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('kill'),
    ]);
  });
  afterAll(async () => {
    await platform?.stop('SIGKILL');
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });
  const start = (): Promise<Platform> =>
    Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });

  it(`loses none of ${uplinks} uplinks and counts none twice`, { timeout: 240_000 }, async () => {
    const rng = new Rng(seed);
    const running = await start();
    platform = running;
    await eventually(async () => expect(await running.get('/health/ready')).toMatchObject({ status: 200 }));
    const publisher = await Publisher.connect(mosquitto.url);
    const published = publisher.publish(cityUplinks(uplinks), perSecond);
    for (let kill = 0; kill < kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, rng.int(20, 1200)));
      await platform.stop('SIGKILL');
      platform = await start();
    }
    expect(await published).toBe(uplinks);
    await publisher.close();

    const last = platform;
    await eventually(
      async () => expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(uplinks),
      60_000,
      500,
    );
    await eventually(async () => expect(await last.metric('spool_pending_messages')).toBe(0), 30_000, 500);
    expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(uplinks);
    const perDevice = uplinks / 500;
    const rows = await influx.query('SELECT count(f_cnt), sum(f_cnt) FROM uplinks.uplink GROUP BY device');
    expect(rows).toHaveLength(500);
    for (const row of rows)
      expect(row).toMatchObject({ count: perDevice, sum: (perDevice * (perDevice - 1)) / 2 });
    expect(await influx.count('SELECT count(air_temperature) FROM readings.building')).toBe(uplinks / 2);
    expect(await influx.count('SELECT count(bay_occupied) FROM readings.parking')).toBe(uplinks / 2);
    expect(await influx.count("SELECT count(flags) FROM uplinks.uplink WHERE flags != ''")).toBe(0);
    expect(await last.metric('dead_letters_total')).toBe(0);
    expect(await last.stop()).toBe(0);
  });
});
