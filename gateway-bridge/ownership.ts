import { randomUUID } from 'node:crypto';
import type { MqttClient } from 'mqtt';

/**
 * Which of several bridges with the same client id is the one to run: the last one started. MQTT 5 brokers should tell
 * a client that its session was taken over, but mosquitto 2.0.11 just closes the connection, and the two would push
 * each other out for ever. So each bridge, when it first connects, leaves its name in a retained message; one that was
 * cut off, comes back and finds another name there gives way.
 */
export class Ownership {
  readonly topic: string;
  readonly #instance = randomUUID();
  readonly #onTakenOver: () => void;
  #claimed = false;

  constructor(clientId: string, onTakenOver: () => void) {
    this.topic = `stadtpegel/bridge/${clientId}/owner`;
    this.#onTakenOver = onTakenOver;
  }

  /** Claims at the first connection; later ones only read who has. Without the right to publish nothing is claimed. */
  connected(client: MqttClient): void {
    if (this.#claimed) return;
    client.publish(this.topic, this.#instance, { qos: 1, retain: true }, (error) => {
      if (!error) this.#claimed = true;
    });
  }

  /** A message on {@link topic}. */
  heard(payload: string): void {
    if (this.#claimed && payload !== '' && payload !== this.#instance) this.#onTakenOver();
  }
}
