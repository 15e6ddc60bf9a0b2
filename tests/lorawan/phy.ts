/** What a gateway's message says, read without any code of the simulator. */
import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import { z } from 'zod';

const upSchema = z.object({
  phyPayload: z.base64(),
  txInfo: z.object({
    frequency: z.number(),
    modulation: z.object({
      lora: z.object({ bandwidth: z.number(), spreadingFactor: z.number(), codeRate: z.literal('CR_4_5') }),
    }),
  }),
  rxInfo: z.object({
    gatewayId: z.string(),
    uplinkId: z.number(),
    rssi: z.number(),
    snr: z.number(),
    context: z.base64(),
    crcStatus: z.literal('CRC_OK'),
  }),
});

/** A frame, and how one gateway heard it. */
export interface HeardFrame {
  readonly gatewayId: string;
  readonly json: boolean;
  readonly phy: Buffer;
  readonly frequencyHz: number;
  readonly spreadingFactor: number;
  readonly rssiDbm: number;
  readonly snrDb: number;
  readonly context: Buffer;
}

export function readUp(payload: Buffer): HeardFrame {
  // As ChirpStack tells them apart.
  const json = payload.includes('gatewayId');
  const content: unknown = json ? JSON.parse(payload.toString()) : protobufAsJson(payload);
  const { phyPayload, txInfo, rxInfo } = upSchema.parse(content);
  const { bandwidth, spreadingFactor } = txInfo.modulation.lora;
  if (bandwidth !== 125_000) throw new Error(`bandwidth ${bandwidth}`);
  return {
    ...{ gatewayId: rxInfo.gatewayId, json, phy: Buffer.from(phyPayload, 'base64') },
    ...{ frequencyHz: txInfo.frequency, spreadingFactor },
    ...{ rssiDbm: rxInfo.rssi, snrDb: rxInfo.snr, context: Buffer.from(rxInfo.context, 'base64') },
  };
}

function protobufAsJson(payload: Buffer): object {
  const frame = gw.UplinkFrame.deserializeBinary(payload);
  const { txInfo, rxInfo } = frame.toObject();
  return {
    phyPayload: frame.getPhyPayload_asB64(),
    txInfo: {
      frequency: txInfo?.frequency,
      modulation: { lora: { ...txInfo?.modulation?.lora, codeRate: codeRateName(frame) } },
    },
    rxInfo: { ...rxInfo, crcStatus: rxInfo?.crcStatus === gw.CRCStatus.CRC_OK ? 'CRC_OK' : 'else' },
  };
}

function codeRateName(frame: InstanceType<typeof gw.UplinkFrame>): string {
  const rate = frame.getTxInfo()?.getModulation()?.getLora()?.getCodeRate();
  return rate === gw.CodeRate.CR_4_5 ? 'CR_4_5' : 'else';
}

/** What is to be sent in one window, and when. */
export interface WindowItem {
  readonly delaySeconds: number;
  readonly frequencyHz: number;
  readonly spreadingFactor: number;
  readonly power: number;
}

/** `command/down` in the encoding the gateway spoke, its items as ChirpStack writes them. */
export function writeDown(
  { gatewayId, json, context }: Pick<HeardFrame, 'gatewayId' | 'json' | 'context'>,
  downlinkId: number,
  phy: Buffer,
  windows: readonly WindowItem[],
): Buffer {
  if (!json) return writeDownProtobuf({ gatewayId, context }, downlinkId, phy, windows);
  const items = windows.map(({ delaySeconds, frequencyHz, spreadingFactor, power }) => ({
    phyPayload: phy.toString('base64'),
    txInfo: {
      ...{ frequency: frequencyHz, power, context: context.toString('base64') },
      modulation: {
        lora: { bandwidth: 125_000, spreadingFactor, polarizationInversion: true, codeRate: 'CR_4_5' },
      },
      timing: { delay: { delay: `${delaySeconds}s` } },
    },
  }));
  return Buffer.from(JSON.stringify({ downlinkId, items, gatewayId }));
}

function writeDownProtobuf(
  { gatewayId, context }: Pick<HeardFrame, 'gatewayId' | 'context'>,
  downlinkId: number,
  phy: Buffer,
  windows: readonly WindowItem[],
): Buffer {
  const frame = new gw.DownlinkFrame();
  frame.setGatewayId(gatewayId);
  frame.setDownlinkId(downlinkId);
  for (const { delaySeconds, frequencyHz, spreadingFactor, power } of windows) {
    const lora = new gw.LoraModulationInfo();
    lora.setBandwidth(125_000);
    lora.setSpreadingFactor(spreadingFactor);
    lora.setCodeRate(gw.CodeRate.CR_4_5);
    lora.setPolarizationInversion(true);
    const modulation = new gw.Modulation();
    modulation.setLora(lora);
    // Timing.delay (2) · DelayTimingInfo.delay (1) · Duration.seconds (1): Google's classes do not come with the package.
    const timing = gw.Timing.deserializeBinary(Uint8Array.of(0x12, 4, 0x0a, 2, 0x08, delaySeconds));
    const txInfo = new gw.DownlinkTxInfo();
    txInfo.setFrequency(frequencyHz);
    txInfo.setPower(power);
    txInfo.setModulation(modulation);
    txInfo.setTiming(timing);
    txInfo.setContext(context);
    const item = new gw.DownlinkFrameItem();
    item.setPhyPayload(phy);
    item.setTxInfo(txInfo);
    frame.addItems(item);
  }
  return Buffer.from(frame.serializeBinary());
}

const ackSchema = z.object({ downlinkId: z.number(), items: z.array(z.object({ status: z.string() })) });

/** The statuses of an ack, by name, and the downlink it is about. */
export function readAck(payload: Buffer): { readonly downlinkId: number; readonly statuses: string[] } {
  if (payload[0] === '{'.charCodeAt(0)) {
    const { downlinkId, items } = ackSchema.parse(JSON.parse(payload.toString()));
    return { downlinkId, statuses: items.map(({ status }) => status) };
  }
  const ack = gw.DownlinkTxAck.deserializeBinary(payload);
  const names = new Map(Object.entries(gw.TxAckStatus).map(([name, number]) => [number, name]));
  return {
    downlinkId: ack.getDownlinkId(),
    statuses: ack.getItemsList().map((item) => names.get(item.getStatus()) ?? 'unknown'),
  };
}
