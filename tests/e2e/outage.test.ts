/** InfluxDB or the broker away for half a minute: nothing is lost, it is said once, and all is caught up afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cityUplinks } from '../services/city-uplinks.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const awayMs = 30_000;
const perSecond = 200;

describe.skipIf(missing('mosquitto', 'influxd'))('half a minute without', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform;
  const all = [...cityUplinks(24_000)];
  let next = 0;

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create({ persistence: true }),
      InfluxServer.create(),
      temporaryFolder('outage'),
    ]);
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    await eventually(async () => expect(await platform.get('/health/ready')).toMatchObject({ status: 200 }));
  });
  afterAll(async () => {
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  /** Publishes for a while and gives how many uplinks there should be in all. */
  const publishFor = async (ms: number, rate = perSecond): Promise<number> => {
    const publisher = await Publisher.connect(mosquitto.url);
    const some = all.slice(next, next + Math.round((rate * ms) / 1000));
    next += some.length;
    await publisher.publish(some, rate);
    await publisher.close();
    return next;
  };
  const stored = (): Promise<number> => influx.count('SELECT count(f_cnt) FROM uplinks.uplink');
  const said = (pattern: RegExp): number =>
    platform.program.output.split('\n').filter((line) => pattern.test(line)).length;

  it('InfluxDB', { timeout: 120_000 }, async () => {
    await publishFor(2000);
    await influx.stop();
    const during = publishFor(awayMs);
    await eventually(async () =>
      expect(await platform.operator('/health/ready')).toMatchObject({
        status: 503,
        body: { ready: false, components: { influxdb: { status: 'down', detail: expect.any(String) } } },
      }),
    );
    const expected = await during;
    expect(await platform.metric('mqtt_acknowledged_total')).toBe(expected);
    await influx.start();
    await eventually(async () => expect(await stored()).toBe(expected), 40_000, 500);
    expect(await platform.get('/health/ready')).toMatchObject({ status: 200 });
    expect(said(/influxdb is away/)).toBe(1);
    expect(said(/influxdb is back after/)).toBe(1);
  });

  it('the broker', { timeout: 120_000 }, async () => {
    const before = await publishFor(1000);
    await mosquitto.stop();
    await eventually(async () =>
      expect(await platform.operator('/health/ready')).toMatchObject({
        status: 503,
        body: { components: { mqtt: { status: 'down', detail: expect.any(String) } } },
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    expect(await platform.get('/v1/parking/sites')).toMatchObject({ status: 200 });
    await mosquitto.start();
    // Published before we are back: the broker has kept our session and keeps them for us.
    const expected = await publishFor(2000, 1000);
    expect(expected).toBe(before + 2000);
    await eventually(async () => expect(await stored()).toBe(expected), 20_000, 500);
    expect(await platform.get('/health/ready')).toMatchObject({ status: 200 });
    expect(said(/mqtt broker is away/)).toBe(1);
    expect(said(/mqtt broker is back after/)).toBe(1);
    expect(said(/no longer knows our session/)).toBe(0);
  });
});
