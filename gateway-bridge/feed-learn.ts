import { randomUUID } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { subscribeTo } from './feed-connection.ts';
import { FeedListing } from './feed-listing.ts';
import { readPacket } from './feed-topics.ts';

/** mosquitto sends retained messages before anything later; aedes sends them beside it, but without such a pause. */
const quietMs = 200;

/**
 * Learns what a broker holds of a feed: a message to ourselves, sent after subscribing, comes back behind the retained ones.
 * @throws {Error} where the connection closes meanwhile, or the broker does not let us
 */
export async function learn(client: MqttClient, prefix: string): Promise<FeedListing> {
  const listing = new FeedListing();
  const probeTopic = `${prefix}/probe/${randomUUID()}`;
  const { promise: told, resolve, reject } = Promise.withResolvers<void>();
  let quiet: NodeJS.Timeout | undefined;
  const hear = (topic: string, payload: Uint8Array): void => {
    const message = readPacket(prefix, topic, payload);
    if (message !== undefined) listing.hear(message);
    if (topic === probeTopic) quiet = setTimeout(resolve, quietMs);
    else quiet?.refresh();
  };
  const closed = (): void => reject(new Error('the connection was closed'));
  client.on('message', hear);
  client.on('close', closed);
  try {
    await Promise.all([
      subscribeTo(client, `${prefix}/#`),
      told,
      client.publishAsync(probeTopic, '', { qos: 1 }),
    ]);
    await client.unsubscribeAsync(`${prefix}/#`);
  } finally {
    clearTimeout(quiet);
    client.off('message', hear);
    client.off('close', closed);
  }
  return listing;
}
