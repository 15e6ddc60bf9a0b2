/** ChirpStack's protobuf messages as protobufjs gives them: decoded by the description in `chirpstack.proto`. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const { root } = protobuf.parse(readFileSync(new URL('./chirpstack.proto', import.meta.url), 'utf8'));

/** Milliseconds need more than 32 bits: protobufjs gives 64 as an object of two halves. */
export interface WireTimestamp {
  readonly seconds: number | { toNumber(): number };
  readonly nanos: number;
}

interface WireDeviceInfo {
  readonly devEui: string;
  readonly deviceProfileName: string;
  readonly tags: Record<string, string>;
}

/** What every event has; null where it is not on the wire. Scalars that are not on the wire are zero or empty. */
export interface WireEvent {
  readonly time: WireTimestamp | null;
  readonly deviceInfo: WireDeviceInfo | null;
}

export interface WireStruct {
  readonly fields: Readonly<Record<string, WireValue>>;
}

/** `kind` names the one that is set; undefined where none is. */
export interface WireValue {
  readonly kind?: 'nullValue' | 'numberValue' | 'stringValue' | 'boolValue' | 'structValue' | 'listValue';
  readonly numberValue: number;
  readonly stringValue: string;
  readonly boolValue: boolean;
  readonly structValue: WireStruct;
  readonly listValue: { readonly values: readonly WireValue[] };
}

export interface WireUplink extends WireEvent {
  readonly deduplicationId: string;
  readonly devAddr: string;
  readonly dr: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly confirmed: boolean;
  /** protobufjs gives an array where there is none. */
  readonly data: Uint8Array | readonly [];
  readonly object: WireStruct | null;
  readonly rxInfo: readonly {
    readonly gatewayId: string;
    readonly rssi: number;
    readonly snr: number;
    readonly nsTime: WireTimestamp | null;
  }[];
  readonly txInfo: {
    readonly frequency: number;
    readonly modulation: { readonly lora: { readonly spreadingFactor: number } | null } | null;
  } | null;
}

export interface WireJoin extends WireEvent {
  readonly deduplicationId: string;
  readonly devAddr: string;
}

export interface WireStatus extends WireEvent {
  readonly deduplicationId: string;
  readonly margin: number;
  readonly externalPowerSource: boolean;
  readonly batteryLevelUnavailable: boolean;
  readonly batteryLevel: number;
}

export interface WireLog extends WireEvent {
  readonly level: number;
  readonly code: number;
  readonly description: string;
  readonly context: Record<string, string>;
}

export interface WireAck extends WireEvent {
  readonly deduplicationId: string;
  readonly queueItemId: string;
  readonly acknowledged: boolean;
  readonly fCntDown: number;
}

export interface WireTxack extends WireEvent {
  readonly downlinkId: number;
  readonly queueItemId: string;
  readonly fCntDown: number;
  readonly gatewayId: string;
  readonly txInfo: { readonly frequency: number; readonly power: number } | null;
}

export interface WireStats {
  readonly gatewayId: string;
  readonly time: WireTimestamp | null;
  readonly rxPacketsReceived: number;
  readonly rxPacketsReceivedOk: number;
  readonly txPacketsReceived: number;
  readonly txPacketsEmitted: number;
  readonly location: {
    readonly latitude: number;
    readonly longitude: number;
    readonly altitude: number;
  } | null;
  readonly metadata: Record<string, string>;
}

/** A function that decodes bytes as one message type; it throws where they cannot be one. */
function decoder<Wire>(name: string): (bytes: Uint8Array) => Wire {
  const type = root.lookupType(name);
  // The description is ours, so what protobufjs decodes by it has the shape said here; the tests hold the two together.
  return (bytes) => type.decode(bytes) as Wire;
}

export const decode = {
  up: decoder<WireUplink>('UplinkEvent'),
  join: decoder<WireJoin>('JoinEvent'),
  status: decoder<WireStatus>('StatusEvent'),
  log: decoder<WireLog>('LogEvent'),
  ack: decoder<WireAck>('AckEvent'),
  txack: decoder<WireTxack>('TxAckEvent'),
  stats: decoder<WireStats>('GatewayStats'),
} as const;

/** Names of an enum's numbers, as JSON events have them; a number that has no name yet stands for itself. */
function namesOf(name: string): (value: number) => string {
  const { valuesById } = root.lookupEnum(name);
  return (value) => valuesById[value] ?? String(value);
}

export const logLevelName = namesOf('LogLevel');
export const logCodeName = namesOf('LogCode');
