/** Gateway messages in the JSON mapping of protobuf, as captured from a gateway that speaks it: zero values are written out. */
import { z } from 'zod';
import { gatewayMetadata } from '../up-event.ts';
import {
  type DownlinkCommand,
  type DownlinkTiming,
  type GatewayEvent,
  type GatewayUplink,
  secondsOf,
  sinceGpsEpochMs,
  softwareMetadata,
} from './gateway-events.ts';

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** RFC 3339 with `+00:00`, to the microsecond; without a fraction where there is none. */
function rfc3339(timeMs: number): string {
  const { seconds, nanos } = secondsOf(timeMs);
  const whole = new Date(1000 * seconds).toISOString().slice(0, 19);
  return `${whole}${nanos === 0 ? '' : `.${String(nanos / 1000).padStart(6, '0')}`}+00:00`;
}

function duration(lastsMs: number): string {
  const { seconds, nanos } = secondsOf(lastsMs);
  return `${seconds}.${String(nanos).padStart(9, '0')}s`;
}

function clockOf(gwTimeMs: number): object {
  const sinceEpoch = duration(sinceGpsEpochMs(gwTimeMs));
  return { gwTime: rfc3339(gwTimeMs), timeSinceGpsEpoch: sinceEpoch, fineTimeSinceGpsEpoch: sinceEpoch };
}

function upOf(gatewayId: string, uplink: GatewayUplink): object {
  const { phy, frequencyHz, modulation, uplinkId, rssiDbm, snrDb, channel, rfChain, context, gwTimeMs } =
    uplink;
  const { bandwidthHz, spreadingFactor } = modulation;
  return {
    phyPayload: base64(phy),
    txInfo: {
      frequency: frequencyHz,
      modulation: { lora: { bandwidth: bandwidthHz, spreadingFactor, codeRate: 'CR_4_5' } },
    },
    rxInfo: {
      ...{ gatewayId, uplinkId },
      ...(gwTimeMs === undefined ? {} : clockOf(gwTimeMs)),
      ...{ rssi: rssiDbm, snr: snrDb, channel, rfChain },
      ...{ context: base64(context), crcStatus: 'CRC_OK', metadata: gatewayMetadata },
    },
  };
}

function objectOf(event: GatewayEvent): object {
  const { gatewayId } = event;
  if (event.kind === 'up') return upOf(gatewayId, event.uplink);
  if (event.kind === 'ack') {
    const { downlinkId, statuses } = event;
    return { gatewayId, downlinkId, items: statuses.map((status) => ({ status })) };
  }
  const { rxPackets, rxPacketsOk, txPackets, txPacketsEmitted } = event.counts;
  return {
    ...{ gatewayId, time: rfc3339(event.timeMs) },
    ...{ rxPacketsReceived: rxPackets, rxPacketsReceivedOk: rxPacketsOk },
    ...{ txPacketsReceived: txPackets, txPacketsEmitted, metadata: softwareMetadata },
  };
}

/** What a gateway publishes. */
export function writeJson(event: GatewayEvent): Buffer {
  return Buffer.from(JSON.stringify(objectOf(event)));
}

const bytesSchema = z.base64().transform((text) => Buffer.from(text, 'base64'));
/** Seconds with up to nine digits after the point. */
const durationSchema = z
  .string()
  .regex(/^\d+(\.\d{1,9})?s$/, 'a duration like "1s"')
  .transform((text) => 1000 * Number(text.slice(0, -1)));

const timingSchema = z.object({
  immediately: z.object({}).optional(),
  delay: z.object({ delay: durationSchema.default(0) }).optional(),
});

const commandSchema = z.object({
  downlinkId: z.number().default(0),
  items: z.array(
    z.object({
      phyPayload: bytesSchema,
      txInfo: z.object({
        frequency: z.number(),
        power: z.number().default(0),
        modulation: z.object({ lora: z.object({ bandwidth: z.number(), spreadingFactor: z.number() }) }),
        timing: timingSchema,
        context: bytesSchema.default(Buffer.alloc(0)),
      }),
    }),
  ),
});

function timingOf({ immediately, delay }: z.infer<typeof timingSchema>): DownlinkTiming {
  if (delay) return { kind: 'delay', delayMs: delay.delay };
  return { kind: immediately ? 'immediately' : 'gpsEpoch' };
}

/** A `command/down` in JSON. @throws where it is none, or for another modulation than LoRa */
export function readJson(payload: Buffer): DownlinkCommand {
  const { downlinkId, items } = commandSchema.parse(JSON.parse(payload.toString()));
  return {
    downlinkId,
    items: items.map(({ phyPayload, txInfo }) => {
      const { bandwidth: bandwidthHz, spreadingFactor } = txInfo.modulation.lora;
      return {
        ...{ phy: phyPayload, frequencyHz: txInfo.frequency, eirpDbm: txInfo.power, context: txInfo.context },
        ...{ modulation: { bandwidthHz, spreadingFactor }, timing: timingOf(txInfo.timing) },
      };
    }),
  };
}
