/** Builders for the tests of this room: what a message came to, good but for what a test says. */
import type { GatewayStats, Uplink } from '#core';

export const receivedAtMs = 1_795_305_600_123;

/** An uplink without readings. */
export function anUplink(over: Partial<Uplink> = {}): Uplink {
  return {
    kind: 'uplink',
    deduplicationId: 'dedup',
    devEui: 'fcd6bd00001a2b3c',
    devAddr: '007e5f43',
    fCnt: 7,
    fPort: 1,
    time: receivedAtMs,
    receivedAtMs,
    flags: [],
    confirmed: false,
    dataRate: 5,
    frequencyHz: 868_100_000,
    spreadingFactor: 7,
    gateways: [],
    data: Uint8Array.of(1),
    readings: [],
    warnings: [],
    archivePayload: true,
    ...over,
  };
}

/** Statistics of a gateway that received one packet. */
export function gatewayStats(over: Partial<GatewayStats> = {}): GatewayStats {
  return {
    kind: 'gateway-stats',
    gatewayId: '0016c001f1500001',
    time: receivedAtMs,
    receivedAtMs,
    flags: [],
    rxPacketsReceived: 1,
    rxPacketsReceivedOk: 1,
    txPacketsReceived: 0,
    txPacketsEmitted: 0,
    metadata: {},
    ...over,
  };
}
