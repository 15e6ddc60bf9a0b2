/**
 * Writes lines made beforehand to InfluxDB, 5,000 a request over two connections: what the store takes by itself.
 * `node write-lines.ts INFLUX_URL COUNT`: prints `ready`, begins at SIGUSR2, prints `done`.
 */
import { once } from 'node:events';
import { Pool } from 'undici';

const batch = 5000;
const connections = 2;
const devices = 10_000;

const [, , url = '', count = '0'] = process.argv;
const pool = new Pool(url, { connections });
const post = async (path: string, body: string | null): Promise<void> => {
  const answer = await pool.request({ method: 'POST', path, body });
  await answer.body.dump();
};
await post(`/query?${new URLSearchParams({ q: 'CREATE DATABASE lines' })}`, null);
const startMs = Date.UTC(2026, 0, 1);
const line = (index: number): string =>
  `uplink,device=${(0x1_0000_0000 + (index % devices)).toString(16)},application=a,profile=b ` +
  `f_cnt=${Math.floor(index / devices)},f_port=2,dr=5,rssi=-${index % 120},snr=7.5,gateways=3,frequency_hz=868100000,` +
  `dev_addr="01abcdef",payload="AXVaA2f1AARoXA==" ${startMs + index}`;
const bodies = Array.from({ length: Math.ceil(Number(count) / batch) }, (_, index) =>
  Array.from({ length: Math.min(batch, Number(count) - index * batch) }, (_unused, offset) =>
    line(index * batch + offset),
  ).join('\n'),
);
// Nothing else keeps the process waiting.
const waiting = setInterval(() => undefined, 1000);
const begun = once(process, 'SIGUSR2');
process.stdout.write('ready\n');
await begun;
clearInterval(waiting);
await Promise.all(
  Array.from({ length: connections }, async () => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop())
      await post('/write?db=lines&precision=ms', body);
  }),
);
process.stdout.write('done\n');
// Stays, so that what it has used can be read; who started it ends it.
setInterval(() => undefined, 1000);
