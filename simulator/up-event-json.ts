import { deviceInfo, rfc3339, unlessZero } from './event-json.ts';
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

function rxInfo(hearing: Hearing, uplinkId: number): object {
  const { gatewayId, gwTimeMs, nsTimeMs, rssiDbm, snrDb, location, terse = false } = hearing;
  return {
    gatewayId,
    uplinkId: unlessZero(uplinkId),
    gwTime: gwTimeMs === undefined ? undefined : rfc3339(gwTimeMs),
    nsTime: rfc3339(nsTimeMs),
    rssi: unlessZero(rssiDbm),
    snr: unlessZero(snrDb),
    rfChain: terse ? undefined : rfChain,
    location: {
      latitude: unlessZero(location?.latitude),
      longitude: unlessZero(location?.longitude),
      altitude: unlessZero(location?.altitude),
    },
    context: concentratorContext(nsTimeMs).toString('base64'),
    metadata: terse ? undefined : gatewayMetadata,
    crcStatus: terse ? undefined : 'CRC_OK',
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
    deviceInfo: deviceInfo(options),
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
