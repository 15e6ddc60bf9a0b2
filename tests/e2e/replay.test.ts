/** A vendor's codec had a wrong factor and is mended: the past is decoded anew while messages come in, kill -9 or not. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upEvent } from '#simulator';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, Program, temporaryFolder } from '../services/programs.ts';
import { type Outgoing, Publisher } from '../services/publisher.ts';

/** The night the clocks of Berlin go back, long past: all its hours are over. */
const nightMs = Date.parse('2024-10-26T20:00Z');
const devices = 10;
const pastUplinks = 4000;
const secondsApart = 100;

const files = (factor: string): Readonly<Record<string, string>> => ({
  'vendor.toml': '[vendor]\nname = "ACME"\ndevices = ["w1.toml"]\n',
  'devices/w1.toml':
    '[device]\nname = "W1"\nmetadata = { theme = "environment" }\n[[device.firmware]]\nversion = "1.0"\nprofiles = ["EU868.toml"]\ncodec = "w1.js"\n',
  'profiles/EU868.toml': '[profile]\nregion = "EU868"\nmac_version = "1.0.3"\n',
  'codecs/w1.js': `function decodeUplink(input) { return { data: { TempC: input.bytes[0] ${factor} } }; }\n`,
});

async function write(folder: string, factor: string): Promise<void> {
  for (const [name, text] of Object.entries(files(factor))) {
    const file = path.join(folder, 'acme', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const tenths = (index: number): number => index % 250;

const deviceOf = (index: number, live: boolean): number => (live ? 999 : index % devices);

function timeOf(index: number, live: boolean): number {
  const round = live ? index : Math.floor(index / devices);
  return nightMs + round * secondsApart * 1000 + deviceOf(index, live);
}

/** The i-th uplink; each has a time of its own. `live` is of a device that sends while the past is decoded anew. */
function uplink(index: number, live = false): Outgoing {
  const device = deviceOf(index, live);
  const timeMs = timeOf(index, live);
  return upEvent({
    applicationId: '00000000-0000-4000-8000-000000000001',
    devEui: (0x70b3_d500_0000 + device).toString(16).padStart(16, '0'),
    deviceName: `device ${device}`,
    tags: {},
    deviceProfileName: 'ACME W1',
    devAddr: (0x0100_0000 + device).toString(16).padStart(8, '0'),
    fCnt: index,
    fPort: 2,
    bytes: Uint8Array.of(tenths(index)),
    timeMs,
    deduplicationId: `00000000-0000-4000-8000-${(live ? 'f' : '0') + String(index).padStart(11, '0')}`,
    gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5, nsTimeMs: timeMs - 200 }],
  });
}

describe.skipIf(missing('mosquitto', 'influxd')).each(['InfluxDB', 'the embedded store'])(
  'replay on %s',
  (name) => {
    let mosquitto: Mosquitto;
    let influx: InfluxServer | undefined;
    let data: Awaited<ReturnType<typeof temporaryFolder>>;
    let vendors: Awaited<ReturnType<typeof temporaryFolder>>;
    let platform: Platform;
    let publisher: Publisher;

    const start = async (): Promise<void> => {
      platform = await Platform.start({
        mqttUrl: mosquitto.url,
        ...(influx && { influxUrl: influx.url }),
        dataDir: data.folder,
        env: { STADTPEGEL_DEVICE_PROFILES_DIR: vendors.folder },
      });
      await eventually(async () =>
        expect(await platform.get('/health/ready')).toMatchObject({ status: 200 }),
      );
    };
    beforeAll(async () => {
      [mosquitto, influx, data, vendors] = await Promise.all([
        Mosquitto.create({ persistence: true }),
        name === 'InfluxDB' ? InfluxServer.create() : undefined,
        temporaryFolder('replay'),
        temporaryFolder('vendors'),
      ]);
      await write(vendors.folder, '/ 4');
      await start();
      publisher = await Publisher.connect(mosquitto.url);
    });
    afterAll(async () => {
      await publisher.close();
      await platform.stop();
      await influx?.remove();
      await mosquitto.remove();
      await data.remove();
      await vendors.remove();
    });

    const cli = async (words: string): Promise<{ code: number | NodeJS.Signals; text: string }> => {
      const all = [...words.split(' '), '--operator', platform.operatorUrl];
      const program = new Program(process.execPath, ['bin/stadtpegel.mjs', ...all], {
        PATH: process.env.PATH,
      });
      await eventually(() => expect(program.running).toBe(false), 60_000);
      return { code: await program.end(), text: program.output };
    };
    const status = async () => (await platform.operator('/v1/operator/replay')).body;
    const count = async (minimum: number): Promise<void> =>
      eventually(async () => {
        const { text } = await cli('spool status --json');
        expect(text).toContain('"pending": 0');
        expect(await platform.metric('points_total', 'accepted')).toBeGreaterThanOrEqual(minimum);
      }, 60_000);
    const span = '--from 2024-10-26T20:00Z --to 2024-10-30';

    /** What any other program finds: readings [time, tenths] and hourly means [hour, mean, n] of all devices. */
    const found = async (): Promise<{ readings: unknown[]; means: unknown[] }> => {
      if (influx) {
        const of = (rows: readonly Record<string, unknown>[], ...columns: string[]) =>
          rows.map((row) => columns.map((column) => row[column]));
        const readings = await influx.query(
          `SELECT air_temperature FROM readings.environment GROUP BY "device"`,
        );
        const means = await influx.query(
          `SELECT air_temperature, "air_temperature.n" AS n FROM means_1h.environment_1h GROUP BY "device"`,
        );
        return {
          readings: of(readings, 'device', 'time', 'air_temperature'),
          means: of(means, 'device', 'time', 'air_temperature', 'n'),
        };
      }
      await platform.stop();
      const instance = await DuckDBInstance.create(path.join(data.folder, 'readings.duckdb'), {
        access_mode: 'READ_ONLY',
      });
      const connection = await instance.connect();
      const rows = async (text: string) => (await connection.runAndReadAll(text)).getRows();
      const readings = await rows(
        'SELECT s.device, r.time::DOUBLE, r.number FROM readings r JOIN series s ON s.id = r.series',
      );
      const means = await rows(
        'SELECT s.device, m.time::DOUBLE, m.value, m.n FROM summaries m JOIN series s ON s.id = m.series WHERE m.step = 3600000',
      );
      connection.closeSync();
      instance.closeSync();
      await start();
      return { readings, means };
    };

    it('says what would change, and changes nothing', { timeout: 120_000 }, async () => {
      await publisher.publish(
        Array.from({ length: pastUplinks }, (_, index) => uplink(index)),
        4000,
      );
      await count(2 * pastUplinks);
      await write(vendors.folder, '/ 10');
      // The folder is watched: the next uplink that is decoded by the mended codec says that it was read.
      await eventually(async () => {
        const { text } = await cli(`replay ${span} --dry-run --profile acme/w1`);
        expect(text).toMatch(/dry run \d+, nothing is changed: done, 4,000 uplinks/);
        expect(text).toMatch(
          /acme\/w1: 4,000 uplinks decoded anew\n {2}readings would be 3,984 changed, 0 new, 0 gone, 16 the/,
        );
        expect(text).toMatch(/air_temperature: 2\.5 -> 1\n/);
      }, 60_000);
    });

    it('makes all readings and means right, killed in the middle, while messages come in', {
      timeout: 180_000,
    }, async () => {
      const live = publisher.publish(
        Array.from({ length: 1000 }, (_, index) => uplink(index, true)),
        200,
      );
      const begun = await fetch(
        `${platform.operatorUrl}/v1/operator/replay/begin?from=2024-10-26T20:00Z&to=2024-10-30`,
        { method: 'POST' },
      );
      expect(await begun.json()).toMatchObject({ state: 'running' });
      for (let kill = 0; kill < 2; kill++) {
        const before = JSON.stringify(await status());
        await eventually(async () => expect(JSON.stringify(await status())).not.toBe(before), 20_000, 1);
        await platform.stop('SIGKILL');
        await start();
      }
      await eventually(async () => expect(await status()).toMatchObject({ state: 'done' }), 60_000);
      await live;
      await count(1);
      const { text } = await cli('replay status');
      expect(text).toMatch(/replay \d+: done, /);
      // What was written after the start is marked; a new start takes it at once.
      await platform.stop();
      await start();
      await eventually(
        async () => expect(await platform.metric('downsampling_waiting_device_hours')).toBe(0),
        60_000,
        200,
      );
      const { readings, means } = await found();
      const sums = new Map<string, number[]>();
      const values = readings.map((row) => {
        const [device, timeMs, value] = Array.isArray(row) ? row : [];
        const key = `${device} ${Math.floor(Number(timeMs) / 3_600_000) * 3_600_000}`;
        sums.set(key, [...(sums.get(key) ?? []), Number(value)]);
        return `${device} ${timeMs} ${value}`;
      });
      const expected = Array.from({ length: pastUplinks }, (_, index) => textOf(index, false));
      expected.push(...Array.from({ length: 1000 }, (_, index) => textOf(index, true)));
      expect(values.sort()).toEqual(expected.sort());
      expect(means).toHaveLength(sums.size);
      for (const row of means) {
        const [device, hourMs, mean, n] = Array.isArray(row) ? row : [];
        const all = sums.get(`${device} ${hourMs}`) ?? [];
        expect(n).toBe(all.length);
        expect(mean).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 9);
      }
    });

    const textOf = (index: number, live: boolean): string => {
      return `${(0x70b3_d500_0000 + deviceOf(index, live)).toString(16).padStart(16, '0')} ${timeOf(index, live)} ${tenths(index) / 10}`;
    };

    it('says what it cannot do', { timeout: 60_000 }, async () => {
      expect((await cli(`replay ${span} --profile acme/none`)).text).toContain(
        'There is no device model acme/none',
      );
      expect((await cli(`replay ${span} --device 00000000000000ff`)).text).toContain(
        'no uplinks of a device',
      );
      expect((await cli('replay --from 2030-01-01 --to 2030-01-02')).text).toContain('holds no uplinks from');
      expect((await cli('replay --from gestern --to 2030-01-02')).text).toContain(
        '“gestern” is no date or time',
      );
      expect((await cli('replay --from 2030-01-01')).text).toContain('Give --from and --to');
      expect(await cli('replay cancel')).toMatchObject({ code: 0, text: expect.stringContaining(': done') });
    });
  },
);
