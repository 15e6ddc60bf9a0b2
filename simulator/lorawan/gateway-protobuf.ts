/** Gateway messages in protobuf, by the classes ChirpStack's makers generate from their own description. */
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import { gatewayMetadata } from '../up-event.ts';
import {
  type DownlinkCommand,
  type DownlinkItem,
  type DownlinkTiming,
  type GatewayEvent,
  type GatewayUplink,
  secondsOf,
  sinceGpsEpochMs,
  softwareMetadata,
} from './gateway-events.ts';

/** What is used of Google's classes Timestamp and Duration, whose types do not come with the package. */
interface Seconds {
  setSeconds(value: number): void;
  setNanos(value: number): void;
  getSeconds(): number;
  getNanos(): number;
}

/** A message with these fields, each a message with nothing in it: the package reads them, but does not hand out their class. */
const emptyFields = (...numbers: readonly number[]): Uint8Array =>
  Uint8Array.from(numbers.flatMap((number) => [(number << 3) | 2, 0]));

function setTo(stamp: Seconds | undefined, timeMs: number): void {
  if (stamp === undefined) throw new TypeError('gw.proto has its times in other fields now');
  const { seconds, nanos } = secondsOf(timeMs);
  stamp.setSeconds(seconds);
  stamp.setNanos(nanos);
}

/** gw_time, time_since_gps_epoch and fine_time_since_gps_epoch of UplinkRxInfo. */
const clockFields = [3, 4, 5] as const;

function rxInfoAt(gwTimeMs: number | undefined): InstanceType<typeof gw.UplinkRxInfo> {
  if (gwTimeMs === undefined) return new gw.UplinkRxInfo();
  const info = gw.UplinkRxInfo.deserializeBinary(emptyFields(...clockFields));
  setTo(info.getGwTime(), gwTimeMs);
  setTo(info.getTimeSinceGpsEpoch(), sinceGpsEpochMs(gwTimeMs));
  setTo(info.getFineTimeSinceGpsEpoch(), sinceGpsEpochMs(gwTimeMs));
  return info;
}

function rxInfo(gatewayId: string, uplink: GatewayUplink): InstanceType<typeof gw.UplinkRxInfo> {
  const info = rxInfoAt(uplink.gwTimeMs);
  info.setGatewayId(gatewayId);
  info.setUplinkId(uplink.uplinkId);
  info.setRssi(uplink.rssiDbm);
  info.setSnr(uplink.snrDb);
  info.setChannel(uplink.channel);
  info.setRfChain(uplink.rfChain);
  info.setContext(uplink.context);
  for (const [key, value] of Object.entries(gatewayMetadata)) info.getMetadataMap().set(key, value);
  info.setCrcStatus(gw.CRCStatus.CRC_OK);
  return info;
}

function up(gatewayId: string, uplink: GatewayUplink): Uint8Array {
  const lora = new gw.LoraModulationInfo();
  lora.setBandwidth(uplink.modulation.bandwidthHz);
  lora.setSpreadingFactor(uplink.modulation.spreadingFactor);
  lora.setCodeRate(gw.CodeRate.CR_4_5);
  const modulation = new gw.Modulation();
  modulation.setLora(lora);
  const txInfo = new gw.UplinkTxInfo();
  txInfo.setFrequency(uplink.frequencyHz);
  txInfo.setModulation(modulation);
  const frame = new gw.UplinkFrame();
  frame.setPhyPayload(uplink.phy);
  frame.setTxInfo(txInfo);
  frame.setRxInfo(rxInfo(gatewayId, uplink));
  return frame.serializeBinary();
}

/** GatewayStats.time. */
const timeField = 2;

function stats({ gatewayId, timeMs, counts }: Extract<GatewayEvent, { readonly kind: 'stats' }>): Uint8Array {
  const message = gw.GatewayStats.deserializeBinary(emptyFields(timeField));
  setTo(message.getTime(), timeMs);
  message.setGatewayId(gatewayId);
  message.setRxPacketsReceived(counts.rxPackets);
  message.setRxPacketsReceivedOk(counts.rxPacketsOk);
  message.setTxPacketsReceived(counts.txPackets);
  message.setTxPacketsEmitted(counts.txPacketsEmitted);
  for (const [key, value] of Object.entries(softwareMetadata)) message.getMetadataMap().set(key, value);
  return message.serializeBinary();
}

function ack({
  gatewayId,
  downlinkId,
  statuses,
}: Extract<GatewayEvent, { readonly kind: 'ack' }>): Uint8Array {
  const message = new gw.DownlinkTxAck();
  message.setGatewayId(gatewayId);
  message.setDownlinkId(downlinkId);
  message.setItemsList(
    statuses.map((status) => {
      const item = new gw.DownlinkTxAckItem();
      item.setStatus(gw.TxAckStatus[status]);
      return item;
    }),
  );
  return message.serializeBinary();
}

/** What a gateway publishes. */
export function writeProtobuf(event: GatewayEvent): Buffer {
  if (event.kind === 'up') return Buffer.from(up(event.gatewayId, event.uplink));
  return Buffer.from(event.kind === 'stats' ? stats(event) : ack(event));
}

function timingOf(timing: InstanceType<typeof gw.Timing> | undefined): DownlinkTiming {
  if (timing?.hasDelay()) {
    const delay: Seconds | undefined = timing.getDelay()?.getDelay();
    return {
      kind: 'delay',
      delayMs: 1000 * (delay?.getSeconds() ?? 0) + (delay?.getNanos() ?? 0) / 1_000_000,
    };
  }
  return { kind: timing?.hasImmediately() ? 'immediately' : 'gpsEpoch' };
}

function itemOf(item: InstanceType<typeof gw.DownlinkFrameItem>): DownlinkItem {
  const txInfo = item.getTxInfo();
  const lora = txInfo?.getModulation()?.getLora();
  if (!txInfo || !lora) throw new TypeError('a downlink without LoRa modulation');
  return {
    phy: Buffer.from(item.getPhyPayload_asU8()),
    frequencyHz: txInfo.getFrequency(),
    eirpDbm: txInfo.getPower(),
    modulation: { bandwidthHz: lora.getBandwidth(), spreadingFactor: lora.getSpreadingFactor() },
    timing: timingOf(txInfo.getTiming()),
    context: Buffer.from(txInfo.getContext_asU8()),
  };
}

/** A `command/down` in protobuf. @throws where it is none, or for another modulation than LoRa */
export function readProtobuf(payload: Buffer): DownlinkCommand {
  const frame = gw.DownlinkFrame.deserializeBinary(payload);
  return { downlinkId: frame.getDownlinkId(), items: frame.getItemsList().map(itemOf) };
}
