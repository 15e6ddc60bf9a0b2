/**
 * The fields of ChirpStack 4's JSON events that we need, and no others: a narrow schema costs a quarter of a full one,
 * and fields that come with a newer version cannot break us. proto3 JSON omits zero values in `rxInfo` and `txInfo`.
 * What the schemas give is what all else here works on; protobuf events are brought into the same shapes.
 * Source: chirpstack-api `integration.proto` and `gw.proto`; captured events in tests/captured/.
 */
import { z } from 'zod';
import type { Json } from '#core';
import { parseTime } from './event-time.ts';

const nestingMax = 64;

/** A DevEUI, or the EUI of a gateway. */
export const euiPattern = /^[0-9a-f]{16}$/;

/** Deeper than any codec nests; `JSON.stringify` gives up at some thousand levels. */
function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1));
}

/** Whether what `JSON.parse` gave is nested no deeper than can be written again. */
function isJson(value: unknown): value is Json {
  return isNestedWithin(value, nestingMax);
}

const json = z.custom<Json>(isJson, `nested deeper than ${nestingMax} levels`);
const whole = z.int().nonnegative();
/** Milliseconds UTC, NaN where the text is no time. */
const timeMs = z.string().transform(parseTime);

const deviceInfo = z.object({
  devEui: z.string().regex(euiPattern),
  deviceProfileName: z.string().default(''),
  tags: z.record(z.string(), z.string()).default({}),
});

const common = { time: timeMs, deviceInfo };

export const upSchema = z.object({
  ...common,
  deduplicationId: z.string(),
  devAddr: z.string(),
  dr: whole.default(0),
  fCnt: whole,
  fPort: whole.max(255),
  confirmed: z.boolean().default(false),
  data: z
    .base64()
    .default('')
    .transform((text): Uint8Array => Buffer.from(text, 'base64')),
  object: json.optional(),
  rxInfo: z.array(
    z.object({
      gatewayId: z.string(),
      nsTime: timeMs.default(Number.NaN),
      rssi: z.number().default(0),
      snr: z.number().default(0),
    }),
  ),
  txInfo: z
    .object({
      frequency: whole.default(0),
      modulation: z.object({ lora: z.object({ spreadingFactor: whole.default(0) }).optional() }).optional(),
    })
    .optional(),
});

export const joinSchema = z.object({ ...common, deduplicationId: z.string(), devAddr: z.string() });

export const statusSchema = z.object({
  ...common,
  deduplicationId: z.string(),
  margin: z.number(),
  externalPowerSource: z.boolean().default(false),
  batteryLevelUnavailable: z.boolean().default(false),
  batteryLevel: z.number().default(0),
});

export const logSchema = z.object({
  ...common,
  level: z.string().default('INFO'),
  code: z.string(),
  description: z.string().default(''),
  context: z.record(z.string(), z.string()).default({}),
});

export const ackSchema = z.object({
  ...common,
  deduplicationId: z.string().default(''),
  queueItemId: z.string(),
  acknowledged: z.boolean().default(false),
  fCntDown: whole.default(0),
});

export const txackSchema = z.object({
  ...common,
  downlinkId: whole.default(0),
  queueItemId: z.string().default(''),
  fCntDown: whole.default(0),
  gatewayId: z.string(),
  txInfo: z.object({ frequency: whole.default(0), power: z.number().default(0) }).optional(),
});

/** A gateway's statistics of itself (`gw.GatewayStats`), in whatever encoding that gateway's software writes. */
export const statsSchema = z.object({
  gatewayId: z.string().regex(euiPattern),
  time: timeMs.default(Number.NaN),
  rxPacketsReceived: whole.default(0),
  rxPacketsReceivedOk: whole.default(0),
  txPacketsReceived: whole.default(0),
  txPacketsEmitted: whole.default(0),
  location: z
    .object({
      latitude: z.number().default(0),
      longitude: z.number().default(0),
      altitude: z.number().default(0),
    })
    .optional(),
  metadata: z.record(z.string(), z.string()).default({}),
});

type Tagged<Type extends string, S extends z.ZodType> = { readonly type: Type } & z.infer<S>;

export type Up = Tagged<'up', typeof upSchema>;
export type Status = Tagged<'status', typeof statusSchema>;
/** What ChirpStack tells of a device beside its uplinks. */
export type SideEvent =
  | Tagged<'join', typeof joinSchema>
  | Status
  | Tagged<'log', typeof logSchema>
  | Tagged<'ack', typeof ackSchema>
  | Tagged<'txack', typeof txackSchema>;
export type Stats = Tagged<'stats', typeof statsSchema>;

/** A message that was read, whichever encoding it came in. */
export type Message = Up | SideEvent | Stats;
export type MessageType = Message['type'];
