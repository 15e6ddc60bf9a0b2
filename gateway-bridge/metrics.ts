import { Counter, type Registry } from '#core';

export interface BridgeMetrics {
  readonly received: Counter;
  readonly acknowledged: Counter;
  readonly acksDropped: Counter;
  readonly sessionsLost: Counter;
}

/** The figures of the bridge. */
export function createBridgeMetrics(registry: Registry): BridgeMetrics {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  return {
    received: counter('stadtpegel_mqtt_received_total', 'Messages received from the broker'),
    acknowledged: counter(
      'stadtpegel_mqtt_acknowledged_total',
      'Messages acknowledged to the broker, being durable',
    ),
    acksDropped: counter(
      'stadtpegel_mqtt_acks_dropped_total',
      'Acknowledgements not sent because their connection was gone; the broker sends these messages again',
    ),
    sessionsLost: counter(
      'stadtpegel_mqtt_sessions_lost_total',
      'Reconnects at which the broker no longer knew our session: what it kept for us is gone',
    ),
  };
}
