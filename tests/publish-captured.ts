/**
 * Publishes the captured ChirpStack events as if they had just happened, to see a platform move without a sensor:
 * `npm run captured -- mqtt://127.0.0.1:1883`
 */
import { asOfNow, capturedMessages } from './services/captured.ts';
import { Publisher } from './services/publisher.ts';

const url = process.argv[2] ?? process.env.STADTPEGEL_MQTT_URL;
if (url === undefined || url.startsWith('-')) {
  process.stderr.write('usage: npm run captured -- mqtt://HOST:PORT\n');
  process.exit(64);
}
const publisher = await Publisher.connect(url);
const count = await publisher.publish(asOfNow(capturedMessages()));
await publisher.close();
process.stdout.write(`${count} captured messages published to ${url}\n`);
