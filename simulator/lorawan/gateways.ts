import type { Component } from '#core';
import type { Encoding } from '../encoding.ts';
import { middleOf, type TownPlaces } from '../places.ts';
import { gatewaysOf } from '../radio.ts';
import type { DeviceCounts } from './device.ts';
import type { GatewayTransportOptions, TransportCounts, TransportGateway } from './transport.ts';

/** Gateways on MQTT, with what they and the devices have done so far. */
export interface Gateways extends Component {
  readonly counts: Readonly<TransportCounts>;
  /** By DevEUI. */
  deviceCounts(): ReadonlyMap<string, Readonly<DeviceCounts>>;
}

/** The gateways of a town and the devices they hear. LoRaWAN's cryptography is loaded when it is asked for: 80 ms. */
export async function createGateways(options: GatewayTransportOptions): Promise<Gateways> {
  const { GatewayTransport } = await import('./transport.ts');
  return new GatewayTransport(options);
}

/** The gateways on the roofs of a town, the same that `createTown` hears it by. */
export function gatewaysOfTown({ devices }: TownPlaces, encoding: Encoding): TransportGateway[] {
  return gatewaysOf(middleOf(devices)).map((gateway) => ({ ...gateway, encoding }));
}
