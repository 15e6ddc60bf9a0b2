/**
 * What a gateway and ChirpStack 4 tell each other over MQTT (`gw.UplinkFrame`, `GatewayStats`, `DownlinkTxAck` and `DownlinkFrame`
 * of its API), whatever it is written in; `gateway-json.ts` and `gateway-protobuf.ts` read and write it.
 */
import type { Modulation } from './airtime.ts';

/** A frame a gateway heard. Times in ms UTC with three decimals. */
export interface GatewayUplink {
  readonly phy: Uint8Array;
  readonly frequencyHz: number;
  readonly modulation: Modulation;
  readonly uplinkId: number;
  readonly rssiDbm: number;
  readonly snrDb: number;
  /** Number of the channel on the concentrator. */
  readonly channel: number;
  /** Which of its two receivers. */
  readonly rfChain: number;
  /** The concentrator's counter at the end of the frame. */
  readonly context: Uint8Array;
  /** The gateway's own clock, where it has a satellite receiver. */
  readonly gwTimeMs?: number;
}

/** Counts since the statistics before. */
export interface GatewayCounts {
  readonly rxPackets: number;
  readonly rxPacketsOk: number;
  /** Downlinks asked for, and sent. */
  readonly txPackets: number;
  readonly txPacketsEmitted: number;
}

export type TxStatus = 'OK' | 'TOO_LATE' | 'COLLISION_PACKET' | 'TX_FREQ' | 'TX_POWER' | 'GPS_UNLOCKED';

export type GatewayEvent =
  | { readonly kind: 'up'; readonly gatewayId: string; readonly uplink: GatewayUplink }
  | {
      readonly kind: 'stats';
      readonly gatewayId: string;
      readonly timeMs: number;
      readonly counts: GatewayCounts;
    }
  | {
      readonly kind: 'ack';
      readonly gatewayId: string;
      readonly downlinkId: number;
      /** Of each item that was tried: the last one is how it ended. */
      readonly statuses: readonly TxStatus[];
    };

/** When a downlink is to be sent. */
export type DownlinkTiming =
  | { readonly kind: 'immediately' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** At a moment of GPS time: class B. */
  | { readonly kind: 'gpsEpoch' };

export interface DownlinkItem {
  readonly phy: Buffer;
  readonly frequencyHz: number;
  readonly eirpDbm: number;
  readonly modulation: Modulation;
  readonly timing: DownlinkTiming;
  /** What the gateway gave with the uplink that is answered; the delay counts from there. */
  readonly context: Buffer;
}

/** Items are tried in order until one can be sent. */
export interface DownlinkCommand {
  readonly downlinkId: number;
  readonly items: readonly DownlinkItem[];
}

/** GPS time has no leap seconds: 18 since 2017. It began on 6 January 1980. */
const gpsEpochMs = Date.UTC(1980, 0, 6);
const leapSecondsMs = 18_000;

export function sinceGpsEpochMs(timeMs: number): number {
  return timeMs - gpsEpochMs + leapSecondsMs;
}

/** Whole seconds, and the rest in nanoseconds; times are as exact as a concentrator's counter, to the microsecond. */
export function secondsOf(timeMs: number): { readonly seconds: number; readonly nanos: number } {
  const microseconds = Math.round(1000 * timeMs);
  const seconds = Math.floor(microseconds / 1_000_000);
  return { seconds, nanos: 1000 * (microseconds - 1_000_000 * seconds) };
}

/** What a gateway's software calls itself. */
export const softwareMetadata = { concentratord_version: '4.4.0' };
