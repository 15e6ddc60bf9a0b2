/** What someone sees who starts it wrongly, twice, or stops it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../services/platform.ts';
import { freePort, Program, temporaryFolder } from '../services/programs.ts';

const start = (env: NodeJS.ProcessEnv): Program =>
  new Program(process.execPath, ['bin/stadtpegel.mjs', 'run'], { PATH: process.env.PATH, ...env });

async function ended(program: Program): Promise<number | NodeJS.Signals> {
  await new Promise((resolve) => program.child.once('close', resolve));
  return program.end();
}

describe('starting', () => {
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    data = await temporaryFolder('start');
  });
  afterAll(() => data.remove());

  it('with mistakes names all of them, and shows no password', async () => {
    const program = start({
      STADTPEGEL_MQTT_URL: 'http://user:secret@host',
      STADTPEGEL_INFLUX_URL: 'http://127.0.0.1:8086',
      STADTPEGEL_API_HOST: '0.0.0.0',
      STADTPEGEL_SPOOL_BYTES_MAX: 'much',
      STADTPEGEL_API_PROT: '80',
    });
    expect(await ended(program)).toBe(78);
    for (const name of ['MQTT_URL', 'API_HOST', 'SPOOL_BYTES_MAX', 'API_PROT']) {
      expect(program.output).toMatch(new RegExp(`STADTPEGEL_${name}=`));
    }
    expect(program.output).not.toMatch(/secret/);
  });

  it('with a city folder that is not there says so and ends with 78', async () => {
    const program = start({
      STADTPEGEL_MQTT_URL: 'mqtt://127.0.0.1:1',
      STADTPEGEL_INFLUX_URL: 'http://127.0.0.1:1',
      STADTPEGEL_CITY_DIR: 'cities/nowhere',
    });
    expect(await ended(program)).toBe(78);
    expect(program.output).toMatch(/cities\/nowhere/);
  });

  it('works with broker and store away, says what is down, refuses a second start, and stops with 0', async () => {
    const options = {
      mqttUrl: `mqtt://127.0.0.1:${await freePort()}`,
      influxUrl: `http://127.0.0.1:${await freePort()}`,
      dataDir: data.folder,
    };
    const platform = await Platform.start(options);
    // The process that was started, not a child of it, has the flags that keep its memory small.
    const command = readFileSync(`/proc/${platform.program.child.pid}/cmdline`, 'utf8');
    expect(readFileSync(`/proc/${platform.program.child.pid}/environ`, 'utf8').split('\0')).toContain(
      'UV_THREADPOOL_SIZE=8',
    );
    expect(command).toMatch(/--max-semi-space-size=\d+\0--max-old-space-size=\d+/);
    expect(await platform.get('/health/live')).toMatchObject({ status: 200 });
    expect(await platform.get('/health/ready')).toMatchObject({
      status: 503,
      body: { components: { mqtt: { status: 'down' }, influxdb: { status: 'down' } } },
    });
    expect(await platform.get('/v1/parking/sites')).toMatchObject({
      status: 200,
      body: { sites: [{ capacity: 4, unknown: 4 }] },
    });
    await expect(Platform.start(options)).rejects.toThrow(
      `another process (pid ${platform.program.child.pid}) uses the data folder ${data.folder}: stop it`,
    );
    const since = Date.now();
    expect(await platform.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(5000);
  });

  it('takes over at once where the last process was killed', async () => {
    const options = { mqttUrl: 'mqtt://127.0.0.1:1', influxUrl: 'http://127.0.0.1:1', dataDir: data.folder };
    await (await Platform.start(options)).stop('SIGKILL');
    expect(await (await Platform.start(options)).stop()).toBe(0);
  });
});
