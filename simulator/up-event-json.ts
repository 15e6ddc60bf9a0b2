import {
  bandwidthHz,
  concentratorContext,
  gatewayMetadata,
  type Hearing,
  installation,
  type MqttMessage,
  rfChain,
  sendingOf,
  type UpEventOptions,
  uplinkIdOf,
  upTopicOf,
} from './up-event.ts';

/** RFC 3339 as chrono writes it: `+00:00` instead of `Z`, and no fraction where it is zero. */
function rfc3339(timeMs: number): string {
  return `${new Date(timeMs)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '')}+00:00`;
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
    rfChain,
    location: {
      latitude: unlessZero(location?.latitude),
      longitude: unlessZero(location?.longitude),
      altitude: unlessZero(location?.altitude),
    },
    context: concentratorContext(nsTimeMs).toString('base64'),
    metadata: gatewayMetadata,
    crcStatus: 'CRC_OK',
  };
}

/**
 * The `up` event of ChirpStack 4 in JSON, codec switched off (so without `object`): key order, absent zeros and time
 * texts as captured from version 4.20 (`tests/captured/application-json.jsonl`).
 */
export function upEvent(options: UpEventOptions): MqttMessage {
  const { bytes, gateways } = options;
  const { dataRate, frequencyHz, spreadingFactor } = sendingOf(options);
  const event = {
    deduplicationId: options.deduplicationId,
    time: rfc3339(options.timeMs),
    deviceInfo: {
      tenantId: installation.tenantId,
      tenantName: installation.tenantName,
      applicationId: options.applicationId,
      applicationName: installation.applicationName,
      deviceProfileId: installation.deviceProfileId,
      deviceProfileName: options.deviceProfileName,
      deviceName: options.deviceName,
      devEui: options.devEui,
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
    rxInfo: gateways.map((hearing, index) => rxInfo(hearing, uplinkIdOf(options, index))),
    txInfo: {
      frequency: frequencyHz,
      modulation: { lora: { bandwidth: bandwidthHz, spreadingFactor, codeRate: 'CR_4_5' } },
    },
    regionConfigId: installation.regionConfigId,
  };
  return { topic: upTopicOf(options), payload: Buffer.from(JSON.stringify(event)) };
}
