/** `npm start` on a machine with nothing but Node: a living town. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../services/platform.ts';
import { eventually, temporaryFolder } from '../services/programs.ts';

interface Station {
  readonly id: string;
  readonly points: readonly { readonly status: string }[];
}

describe('the demo town', () => {
  let platform: Platform;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    data = await temporaryFolder('town');
  });
  afterAll(async () => {
    await platform.stop();
    await data.remove();
  });

  const stations = async (): Promise<readonly Station[]> =>
    ((await platform.get('/v1/charging/stations')).body as { stations: Station[] }).stations;
  const pastIsTold = (): Promise<void> =>
    eventually(async () => {
      expect(await platform.get('/health/ready')).toMatchObject({
        status: 200,
        body: { components: { simulation: { status: 'ok' } } },
      });
      const { body } = await platform.operator('/health/ready');
      expect(JSON.stringify(body)).not.toContain('telling the past');
    }, 60_000);

  it('prints its addresses within ten seconds, without a question', { timeout: 30_000 }, async () => {
    const since = Date.now();
    platform = await Platform.start({ dataDir: data.folder });
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(platform.program.output).toMatch(/Stadtpegel: Bad Pegelstein/);
    expect(platform.program.output).toMatch(/the sensors are simulated/);
  });

  it('soon knows every charge point, bay and station', { timeout: 90_000 }, async () => {
    await pastIsTold();
    await eventually(async () => {
      const statuses = (await stations()).flatMap(({ points }) => points.map(({ status }) => status));
      expect(statuses.length).toBeGreaterThanOrEqual(20);
      expect(statuses.filter((status) => status === 'UNKNOWN').length).toBeLessThan(statuses.length / 4);
      expect(statuses).toContain('AVAILABLE');
    });
    expect(await platform.get('/v1/parking/sites')).toMatchObject({ status: 200 });
    const { body } = await platform.get('/v1/environment/stations');
    expect(JSON.stringify(body)).toMatch(/soil_moisture/);
    expect(await platform.metric('dead_letters_total')).toBe(0);
    expect(await platform.metric('decode_errors_total')).toBe(0);
  });

  it('has a history of a day for chargers, bays and air', { timeout: 60_000 }, async () => {
    const length = (body: unknown): number =>
      (body as { series: { points: unknown[] }[] }).series.reduce(
        (sum, { points }) => sum + points.length,
        0,
      );
    // Bays speak when they change, and nothing is told before five of them have: at night that takes hours.
    for (const [path, least] of [
      ['/v1/charging/stations/l-bahnhof/history', 22],
      ['/v1/parking/sites/p-am-bahnhof/history', 12],
      ['/v1/environment/stations/b-01/history', 22],
    ] as const) {
      await eventually(async () => {
        const { status, body } = await platform.get(`${path}?bucket=1h`);
        expect([path, status]).toEqual([path, 200]);
        expect(length(body)).toBeGreaterThanOrEqual(least);
      }, 30_000);
    }
  });

  it('ends within five seconds of Ctrl-C with 0, keeps its data, and refuses a second process on it', {
    timeout: 90_000,
  }, async () => {
    const before = (await platform.get('/v1/parking/sites')).body;
    const since = Date.now();
    expect(await platform.stop('SIGINT')).toBe(0);
    expect(Date.now() - since).toBeLessThan(5000);
    platform = await Platform.start({
      dataDir: data.folder,
      env: { STADTPEGEL_SIMULATION_BACKFILL_HOURS: '0' },
    });
    const sitesOf = (body: unknown) =>
      (body as { sites: { id: string; unknown: number }[] }).sites.map(({ id, unknown }) => [id, unknown]);
    expect(sitesOf((await platform.get('/v1/parking/sites')).body)).toEqual(sitesOf(before));
    const history = await platform.get('/v1/parking/sites/p-am-bahnhof/history?bucket=1h');
    expect(JSON.stringify(history.body)).toContain('bay_occupied');
    await expect(Platform.start({ dataDir: data.folder })).rejects.toThrow(
      `another process (pid ${platform.program.child.pid}) uses the data folder ${data.folder}: stop it`,
    );
  });
});
