import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import type { z } from 'zod';
import {
  type Component,
  type Health,
  type Logger,
  messageOf,
  OutageLog,
  type Registry,
  type Spool,
} from '#core';
import { BrokerDrops } from './broker-drops.ts';
import type { bridgeConfig } from './config.ts';
import { brokerOptions, refusesMqtt5 } from './connection.ts';
import { type BridgeMetrics, createBridgeMetrics } from './metrics.ts';
import { Ownership } from './ownership.ts';
import { Receiver } from './receiver.ts';

/** MQTT 5.0 reason code of a DISCONNECT because another client took the client id. */
const sessionTakenOver = 0x8e;
const sessionNeverExpires = 0xffff_ffff;
/** The setting `mqttGatewayTopic` where no statistics of gateways are wanted. */
const gatewaysOff = 'off';

export interface BridgeParts {
  readonly config: z.infer<typeof bridgeConfig>;
  readonly spool: Pick<Spool, 'append'>;
  readonly registry: Registry;
  readonly log: Logger;
}

/**
 * The connection to the broker: a persistent session, MQTT 5 or, where the broker refuses it, 3.1.1. Reconnects for as
 * long as it runs; only when another client takes over its id does it stop, so that two bridges never fight.
 */
export class Bridge implements Component {
  readonly name = 'mqtt';
  readonly #parts: BridgeParts;
  readonly #metrics: BridgeMetrics;
  readonly #outage: OutageLog;
  #client: MqttClient | undefined;
  #receiver: Receiver | undefined;
  readonly #broker: string;
  readonly #ownership: Ownership;
  readonly #drops: BrokerDrops;
  #connectedBefore = false;
  #receiving = false;
  #takenOver = false;
  #stopping = false;
  /** An error has said why this connection is about to close. */
  #explained = false;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#metrics = createBridgeMetrics(parts.registry);
    this.#outage = new OutageLog(parts.log, 'mqtt broker');
    this.#broker = new URL(parts.config.mqttUrl).host;
    this.#ownership = new Ownership(parts.config.mqttClientId, parts.log, () => this.#giveWay());
    this.#drops = new BrokerDrops(this.#broker, parts.registry, parts.log);
  }

  /** Begins to connect; a broker that is away does not keep the platform from starting. */
  async start(): Promise<void> {
    const { config, spool, log } = this.#parts;
    const client = connect(config.mqttUrl, clientOptions(config));
    this.#client = client;
    this.#receiver = new Receiver({
      client,
      spool,
      broker: this.#broker,
      unackedMax: config.mqttUnackedMax,
      keepaliveS: config.mqttKeepaliveS,
      divert: (topic, payload) => this.#ownership.takes(topic, payload) || this.#drops.takes(topic, payload),
      metrics: this.#metrics,
      log,
    });
    this.#receiver.attach();
    this.#listen(client);
    client.connect();
  }

  #listen(client: MqttClient): void {
    client.on('connect', (connack) => this.#connected(client, connack));
    client.on('close', () => {
      if (!client.disconnecting && !this.#explained) this.#away('the connection was closed');
      this.#explained = false;
    });
    client.on('error', (error) => {
      this.#explained = true;
      // No outage: the next connection asks for 3.1.1.
      if (refusesMqtt5(error)) client.options.protocolVersion = 4;
      else this.#away(messageOf(error));
    });
    client.on('disconnect', ({ reasonCode }) => {
      if (reasonCode === sessionTakenOver) this.#giveWay();
    });
  }

  /** What breaks while we leave is no outage. */
  #away(reason: string): void {
    if (!this.#stopping) this.#outage.away(reason);
  }

  #connected(client: MqttClient, { sessionPresent }: IConnackPacket): void {
    if (this.#connectedBefore && !sessionPresent) {
      this.#metrics.sessionsLost.inc();
      this.#parts.log.warn('mqtt: the broker no longer knows our session: what it kept for us is gone');
    }
    this.#connectedBefore = true;
    this.#receiving = false;
    this.#explained = false;
    this.#ownership.connected(client);
    this.#drops.connected(client);
    // A session that was kept has its subscription; in a new one nothing is for us before the broker has confirmed it.
    if (sessionPresent) this.#subscribed();
    const { mqttTopic } = this.#parts.config;
    client.subscribe(mqttTopic, { qos: 1 }, (error, granted) => {
      // Its connection has ended, which says why.
      if (client.stream.destroyed) return;
      const refused = granted?.some(({ qos }) => qos > 2);
      if (error || refused) this.#away(`cannot subscribe to ${mqttTopic}: ${error?.message ?? 'refused'}`);
      else this.#subscribed();
    });
    this.#subscribeGateways(client);
  }

  /** Statistics are worth having, but a broker that does not grant them takes nothing from the uplinks. */
  #subscribeGateways(client: MqttClient): void {
    const { config, log } = this.#parts;
    const topic = config.mqttGatewayTopic;
    if (topic === gatewaysOff) return;
    client.subscribe(topic, { qos: 1 }, (error, granted) => {
      if (this.#stopping || client.stream.destroyed) return;
      if (error || granted?.some(({ qos }) => qos > 2))
        log.warn({ topic, reason: error?.message ?? 'refused' }, 'mqtt: cannot receive gateway statistics');
    });
  }

  #subscribed(): void {
    this.#receiving = true;
    this.#outage.back();
  }

  #giveWay(): void {
    if (this.#takenOver) return;
    this.#takenOver = true;
    this.#parts.log.error(
      { clientId: this.#parts.config.mqttClientId },
      'mqtt: another client has taken over our client id; this bridge has stopped',
    );
    this.#client?.end(true);
  }

  health(): Health {
    if (this.#takenOver)
      return { status: 'down', detail: 'another client uses our client id; this bridge has stopped' };
    const { sinceMs, reason } = this.#outage;
    if (sinceMs !== undefined) return { status: 'down', detail: reason, sinceMs };
    if (!this.#receiving) return { status: 'down', detail: 'not connected and subscribed yet' };
    const problem = this.#receiver?.problem;
    return problem
      ? { status: 'degraded', detail: problem.reason, sinceMs: problem.sinceMs }
      : { status: 'ok' };
  }

  /** Acknowledges what has become durable, then disconnects; the broker keeps the session. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#receiver?.stop();
    // Otherwise mqtt.js waits for the broker to answer, for as long as that takes.
    await this.#client?.endAsync(!this.#client.connected || !this.#receiving);
  }
}

function clientOptions(config: z.infer<typeof bridgeConfig>): IClientOptions {
  return {
    ...brokerOptions(config),
    clientId: config.mqttClientId,
    clean: false,
    // Without it mosquitto sends no more than 20 messages ahead (its `max_inflight_messages`).
    properties: { sessionExpiryInterval: sessionNeverExpires, receiveMaximum: config.mqttUnackedMax },
  };
}
