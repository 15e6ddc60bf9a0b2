/** Vendors' own device models on the whole way: dropped into a folder, run in the sandbox, changed while running. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upEvent } from '#simulator';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { Publisher } from '../services/publisher.ts';

const startMs = Date.parse('2026-11-22T06:00:00Z');

const deviceToml = (name: string, codec: string): string => `[device]
name = "${name}"
[[device.firmware]]
version = "1.0"
profiles = ["EU868.toml"]
codec = "${codec}"
`;

const weather = (word: string): string =>
  `function decodeUplink(input) { return { data: { TempC: input.bytes[0] / 10, word: '${word}' } }; }\n`;

/** A made-up vendor with an honest codec and one that never ends. */
const acme: Readonly<Record<string, string>> = {
  'vendor.toml': '[vendor]\nname = "ACME"\nvendor_id = 0\nouis = []\ndevices = ["w1.toml", "x1.toml"]\n',
  'devices/w1.toml': deviceToml('W1', 'weather.js'),
  'devices/x1.toml': deviceToml('X1', 'endless.js'),
  'profiles/EU868.toml':
    '[profile]\nvendor_profile_id = 0\nregion = "EU868"\nmac_version = "1.0.3"\nreg_params_revision = "A"\nsupports_otaa = true\nsupports_class_b = false\nsupports_class_c = false\nmax_eirp = 14\n',
  'codecs/weather.js': weather('first'),
  'codecs/endless.js': 'function decodeUplink() { for (;;); }\n',
};

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, 'acme', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

describe.skipIf(missing('mosquitto', 'influxd'))('device models of others', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let publisher: Publisher;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let vendors: Awaited<ReturnType<typeof temporaryFolder>>;
  let fCnt = 0;

  beforeAll(async () => {
    [mosquitto, influx, data, vendors] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('strangers'),
      temporaryFolder('vendors'),
    ]);
    await write(vendors.folder, acme);
    platform = await Platform.start({
      mqttUrl: mosquitto.url,
      influxUrl: influx.url,
      dataDir: data.folder,
      env: { STADTPEGEL_DEVICE_PROFILES_DIR: vendors.folder },
    });
    await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
    publisher = await Publisher.connect(mosquitto.url);
  });
  afterAll(async () => {
    await publisher.close();
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
    await vendors.remove();
  });

  /** One uplink of a device whose ChirpStack device profile has that name; gives the row the store then has. */
  const uplink = async (deviceProfileName: string, hex: string) => {
    fCnt += 1;
    const timeMs = startMs + fCnt * 1000;
    const device = '70b3d50000000001';
    await publisher.publish([
      upEvent({
        applicationId: '00000000-0000-4000-8000-000000000001',
        devEui: device,
        deviceName: 'test',
        tags: {},
        deviceProfileName,
        devAddr: '01000001',
        fCnt,
        fPort: 2,
        bytes: Buffer.from(hex, 'hex'),
        timeMs,
        deduplicationId: `00000000-0000-4000-8000-${String(fCnt).padStart(12, '0')}`,
        gateways: [{ gatewayId: '0016c001f1500001', rssiDbm: -80, snrDb: 7.5, nsTimeMs: timeMs - 200 }],
      }),
    ]);
    return eventually(async () => {
      const [row] = await influx.query(`SELECT * FROM uplinks.uplink WHERE f_cnt = ${fCnt}`);
      if (row === undefined) throw new Error(`no row of frame ${fCnt}`);
      return { ...row, object: row.object, timeMs };
    });
  };
  const temperatureAt = async (timeMs: number, channel = '') => {
    const rows = await influx.query(
      `SELECT air_temperature, channel FROM readings.environment WHERE time = ${timeMs}ms AND channel = '${channel}'`,
    );
    return rows[0]?.air_temperature;
  };

  it('are decoded in the sandbox, and what is certain becomes readings', async () => {
    const row = await uplink('ACME W1 (outdoor)', 'd7');
    expect(JSON.parse(String(row.object))).toEqual({ TempC: 21.5, word: 'first' });
    expect(row).not.toHaveProperty('error');
    await eventually(async () => expect(await temperatureAt(row.timeMs)).toBe(21.5));
  });

  it('change as soon as their files do, without a restart', async () => {
    await write(vendors.folder, { 'codecs/weather.js': weather('second') });
    await eventually(async () => {
      const row = await uplink('ACME W1', 'd8');
      expect(JSON.parse(String(row.object))).toEqual({ TempC: 21.6, word: 'second' });
    });
  });

  it('that never end harm themselves only, and whoever runs the platform learns which', async () => {
    for (let i = 0; i < 4; i++) {
      const row = await uplink('ACME X1', '01');
      expect(row).toMatchObject({ error: 'decode_failed', payload: '01' });
    }
    const other = await uplink('ACME W1', 'd9');
    expect(JSON.parse(String(other.object))).toEqual({ TempC: 21.7, word: 'second' });
    const { body } = await platform.operator('/health/ready');
    expect(JSON.stringify(body)).toContain('acme/endless.js');
    expect(await platform.metric('sandbox_codecs_cut_off')).toBe(1);
  });

  it('are not needed for Cayenne LPP', async () => {
    const row = await uplink('Cayenne LPP', '03670110');
    expect(JSON.parse(String(row.object))).toEqual({ temperatureSensor: { 3: 27.2 } });
    await eventually(async () => expect(await temperatureAt(row.timeMs, 'ch3')).toBe(27.2));
  });
});
