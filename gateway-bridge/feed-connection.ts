import { connect, type MqttClient } from 'mqtt';
import { messageOf, type OutageLog } from '#core';
import { type Broker, brokerOptions, refusesMqtt5 } from './connection.ts';

interface FeedConnectionParts {
  readonly broker: Broker;
  readonly outage: OutageLog;
  /** Called at each connection; while it does not resolve, the feed is not back. */
  readonly connected: (client: MqttClient) => Promise<void>;
}

/**
 * A connection with a session of its own that ends with it, MQTT 5 or, where the broker refuses that, 3.1.1; it connects
 * again for as long as it is not ended.
 */
export function openFeedConnection({ broker, outage, connected }: FeedConnectionParts): MqttClient {
  const client = connect(broker.mqttUrl, {
    ...brokerOptions(broker),
    clean: true,
    // Without it mosquitto sends no more than 20 messages ahead (its `max_inflight_messages`).
    properties: { receiveMaximum: 65_535 },
  });
  const away = (reason: string): void => {
    if (!client.disconnecting) outage.away(reason);
  };
  client.on('connect', () => {
    connected(client).then(
      () => outage.back(),
      (cause) => away(messageOf(cause)),
    );
  });
  client.on('close', () => away('the connection was closed'));
  client.on('error', (error) => {
    if (refusesMqtt5(error)) client.options.protocolVersion = 4;
    away(messageOf(error));
  });
  client.connect();
  return client;
}

/** @throws {Error} where the broker does not grant it */
export async function subscribeTo(client: MqttClient, topic: string): Promise<void> {
  const granted = await client.subscribeAsync(topic, { qos: 1 });
  if (granted.some(({ qos }) => qos > 2)) throw new Error(`cannot subscribe to ${topic}: refused`);
}
