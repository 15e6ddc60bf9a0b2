/** The simulator's connection breaks, and the broker restarts under it and the platform: nothing is lost, nothing counts twice. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownClock } from '../crash/faults/platform.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, Program, temporaryFolder } from '../services/programs.ts';

const breaks = 5;
/** What the demo town says in a day; it is winter, a Monday. */
const uplinksMin = 10_000;

describe.skipIf(missing('mosquitto', 'influxd'))('a broker that comes and goes', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let simulator: Program;

  beforeAll(async () => {
    [mosquitto, influx, folder] = await Promise.all([
      Mosquitto.create({ persistence: true }),
      InfluxServer.create(),
      temporaryFolder('broker'),
    ]);
    await writeFile(path.join(folder.folder, 'clock'), String(Date.UTC(2026, 2, 3) - Date.now()));
    platform = await Platform.start({
      ...{ mqttUrl: mosquitto.url, influxUrl: influx.url, cityDir: 'cities/demo' },
      dataDir: path.join(folder.folder, 'data'),
      env: ownClock(folder.folder),
    });
    await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
  });
  afterAll(async () => {
    await simulator.end();
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await folder.remove();
  });

  it('loses nothing and doubles nothing', { timeout: 60_000 }, async () => {
    simulator = new Program(
      process.execPath,
      ['bin/stadtpegel.mjs', 'simulate', '--mqtt', mosquitto.url, '--scenario', `broker-restart:${breaks}`],
      { PATH: process.env.PATH, ...ownClock(folder.folder) },
    );
    await simulator.printed(/is away/);
    await mosquitto.stop();
    await mosquitto.start();
    await simulator.printed(/the past of the town is told/, 50_000);
    expect(await simulator.end('SIGINT')).toBe(0);
    await eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0));
    const rows = await influx.query('SELECT f_cnt FROM uplinks.uplink GROUP BY device');
    expect(rows.length).toBeGreaterThan(uplinksMin);
    for (const [device, own] of Map.groupBy(rows, (row) => row.device)) {
      const counters = own.map(({ f_cnt }) => Number(f_cnt));
      const first = counters[0] ?? 0;
      expect([device, counters]).toEqual([device, counters.map((_, index) => first + index)]);
    }
    expect(await platform.metric('mqtt_sessions_lost_total')).toBe(0);
  });

  it('says in the log of the simulator when it is away, and when it is back', () => {
    const said = (text: string): number => simulator.output.split(text).length - 1;
    expect(said('is away')).toBeGreaterThanOrEqual(breaks);
    expect(said('is back after')).toBe(said('is away'));
  });
});
