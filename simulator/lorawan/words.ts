import type { Encoding } from '../encoding.ts';
import type { DownlinkCommand, GatewayEvent } from './gateway-events.ts';

/** The language of a gateway. */
export interface GatewayWords {
  write(event: GatewayEvent): Buffer;
  /** @throws where the payload is no `command/down` for LoRa */
  read(payload: Buffer): DownlinkCommand;
}

/** ChirpStack answers a gateway in the encoding it speaks. ChirpStack's classes are loaded when they are asked for: 20 ms. */
export async function gatewayWords(encoding: Encoding): Promise<GatewayWords> {
  if (encoding === 'json') {
    const { readJson, writeJson } = await import('./gateway-json.ts');
    return { write: writeJson, read: readJson };
  }
  const { readProtobuf, writeProtobuf } = await import('./gateway-protobuf.ts');
  return { write: writeProtobuf, read: readProtobuf };
}
