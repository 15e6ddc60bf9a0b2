import type { MqttClient } from 'mqtt';
import { Gauge, type Logger, type Registry } from '#core';

/** How many messages mosquitto has dropped since it started, for whomever, retained (mosquitto(8), broker status). */
const topic = '$SYS/broker/publish/messages/dropped';

/**
 * Notices that the broker drops messages, which it does in silence where a queue is full. It does not say whose they were.
 * Brokers that do not tell, or not us, are no worse for it: all else works.
 */
export class BrokerDrops {
  readonly #broker: string;
  readonly #log: Logger;
  readonly #gauge: Gauge<'broker'>;
  #dropped = 0;
  #refused = false;

  constructor(broker: string, registry: Registry, log: Logger) {
    this.#broker = broker;
    this.#log = log;
    this.#gauge = new Gauge({
      name: 'stadtpegel_mqtt_broker_dropped_messages',
      help:
        'Messages that mosquitto has dropped since it started, for want of room, of all its clients; absent where the broker ' +
        'does not tell',
      labelNames: ['broker'],
      registers: [registry],
    });
  }

  /** Asks to be told, at each connection. At QoS 0, so that none of it waits in the session. */
  connected(client: MqttClient): void {
    client.subscribe(topic, { qos: 0 }, (error) => {
      // Its connection has ended, which says why; or it was said before.
      if (!error || client.stream.destroyed || this.#refused) return;
      this.#refused = true;
      this.#log.warn({ topic, reason: error.message }, 'mqtt: cannot notice what the broker drops');
    });
  }

  /** Whether a message is one of these; then it has been taken note of. */
  takes(messageTopic: string, payload: Buffer): boolean {
    if (messageTopic !== topic) return false;
    const dropped = Number(payload.toString());
    if (!Number.isInteger(dropped)) return true;
    this.#gauge.set({ broker: this.#broker }, dropped);
    // Fewer than before: it has started anew.
    const more = dropped - (dropped < this.#dropped ? 0 : this.#dropped);
    this.#dropped = dropped;
    if (more > 0)
      this.#log.warn(
        { broker: this.#broker, dropped, more },
        'mqtt: the broker has dropped messages for want of room, perhaps ours: see max_queued_bytes in deploy/mosquitto',
      );
    return true;
  }
}
