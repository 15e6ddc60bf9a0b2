import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';

/** Listens for so long whether applications are already heard at a broker. Gives the topic of the first, if one is. */
export async function topicHeard(url: string, listenMs: number): Promise<string | undefined> {
  const client = await connectAsync(url, { protocolVersion: 4 }, false);
  try {
    const heard = Promise.withResolvers<string>();
    client.on('message', (topic) => heard.resolve(topic));
    await client.subscribeAsync('application/#');
    return await Promise.race([heard.promise, sleep(listenMs, undefined)]);
  } finally {
    await client.endAsync(true);
  }
}
