import { connectAsync, type MqttClient } from 'mqtt';

/** One message to publish. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** Publishes at QoS 1 with many messages under way at once. */
export class Publisher {
  readonly #client: MqttClient;
  readonly #windowMax: number;

  private constructor(client: MqttClient, windowMax: number) {
    this.#client = client;
    this.#windowMax = windowMax;
  }

  static async connect(url: string, windowMax = 500): Promise<Publisher> {
    return new Publisher(await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 200 }), windowMax);
  }

  /** Resolves when the broker has acknowledged every message. `perSecond` limits the rate. */
  async publish(messages: Iterable<Outgoing>, perSecond = Number.POSITIVE_INFINITY): Promise<number> {
    const underWay = new Set<Promise<unknown>>();
    const startedMs = Date.now();
    let count = 0;
    for (const { topic, payload } of messages) {
      const sent: Promise<unknown> = this.#client
        .publishAsync(topic, payload, { qos: 1 })
        .finally(() => underWay.delete(sent));
      underWay.add(sent);
      count++;
      while (underWay.size >= this.#windowMax) await Promise.race(underWay);
      const aheadMs = (count / perSecond) * 1000 - (Date.now() - startedMs);
      if (aheadMs > 5) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    }
    await Promise.all(underWay);
    return count;
  }

  async close(): Promise<void> {
    await this.#client.endAsync();
  }
}
