/** Bridge and API as processes of their own over a real mosquitto: the API knows what the bridge knows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOfNow, capturedMessages } from '../services/captured.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, Program, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

describe.skipIf(missing('mosquitto', 'influxd'))('roles apart', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let bridge: Platform;
  const apis: Platform[] = [];
  const start = (command: string, cityDir?: string): Promise<Platform> =>
    Platform.start({
      command,
      mqttUrl: mosquitto.url,
      influxUrl: influx.url,
      dataDir: data.folder,
      ...(cityDir !== undefined && { cityDir }),
    });

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

  it('answers with another inventory too, and tells its operator', { timeout: 30_000 }, async () => {
    const api = await start('api', 'cities/demo');
    const components = { 'feed-follower': { status: 'degraded' } };
    await eventually(async () =>
      expect(await api.operator('/health/ready')).toMatchObject({
        status: 200,
        body: {
          components: {
            'feed-follower': { detail: expect.stringMatching(/inventory [0-9a-f]{64}, .*CITY_DIR/) },
          },
        },
      }),
    );
    expect(await api.get('/health/ready')).toMatchObject({ status: 200, body: { components } });
    expect(JSON.stringify((await api.get('/health/ready')).body)).not.toContain('detail');
    expect((await api.get('/v1/parking/sites')).status).toBe(200);
    expect(api.program.output.match(/works with the inventory/g)).toHaveLength(1);
    expect(await api.stop()).toBe(0);
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

describe('an API that would be open to a network', () => {
  it('does not start without keys: it names each listener, its value and what to do, and ends with 78', async () => {
    const program = new Program(process.execPath, ['bin/stadtpegel.mjs', 'api'], {
      PATH: process.env.PATH,
      STADTPEGEL_MQTT_URL: 'mqtt://127.0.0.1:1',
      STADTPEGEL_INFLUX_URL: 'http://127.0.0.1:1',
      STADTPEGEL_API_HOST: '0.0.0.0',
      STADTPEGEL_OPERATOR_HOST: '192.168.1.2',
      STADTPEGEL_API_TRUSTED_PROXIES: 'proxy.example',
    });
    await new Promise((resolve) => program.child.once('close', resolve));
    expect(await program.end()).toBe(78);
    expect(program.output).toMatch(/3 mistake/);
    for (const named of ['API_HOST=0.0.0.0', 'OPERATOR_HOST=192.168.1.2'])
      expect(program.output).toMatch(new RegExp(`STADTPEGEL_${named}: .*needs keys.*reverse proxy`));
    expect(program.output).toMatch(/STADTPEGEL_API_TRUSTED_PROXIES=proxy\.example: .*neither an IP address/);
  });
});
