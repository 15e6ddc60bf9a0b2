import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A message captured between a gateway and ChirpStack 4.20, and what it says (protobuf by its own description). */
const frameSchema = z.object({
  topic: z.string(),
  encoding: z.enum(['json', 'protobuf']),
  base64: z.base64().transform((text) => Buffer.from(text, 'base64')),
  decoded: z.record(z.string(), z.unknown()),
});
export type CapturedFrame = z.infer<typeof frameSchema>;

/** Captured ones on topics that end so. */
export function capturedFrames(end: string): CapturedFrame[] {
  const text = readFileSync(new URL('./fixtures/gateway-frames.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => frameSchema.parse(JSON.parse(line)))
    .filter(({ topic }) => topic.endsWith(end));
}

/** Each key with its type, as `rxInfo.rssi number`; times, durations and bytes are told by what they look like. */
export function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => shapeOf(item, `${path}[]`)))].sort();
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => shapeOf(item, path ? `${path}.${key}` : key));
  return [`${path} ${typeof value}`];
}
