import type { QuantityKey } from './quantities.ts';
import type { Reading, ReadingFlag } from './reading.ts';

/** Measurement names of the time-series store: what a device model is mainly for. */
export const themes = [
  'parking',
  'charging',
  'energy',
  'environment',
  'building',
  'water',
  'waste',
  'people',
  'lighting',
] as const;
export type Theme = (typeof themes)[number];

/** How often a quantity is to be heard of, and whether silence means that nothing changed. */
export interface Rhythm {
  readonly reporting: 'periodic' | 'change+heartbeat';
  readonly expectedIntervalS: number;
}

/** What the rest of the house needs to know of a device model. */
export interface ProfileFacts {
  /** `vendor/model`, lower case. */
  readonly id: string;
  readonly theme: Theme;
  readonly rhythm: Readonly<Partial<Record<QuantityKey, Rhythm>>>;
  /** Counters: how much has been counted when the device begins again at zero, in the quantity's unit. */
  readonly wrapsAt?: Readonly<Partial<Record<QuantityKey, number>>>;
}

/** A message as it came from the broker, before anything was understood of it. */
export interface RawMessage {
  readonly receivedAtMs: number;
  /** Name of the broker connection it came by. */
  readonly broker: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** One gateway's reception of an uplink. */
export interface GatewayReception {
  readonly gatewayId: string;
  readonly rssiDbm: number;
  readonly snrDb: number;
}

/** JSON as it comes from `JSON.parse`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A decode that gave nothing usable; the uplink itself is kept with its raw payload. */
export interface DecodeError {
  readonly code: 'profile_unknown' | 'decode_failed';
  readonly message: string;
}

/** What ChirpStack knows of a device's model. */
export interface NamedModel {
  readonly deviceProfileName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** One radio frame of a device, understood as far as it could be. */
export interface Uplink {
  readonly kind: 'uplink';
  /** Names one processing in the network server: the same for a redelivered message, another for a copy of the frame. */
  readonly deduplicationId: string;
  readonly devEui: string;
  readonly devAddr: string;
  readonly fCnt: number;
  readonly fPort: number;
  /** Milliseconds UTC, by the time rule. */
  readonly time: number;
  readonly receivedAtMs: number;
  /** When the network server first saw it, by which its records are judged; where it is not given, `time` is as good. */
  readonly anchorMs?: number;
  /** `history_rejected`: a record from the device's memory bore a time that cannot be, and gave no readings. */
  readonly flags: readonly (ReadingFlag | 'history_rejected')[];
  readonly confirmed: boolean;
  readonly dataRate: number;
  readonly frequencyHz: number;
  readonly spreadingFactor: number;
  readonly gateways: readonly GatewayReception[];
  /** The decrypted application payload; empty for MAC-only frames. */
  readonly data: Uint8Array;
  readonly profile?: ProfileFacts;
  /** What the payload says, in the profile's words; ChirpStack's `object` where no profile decoded. */
  readonly object?: Json;
  readonly readings: readonly Reading[];
  readonly warnings: readonly string[];
  readonly error?: DecodeError;
  /** What ChirpStack calls the model, where we know none: a later one is found by it. */
  readonly named?: NamedModel;
  /** False where the payload holds what is personal: it is then not archived. */
  readonly archivePayload: boolean;
}

/** A device whose model is asked for, as far as the radio log knows it. */
export interface LoggedDevice {
  readonly devEui: string;
  readonly time: number;
  /** The model that decoded it then. */
  readonly profileId?: string;
  readonly named?: NamedModel;
}

/** An uplink as the radio log keeps it: all but what its payload means. */
export interface LoggedUplink
  extends LoggedDevice,
    Omit<Uplink, 'profile' | 'readings' | 'warnings' | 'error' | 'archivePayload' | 'flags' | 'named'> {
  readonly anchorMs: number;
  readonly flags: readonly ReadingFlag[];
}

/** Something ChirpStack tells of a device beside its uplinks. */
export interface DeviceEvent {
  readonly kind: 'event';
  readonly type: 'join' | 'status' | 'log' | 'ack' | 'txack';
  readonly devEui: string;
  /** Milliseconds UTC, by the time rule. */
  readonly time: number;
  readonly receivedAtMs: number;
  readonly flags: readonly ReadingFlag[];
  /** The uplink's `deduplicationId` where the event belongs to one; empty where there is none. */
  readonly deduplicationId: string;
  readonly profile?: ProfileFacts;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly readings: readonly Reading[];
}

/** What a gateway tells of itself now and then. */
export interface GatewayStats {
  readonly kind: 'gateway-stats';
  /** EUI of the gateway, 16 lower-case hex digits. */
  readonly gatewayId: string;
  /** Milliseconds UTC, by the time rule with the time of receipt as its anchor. */
  readonly time: number;
  readonly receivedAtMs: number;
  readonly flags: readonly ReadingFlag[];
  /** Counts since the statistics before: frames heard, those of them with a good checksum, frames to send, frames sent. */
  readonly rxPacketsReceived: number;
  readonly rxPacketsReceivedOk: number;
  readonly txPacketsReceived: number;
  readonly txPacketsEmitted: number;
  /** Where the gateway says it is, in WGS 84; absent where it does not know. */
  readonly location?: {
    readonly latitudeDeg: number;
    readonly longitudeDeg: number;
    readonly altitudeM: number;
  };
  /** What its operator or software adds, e.g. versions; bounded in number and length. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A message nothing could be made of; kept with its bytes until someone looks. */
export interface DeadLetter {
  readonly kind: 'dead-letter';
  readonly raw: RawMessage;
  /** Stable, for counting: `json_invalid`, `topic_unknown`, … */
  readonly code: string;
  /** What, where, why: for the person who looks. */
  readonly reason: string;
}

export type Translation = Uplink | DeviceEvent | GatewayStats | DeadLetter;
