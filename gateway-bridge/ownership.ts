import { randomUUID } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import type { Logger } from '#core';

/**
 * Which of several bridges with the same client id is the one to run: the last one started. MQTT 5 brokers should tell
 * a client that its session was taken over, but mosquitto 2.0.11 just closes the connection, and the two would push
 * each other out for ever. So each bridge, when it first connects, leaves its name in a retained message; one that was
 * cut off, comes back and finds another name there gives way.
 */
export class Ownership {
  readonly #topic: string;
  readonly #instance = randomUUID();
  readonly #onTakenOver: () => void;
  readonly #log: Logger;
  #claimed = false;

  constructor(clientId: string, log: Logger, onTakenOver: () => void) {
    this.#topic = `stadtpegel/bridge/${clientId}/owner`;
    this.#log = log;
    this.#onTakenOver = onTakenOver;
  }

  /**
   * Claims at the first connection; later ones only read who has. Without the rights for it nothing is claimed, and all
   * else works. At QoS 0, so that none of it waits in the session for the next bridge.
   */
  connected(client: MqttClient): void {
    client.subscribe(this.#topic, { qos: 0 }, (error) => this.#refused(error));
    if (this.#claimed) return;
    client.publish(this.#topic, this.#instance, { qos: 1, retain: true }, (error) => {
      this.#refused(error);
      this.#claimed = !error;
    });
  }

  #refused(error: Error | null | undefined): void {
    if (error)
      this.#log.warn({ topic: this.#topic, reason: error.message }, 'mqtt: cannot notice a second bridge');
  }

  /** Whether a message is one of these; then it has been taken note of. */
  takes(topic: string, payload: Buffer): boolean {
    if (topic !== this.#topic) return false;
    const owner = payload.toString();
    if (this.#claimed && owner !== '' && owner !== this.#instance) this.#onTakenOver();
    return true;
  }
}
