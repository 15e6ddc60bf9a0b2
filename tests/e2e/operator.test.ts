/** What operators do with dead letters, on the real thing: see them, mend the cause, send them again, also under kill -9. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Rng } from '#simulator';
import { cityUplinks } from '../services/city-uplinks.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const uplinks = 4000;
/** Every second uplink is one of a bay. */
const bays = uplinks / 2;
const kills = 5;
const seed = Number(process.env.STADTPEGEL_TEST_SEED ?? Date.now() % 1_000_000);
const broken = { topic: 'application/a/device/24e124707c123456/event/up', payload: '{"devEui": 12' };

const page = z.object({
  letters: z.array(z.object({ id: z.number(), state: z.string(), attempts: z.number() })),
  next: z.number().nullable(),
});

describe.skipIf(missing('mosquitto', 'influxd'))(`dead letters (seed ${seed})`, () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform;

  const start = async (): Promise<void> => {
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    await eventually(async () => expect(await platform.get('/health/ready')).toMatchObject({ status: 200 }));
  };
  const post = async (path: string): Promise<unknown> =>
    (await fetch(`${platform.operatorUrl}/v1/operator${path}`, { method: 'POST' })).json();
  const letters = async (query: string): Promise<z.infer<typeof page>['letters']> => {
    const found: z.infer<typeof page>['letters'] = [];
    for (let before = ''; ; ) {
      const { body } = await platform.operator(`/v1/operator/letters?limit=1000&${query}${before}`);
      const { letters: some, next } = page.parse(body);
      found.push(...some);
      if (next === null) return found;
      before = `&before=${next}`;
    }
  };
  /** How many letters are in each state. */
  const states = async (query: string): Promise<Record<string, number>> =>
    (await letters(query)).reduce<Record<string, number>>((counts, { state }) => {
      counts[state] = (counts[state] ?? 0) + 1;
      return counts;
    }, {});
  const settled = (): Promise<void> =>
    eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0), 60_000, 200);
  const storedBays = (): Promise<number> => influx.count('SELECT count(bay_occupied) FROM readings.parking');

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('operator'),
    ]);
    await start();
    // Someone wrote numbers where we write yes and no: InfluxDB takes one type per field and shard.
    const line = `parking,device=stranger bay_occupied=1 ${Date.parse('2026-11-22T06:00:00Z')}`;
    const address = `${influx.url}/write?db=stadtpegel&rp=readings&precision=ms`;
    expect((await fetch(address, { method: 'POST', body: line })).status).toBe(204);
    const publisher = await Publisher.connect(mosquitto.url);
    await publisher.publish([...cityUplinks(uplinks), broken]);
    await publisher.close();
    await settled();
  });
  afterAll(async () => {
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  it('are listed with their reason, all else is stored', async () => {
    expect(await states('code=point_rejected')).toEqual({ waiting: bays });
    expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(uplinks);
    const { body } = await platform.operator('/v1/operator/letters?code=point_rejected&limit=1');
    expect(body).toMatchObject({ letters: [{ reason: expect.stringMatching(/parking: .*type/) }] });
  });

  it('come back as the same letter while the cause is there', async () => {
    const [unread] = await letters('code=json_invalid');
    expect(await post(`/letters/${unread?.id}/redrive`)).toMatchObject({ outcome: 'redriven' });
    const [rejected] = await letters('code=point_rejected');
    expect(await post(`/letters/${rejected?.id}/redrive`)).toMatchObject({ outcome: 'redriven' });
    await settled();
    for (const one of [unread, rejected]) {
      const { body } = await platform.operator(`/v1/operator/letters/${one?.id}`);
      expect(body).toMatchObject({ state: 'waiting', attempts: 1 });
    }
    expect(await letters('')).toHaveLength(bays + 1);
  });

  it(`are stored exactly once when it is mended, with ${kills} kills in between`, {
    timeout: 120_000,
  }, async () => {
    await influx.query('DROP MEASUREMENT parking');
    const rng = new Rng(seed);
    for (let kill = 0; kill < kills; kill++) {
      const redriving = post('/letters/redrive?code=point_rejected&limit=1000').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, rng.int(0, 250)));
      await platform.stop('SIGKILL');
      await redriving;
      await start();
    }
    for (let redriven = 1; redriven > 0; ) {
      const answer = await post('/letters/redrive?code=point_rejected&limit=1000');
      redriven = z.object({ redriven: z.number() }).parse(answer).redriven;
    }
    await settled();
    expect(await states('code=point_rejected')).toEqual({ stored: bays });
    expect(await letters('')).toHaveLength(bays + 1);
    expect(await storedBays()).toBe(bays);
    expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(uplinks);
  });
});
