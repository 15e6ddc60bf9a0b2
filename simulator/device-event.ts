/** What the events of ChirpStack 4 beside `up` tell, whatever they are written in; `device-event-json.ts` and `-protobuf.ts` write them. */
import type { MqttMessage, UpEventOptions } from './up-event.ts';

/** Who an event is about. */
export type EventSource = Pick<
  UpEventOptions,
  'applicationId' | 'devEui' | 'deviceName' | 'deviceProfileName' | 'tags' | 'deviceClass'
>;

/** A device has joined: written when its request came, before its first uplink. */
export interface JoinEvent {
  readonly kind: 'join';
  /** UUID of one processing in the network server. */
  readonly deduplicationId: string;
  /** 8 lower-case hex digits. */
  readonly devAddr: string;
}

/** A device has answered how it is; the `up` event of that frame has the same `deduplicationId`. */
export interface StatusEvent {
  readonly kind: 'status';
  readonly deduplicationId: string;
  /** How far above what it needs the last downlink was heard: −32 … 31. */
  readonly marginDb: number;
  /** In per cent: of 254 steps, so never quite what the device would say itself. */
  readonly battery: number | 'external' | 'unavailable';
}

/** A confirmed downlink was acknowledged, or was not. */
export interface AckEvent {
  readonly kind: 'ack';
  /** Empty where the network server gave up waiting. */
  readonly deduplicationId: string;
  /** UUID. */
  readonly queueItemId: string;
  readonly acknowledged: boolean;
  readonly fCntDown: number;
}

/** A gateway has sent a downlink. */
export interface TxAckEvent {
  readonly kind: 'txack';
  /** 32 bits. */
  readonly downlinkId: number;
  readonly queueItemId: string;
  readonly fCntDown: number;
  readonly gatewayId: string;
  readonly frequencyHz: number;
  readonly powerDbm: number;
  /** 7 … 12. */
  readonly spreadingFactor: number;
  /** After the uplink it answers; without it, sent at once. */
  readonly delayS?: number;
}

/** The codes that have been seen; the network server knows more. */
export const logCodes = [
  'UPLINK_CODEC',
  'UPLINK_F_CNT_RETRANSMISSION',
  'UPLINK_F_CNT_RESET',
  'OTAA',
  'UPLINK_MIC',
  'DOWNLINK_GATEWAY',
  'EXPIRED',
  'DOWNLINK_PAYLOAD_SIZE',
] as const;

/** Something went wrong with a device. */
export interface LogEvent {
  readonly kind: 'log';
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly code: (typeof logCodes)[number];
  readonly description: string;
  /** In snake_case, unlike all else; `deduplication_id`, `f_cnt_up`, `queue_item_id` and others, as the code is. */
  readonly context: Readonly<Record<string, string>>;
}

export type DeviceEventOptions = EventSource & {
  /** The event's own time, ms UTC. */
  readonly timeMs: number;
} & (JoinEvent | StatusEvent | AckEvent | TxAckEvent | LogEvent);

/** Writes an event of any kind but `up`. */
export type DeviceEventWriter = (options: DeviceEventOptions) => MqttMessage;

/** Where the network server publishes it. */
export function eventTopicOf({ applicationId, devEui, kind }: DeviceEventOptions): string {
  return `application/${applicationId}/device/${devEui}/event/${kind}`;
}

/** The two flags and the level in per cent of a `status`; 0 is not empty, but nothing known. */
export function batteryOf({ battery }: StatusEvent) {
  return {
    externalPowerSource: battery === 'external',
    batteryLevelUnavailable: battery === 'unavailable',
    batteryLevel: typeof battery === 'number' ? Math.fround(battery) : 0,
  };
}
