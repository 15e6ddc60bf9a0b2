/**
 * The `up` event in protobuf, written by the classes ChirpStack's makers generate from their own description
 * (`@chirpstack/chirpstack-api`): a second opinion for whoever reads it with another one.
 */
import common from '@chirpstack/chirpstack-api/common/common_pb.js';
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { deviceInfo, timestamp } from './event-protobuf.ts';
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

function rxInfo(hearing: Hearing, uplinkId: number): InstanceType<typeof gw.UplinkRxInfo> {
  const info = new gw.UplinkRxInfo();
  info.setGatewayId(hearing.gatewayId);
  info.setUplinkId(uplinkId);
  if (hearing.gwTimeMs !== undefined) info.setGwTime(timestamp(hearing.gwTimeMs));
  info.setNsTime(timestamp(hearing.nsTimeMs));
  info.setRssi(hearing.rssiDbm);
  info.setSnr(hearing.snrDb);
  // There with nothing in it where the gateway's place is not known.
  const location = new common.Location();
  location.setLatitude(hearing.location?.latitude ?? 0);
  location.setLongitude(hearing.location?.longitude ?? 0);
  location.setAltitude(hearing.location?.altitude ?? 0);
  info.setLocation(location);
  info.setContext(concentratorContext(hearing.nsTimeMs));
  if (hearing.terse) return info;
  info.setRfChain(rfChain);
  for (const [key, value] of Object.entries(gatewayMetadata)) info.getMetadataMap().set(key, value);
  info.setCrcStatus(gw.CRCStatus.CRC_OK);
  return info;
}

function txInfo(options: UpEventOptions): InstanceType<typeof gw.UplinkTxInfo> {
  const { frequencyHz, spreadingFactor } = sendingOf(options);
  const lora = new gw.LoraModulationInfo();
  lora.setBandwidth(bandwidthHz);
  lora.setSpreadingFactor(spreadingFactor);
  lora.setCodeRate(gw.CodeRate.CR_4_5);
  const modulation = new gw.Modulation();
  modulation.setLora(lora);
  const info = new gw.UplinkTxInfo();
  info.setFrequency(frequencyHz);
  info.setModulation(modulation);
  return info;
}

/**
 * The `up` event of ChirpStack 4 in protobuf, codec switched off (so without `object`): which fields are there and which
 * are not as captured from version 4.20 (`tests/captured/application-protobuf.jsonl`).
 */
export function upEventProtobuf(options: UpEventOptions): MqttMessage {
  const event = new integration.UplinkEvent();
  event.setDeduplicationId(options.deduplicationId);
  event.setTime(timestamp(options.timeMs));
  event.setDeviceInfo(deviceInfo(options));
  event.setDevAddr(options.devAddr);
  event.setAdr(true);
  event.setDr(sendingOf(options).dataRate);
  event.setFCnt(options.fCnt);
  event.setFPort(options.fPort);
  event.setConfirmed(options.confirmed ?? false);
  event.setData(options.bytes);
  event.setRxInfoList(options.gateways.map((hearing, index) => rxInfo(hearing, uplinkIdOf(options, index))));
  event.setTxInfo(txInfo(options));
  event.setRegionConfigId(installation.regionConfigId);
  const bytes = event.serializeBinary();
  return {
    topic: upTopicOf(options),
    payload: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
