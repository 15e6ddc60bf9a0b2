/** What nothing can be made of ends in the drawer with its reason; all else flows on around it. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedEvents } from '../services/captured.ts';
import { cityUplinks } from '../services/city-uplinks.ts';
import { InfluxServer } from '../services/influxdb.ts';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, missing, temporaryFolder } from '../services/programs.ts';
import { type Outgoing, Publisher } from '../services/publisher.ts';

const [captured] = capturedEvents('up');
const topic = captured?.topic ?? '';
const payload = captured?.payload ?? '';

/** Every kind of broken message, and the code it is to be found under. */
const broken: readonly (Outgoing & { readonly code: string })[] = [
  { code: 'json_invalid', topic, payload: `${payload.slice(0, 500)}` },
  { code: 'json_invalid', topic, payload: '{"devEui": 12' },
  { code: 'protobuf_invalid', topic, payload: '' },
  { code: 'protobuf_invalid', topic, payload: Buffer.from('0a240a2463363161', 'hex') },
  { code: 'protobuf_invalid', topic, payload: '[]' },
  { code: 'event_invalid', topic, payload: '{}' },
  { code: 'event_invalid', topic, payload: payload.replace('"fPort":85', '"fPort":"85"') },
  { code: 'event_invalid', topic, payload: payload.replace(/"data":"[^"]*"/, '"data":"***"') },
  { code: 'payload_too_large', topic, payload: `{"x":"${'x'.repeat(300_000)}"}` },
  { code: 'payload_too_large', topic, payload: `{"x":"${'x'.repeat(1_500_000)}"}` },
  { code: 'topic_unknown', topic: 'application/a/device/NOT-A-DEVEUI/event/up', payload },
  { code: 'event_unknown', topic: topic.replace(/up$/, 'location'), payload },
  { code: 'topic_mismatch', topic: topic.replace('24e124707c123456', '24e124707c123457'), payload },
];

describe.skipIf(missing('mosquitto', 'influxd'))('broken messages among good ones', () => {
  let mosquitto: Mosquitto;
  let influx: InfluxServer;
  let platform: Platform;
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  const good = 2000;
  const all = broken.length;

  beforeAll(async () => {
    [mosquitto, influx, data] = await Promise.all([
      Mosquitto.create(),
      InfluxServer.create(),
      temporaryFolder('broken'),
    ]);
    platform = await Platform.start({ mqttUrl: mosquitto.url, influxUrl: influx.url, dataDir: data.folder });
    await eventually(async () => expect((await platform.get('/health/ready')).status).toBe(200));
    const publisher = await Publisher.connect(mosquitto.url);
    const uplinks = [...cityUplinks(good)];
    const between = Math.floor(good / all);
    const mixed = broken.flatMap((one, i) => [...uplinks.slice(i * between, (i + 1) * between), one]);
    await publisher.publish([...mixed, ...uplinks.slice(all * between)]);
    await publisher.close();
    await eventually(async () => expect(await platform.metric('messages_translated_total')).toBe(good + all));
    await eventually(async () => expect(await platform.metric('spool_pending_messages')).toBe(0));
  });
  afterAll(async () => {
    await platform.stop();
    await influx.remove();
    await mosquitto.remove();
    await data.remove();
  });

  const letters = (): { code: string; topic: string; reason: string; bytes: number }[] => {
    const database = new DatabaseSync(`${data.folder}/ledger.sqlite`, { readOnly: true });
    const rows = database
      .prepare(
        `SELECT code, topic, reason, LENGTH(payload) + COALESCE(bytes, 0) AS bytes
         FROM dead_letter LEFT JOIN letter_file ON letter = id ORDER BY id`,
      )
      .all();
    database.close();
    return rows.map((row) => ({
      code: String(row.code),
      topic: String(row.topic),
      reason: String(row.reason),
      bytes: Number(row.bytes),
    }));
  };

  it('lets every good uplink through', async () => {
    expect(await influx.count('SELECT count(f_cnt) FROM uplinks.uplink')).toBe(good);
    expect((await platform.get('/health/ready')).status).toBe(200);
  });

  it('keeps each broken one with its code, a reason and its bytes', () => {
    const kept = letters();
    expect(kept.map(({ code }) => code)).toEqual(broken.map(({ code }) => code));
    for (const [i, letter] of kept.entries()) {
      expect(letter.topic).toBe(broken[i]?.topic);
      expect(letter.reason.length).toBeGreaterThan(10);
      expect(letter.bytes).toBe(Math.min(Buffer.byteLength(broken[i]?.payload ?? ''), 1_048_576));
    }
  });

  it('counts them by code', async () => {
    expect(await platform.metric('dead_letters_total')).toBe(all);
    expect(await platform.metric('dead_letters_total', 'json_invalid')).toBe(2);
  });
});
