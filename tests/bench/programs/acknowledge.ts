/**
 * A subscriber that does nothing but acknowledge, to see what broker and client cost by themselves.
 * `node acknowledge.ts MQTT_URL COUNT`: prints `ready`, then `done` after so many messages.
 */
import { connectAsync } from 'mqtt';

const [, , url = '', count = '0'] = process.argv;
const client = await connectAsync(url, { protocolVersion: 5, properties: { receiveMaximum: 20_000 } });
let left = Number(count);
client.on('message', () => {
  if (--left === 0) process.stdout.write('done\n');
});
await client.subscribeAsync('application/+/device/+/event/+', { qos: 1 });
process.stdout.write('ready\n');
