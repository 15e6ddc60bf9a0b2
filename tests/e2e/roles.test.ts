/** Bridge and API as processes of their own over a real mosquitto: the API knows what the bridge knows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOfNow, capturedMessages } from '../services/captured.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

describe.skipIf(missing('mosquitto', 'influxd'))('roles apart', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let bridge: Platform;
  const apis: Platform[] = [];
  const start = (command: string): Promise<Platform> =>
    Platform.start({ command, mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('roles'),
    ]);
    bridge = await start('bridge');
    await eventually(async () => expect((await bridge.operator('/health/ready')).status).toBe(200));
  });
  afterAll(async () => {
    for (const api of apis) await api.stop();
    await bridge.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  it('gives an API started before and one started after the uplinks the same answers', {
    timeout: 60_000,
  }, async () => {
    apis.push(await start('api'));
    const publisher = await Publisher.connect(mosquitto.url);
    await publisher.publish(asOfNow(capturedMessages()));
    await publisher.close();
    apis.push(await start('api'));
    for (const api of apis) {
      await eventually(async () => {
        expect((await api.get('/health/ready')).status).toBe(200);
        expect(await api.get('/v1/parking/sites')).toMatchObject({
          body: { sites: [{ free: 2, occupied: 2 }] },
        });
        expect(JSON.stringify((await api.get('/v1/charging/stations')).body)).toContain('CHARGING');
      });
    }
    const [first, second] = await Promise.all(apis.map((api) => api.get('/v1/environment/stations')));
    expect(second).toEqual(first);
  });

  it('answers history from the store, and ends with 0', { timeout: 30_000 }, async () => {
    const [api] = apis;
    expect(await api?.get('/v1/environment/stations/stadhuis/history?bucket=1h')).toMatchObject({
      status: 200,
    });
    expect(await apis.pop()?.stop()).toBe(0);
  });

  it('is not ready without a bridge ever having told anything', { timeout: 30_000 }, async () => {
    const lonely = await Mosquitto.create();
    const api = await Platform.start({
      command: 'api',
      mqttUrl: lonely.url,
      influxUrl: influx.url,
      dataDir: data.folder,
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await api.get('/health/ready')).status).toBe(503);
    await api.stop();
    await lonely.remove();
  });
});
