import type { Uplink } from '#core';

/** What a test says of an uplink; the rest is as good as any. */
export type Said = Pick<Uplink, 'deduplicationId' | 'devEui' | 'devAddr' | 'fCnt' | 'time' | 'data'> &
  Partial<Uplink>;

/** An uplink as translating gives it, without having been a message. */
export function translatedUplink(said: Said): Uplink {
  return {
    kind: 'uplink',
    fPort: 85,
    receivedAtMs: said.time,
    flags: [],
    confirmed: false,
    dataRate: 5,
    frequencyHz: 868_100_000,
    spreadingFactor: 7,
    gateways: [],
    readings: [],
    warnings: [],
    archivePayload: true,
    ...said,
  };
}
