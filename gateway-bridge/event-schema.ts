/**
 * The fields of ChirpStack 4's JSON events that we need, and no others: a narrow schema costs a quarter of a full one,
 * and fields that come with a newer version cannot break us. proto3 JSON omits zero values in `rxInfo` and `txInfo`.
 * Source: chirpstack-api `integration.proto` and `gw.proto`; captured events in tests/captured/.
 */
import { z } from 'zod';
import type { Json } from '#core';

const nestingMax = 64;

/** Deeper than any codec nests; `JSON.stringify` gives up at some thousand levels. */
function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1));
}

const json = z.custom<Json>(
  (value) => isNestedWithin(value, nestingMax),
  `nested deeper than ${nestingMax} levels`,
);
const whole = z.int().nonnegative();

const deviceInfo = z.object({
  devEui: z.string().regex(/^[0-9a-f]{16}$/),
  deviceProfileName: z.string().default(''),
  tags: z.record(z.string(), z.string()).default({}),
});

const common = { time: z.string(), deviceInfo };

export const upSchema = z.object({
  ...common,
  deduplicationId: z.string(),
  devAddr: z.string(),
  dr: whole.default(0),
  fCnt: whole,
  fPort: whole.max(255),
  confirmed: z.boolean().default(false),
  data: z.base64().default(''),
  object: json.optional(),
  rxInfo: z.array(
    z.object({
      gatewayId: z.string(),
      nsTime: z.string().optional(),
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
