/** What an `up` event of ChirpStack 4 tells, whatever it is written in; `up-event-json.ts` and `-protobuf.ts` write it. */

/** A gateway that heard the uplink. Times in ms UTC. */
export interface Hearing {
  /** 16 lower-case hex digits. */
  readonly gatewayId: string;
  readonly rssiDbm: number;
  readonly snrDb: number;
  /** When the network server received it from this gateway. */
  readonly nsTimeMs: number;
  /** What the gateway's own clock said, where it has a GNSS receiver. */
  readonly gwTimeMs?: number;
  readonly location?: { readonly latitude: number; readonly longitude: number; readonly altitude?: number };
  /** Its software tells neither the state of the checksum, nor which receiver heard it, nor anything of itself. */
  readonly terse?: boolean;
}

/** Of LoRaWAN: A listens after it has spoken, B now and then, C always. */
export type DeviceClass = 'A' | 'B' | 'C';

export interface UpEventOptions {
  /** UUID, lower case; part of the topic. */
  readonly applicationId: string;
  /** UUID of one processing in the network server. */
  readonly deduplicationId: string;
  readonly devEui: string;
  readonly deviceName: string;
  readonly deviceProfileName: string;
  readonly tags: Readonly<Record<string, string>>;
  /** 8 lower-case hex digits. */
  readonly devAddr: string;
  readonly fCnt: number;
  /** 0 for MAC-only frames, which have no bytes. */
  readonly fPort: number;
  /** The decrypted application payload. */
  readonly bytes: Uint8Array;
  /** The event's own time, ms UTC. */
  readonly timeMs: number;
  /** At least one. */
  readonly gateways: readonly Hearing[];
  readonly confirmed?: boolean;
  /** A where nothing is told. */
  readonly deviceClass?: DeviceClass;
  /** EU868 data rate: 0 = SF12 … 5 = SF7, the default. */
  readonly dataRate?: number;
  readonly frequencyHz?: number;
}

/** A message as the network server publishes it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Writes an `up` event. */
export type UpEventWriter = (options: UpEventOptions) => MqttMessage;

/** What an invented network server calls itself and its parts; every event carries it. */
export const installation = {
  tenantId: '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a7e001',
  tenantName: 'Stadt Beispielstadt',
  applicationName: 'stadtpegel',
  deviceProfileId: '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a7e002',
  regionConfigId: 'eu868',
};

/** What a gateway's software adds to each reception. */
export const gatewayMetadata = { region_config_id: 'eu868', region_common_name: 'EU868' };
/** Which of a concentrator's two receivers heard it. */
export const rfChain = 1;
/** Of the default data rates of EU868 (LoRaWAN RP002-1.0.4 §2.4). */
export const bandwidthHz = 125_000;
const frequencyHzUsual = 868_100_000;
const dataRateUsual = 5;

/** How the frame was sent, where nothing else is told. */
export function sendingOf({ dataRate = dataRateUsual, frequencyHz = frequencyHzUsual }: UpEventOptions) {
  return { dataRate, frequencyHz, spreadingFactor: 12 - dataRate };
}

/** The number of the n-th gateway's reception: nothing more is asked than that it differs. */
export function uplinkIdOf({ deduplicationId }: UpEventOptions, index: number): number {
  return (Number.parseInt(deduplicationId.slice(0, 8), 16) + index) >>> 0;
}

/** The microseconds of a concentrator's counter, which gateways send along as four bytes. */
export function concentratorContext(timeMs: number): Buffer {
  const context = Buffer.alloc(4);
  context.writeUInt32BE((timeMs * 1000) % 2 ** 32);
  return context;
}

/** Where the network server publishes it. */
export function upTopicOf({ applicationId, devEui }: UpEventOptions): string {
  return `application/${applicationId}/device/${devEui}/event/up`;
}
