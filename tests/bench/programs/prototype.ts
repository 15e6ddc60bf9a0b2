/**
 * The work without any safety, as little code as it takes: the floor ingest is measured against. Fields are hard-coded
 * and not looked at, a message is acknowledged when it comes, what InfluxDB refuses is gone, a broken message ends it.
 * `node prototype.ts MQTT_URL INFLUX_URL`: prints `ready`.
 */
import { connectAsync } from 'mqtt';
import { Pool } from 'undici';

const batchMax = 5000;
const flushMs = 200;

/** What is used of an event; nobody checks that it is so. */
interface Event {
  readonly time: string;
  readonly deviceInfo: Readonly<Record<'devEui' | 'deviceProfileName' | 'applicationName', string>>;
  readonly devAddr: string;
  readonly dr: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly data: string;
  readonly rxInfo: readonly { readonly gatewayId: string; readonly rssi: number; readonly snr: number }[];
  readonly txInfo: { readonly frequency: number };
}

const [, , mqttUrl = '', influxUrl = ''] = process.argv;
const pool = new Pool(influxUrl, { connections: 2 });
const post = async (path: string, body?: string): Promise<void> => {
  const answer = await pool.request({ method: 'POST', path, body: body ?? null });
  await answer.body.dump();
};
await post(`/query?${new URLSearchParams({ q: 'CREATE DATABASE prototype' })}`);

let lines: string[] = [];
function flush(): void {
  if (lines.length === 0) return;
  const body = lines.join('\n');
  lines = [];
  post('/write?db=prototype&precision=ms', body).catch((cause: unknown) => {
    process.stderr.write(`${cause}\n`);
  });
}
setInterval(flush, flushMs);

/** One point of three tags and nine fields. */
function lineOf(text: string): string {
  const { time, deviceInfo, devAddr, dr, fCnt, fPort, data, rxInfo, txInfo } = JSON.parse(text) as Event;
  const [best] = rxInfo;
  const tags = `device=${deviceInfo.devEui},application=${deviceInfo.applicationName},profile=${deviceInfo.deviceProfileName.replaceAll(' ', '\\ ')}`;
  return (
    `uplink,${tags} f_cnt=${fCnt},f_port=${fPort},dr=${dr},rssi=${best?.rssi ?? 0},snr=${best?.snr ?? 0},` +
    `gateways=${rxInfo.length},frequency_hz=${txInfo.frequency},dev_addr="${devAddr}",payload="${data}" ${Date.parse(time)}`
  );
}

const client = await connectAsync(mqttUrl, { protocolVersion: 5, properties: { receiveMaximum: 20_000 } });
client.on('message', (_topic, payload) => {
  lines.push(lineOf(payload.toString()));
  if (lines.length >= batchMax) flush();
});
await client.subscribeAsync('application/+/device/+/event/+', { qos: 1 });
process.stdout.write('ready\n');
