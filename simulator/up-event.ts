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
}

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
  /** EU868 data rate: 0 = SF12 … 5 = SF7, the default. */
  readonly dataRate?: number;
  readonly frequencyHz?: number;
}

/** A message as the network server publishes it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What an invented network server calls itself; every event carries it. */
const tenant = { tenantId: '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a7e001', tenantName: 'Stadt Beispielstadt' };
const applicationName = 'stadtpegel';
const deviceProfileId = '6f1ac86c-4d8f-4f2b-9f3e-52d0c1a7e002';

/** RFC 3339 as chrono writes it: `+00:00` instead of `Z`, and no fraction where it is zero. */
function rfc3339(timeMs: number): string {
  return `${new Date(timeMs)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '')}+00:00`;
}

/** The microseconds of a concentrator's counter, which gateways send along as four bytes. */
function concentratorContext(timeMs: number): string {
  const context = Buffer.alloc(4);
  context.writeUInt32BE((timeMs * 1000) % 2 ** 32);
  return context.toString('base64');
}

/** Zero values are missing from `rxInfo`, as protobuf's JSON mapping leaves them out; so does JSON what is undefined. */
function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function rxInfo(hearing: Hearing, uplinkId: number): object {
  const { gatewayId, gwTimeMs, nsTimeMs, rssiDbm, snrDb, location } = hearing;
  return {
    gatewayId,
    uplinkId: unlessZero(uplinkId),
    gwTime: gwTimeMs === undefined ? undefined : rfc3339(gwTimeMs),
    nsTime: rfc3339(nsTimeMs),
    rssi: unlessZero(rssiDbm),
    snr: unlessZero(snrDb),
    rfChain: 1,
    location: {
      latitude: unlessZero(location?.latitude),
      longitude: unlessZero(location?.longitude),
      altitude: unlessZero(location?.altitude),
    },
    context: concentratorContext(nsTimeMs),
    metadata: { region_config_id: 'eu868', region_common_name: 'EU868' },
    crcStatus: 'CRC_OK',
  };
}

/**
 * The `up` event of ChirpStack 4 in JSON, codec switched off (so without `object`): key order, absent zeros and time
 * texts as captured from version 4.20 (`tests/captured/application-json.jsonl`).
 */
export function upEvent(options: UpEventOptions): MqttMessage {
  const { applicationId, deduplicationId, devEui, dataRate = 5, bytes } = options;
  // Of a number per gateway and uplink nothing more is asked than that it differs.
  const uplinkId = Number.parseInt(deduplicationId.slice(0, 8), 16);
  const event = {
    deduplicationId,
    time: rfc3339(options.timeMs),
    deviceInfo: {
      ...tenant,
      applicationId,
      applicationName,
      deviceProfileId,
      deviceProfileName: options.deviceProfileName,
      deviceName: options.deviceName,
      devEui,
      deviceClassEnabled: 'CLASS_A',
      tags: options.tags,
    },
    devAddr: options.devAddr,
    adr: true,
    dr: dataRate,
    fCnt: options.fCnt,
    fPort: options.fPort,
    confirmed: options.confirmed ?? false,
    data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    rxInfo: options.gateways.map((hearing, index) => rxInfo(hearing, (uplinkId + index) >>> 0)),
    txInfo: {
      frequency: options.frequencyHz ?? 868_100_000,
      modulation: { lora: { bandwidth: 125_000, spreadingFactor: 12 - dataRate, codeRate: 'CR_4_5' } },
    },
    regionConfigId: 'eu868',
  };
  return {
    topic: `application/${applicationId}/device/${devEui}/event/up`,
    payload: Buffer.from(JSON.stringify(event)),
  };
}
