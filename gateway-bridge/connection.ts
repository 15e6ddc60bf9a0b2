import { readFileSync } from 'node:fs';
import type { IClientOptions } from 'mqtt';
import type { z } from 'zod';
import type { bridgeConfig } from './config.ts';

/** CONNACK codes for a broker that does not speak MQTT 5: 1 in MQTT 3.1.1, 0x84 in MQTT 5. */
const unsupportedVersions: readonly number[] = [0x01, 0x84];

/** How to reach the broker: the bridge's own settings. */
export type Broker = Pick<
  z.infer<typeof bridgeConfig>,
  | 'mqttUrl'
  | 'mqttUsername'
  | 'mqttPasswordFile'
  | 'mqttCaFile'
  | 'mqttCertFile'
  | 'mqttKeyFile'
  | 'mqttKeepaliveS'
>;

/**
 * What every connection of ours has in common: who we are, and that it connects again for as long as it is not ended.
 * @throws {Error} where a file of a password or certificate cannot be read
 */
export function brokerOptions(broker: Broker): IClientOptions {
  const read = (file: string | undefined): Buffer | undefined =>
    file === undefined ? undefined : readFileSync(file);
  const password = read(broker.mqttPasswordFile)?.toString('utf8').trim();
  const ca = read(broker.mqttCaFile);
  const cert = read(broker.mqttCertFile);
  const key = read(broker.mqttKeyFile);
  return {
    manualConnect: true,
    protocolVersion: 5,
    keepalive: broker.mqttKeepaliveS,
    connectTimeout: 10_000,
    // A broker that comes back without our session loses what is published until we are there.
    reconnectPeriod: 250,
    reconnectOnConnackError: true,
    resubscribe: false,
    ...(broker.mqttUsername !== undefined && { username: broker.mqttUsername }),
    ...(password !== undefined && { password }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

/** Whether the broker refused a connection because it does not speak MQTT 5; then 3.1.1 is the next to try. */
export function refusesMqtt5(error: object): boolean {
  return 'code' in error && typeof error.code === 'number' && unsupportedVersions.includes(error.code);
}
