import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A message captured from a real ChirpStack 4 and the test case it belongs to. */
const capturedSchema = z.object({ at: z.string(), step: z.string(), topic: z.string(), payload: z.string() });
export type Captured = z.infer<typeof capturedSchema>;

/** All captured JSON messages, in the order they came; `command/down` ones too. */
export function capturedMessages(): Captured[] {
  const text = readFileSync(new URL('../captured/application-json.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => capturedSchema.parse(JSON.parse(line)));
}

/** Those of one event type. */
export function capturedEvents(type: string): Captured[] {
  return capturedMessages().filter(({ topic }) => topic.endsWith(`/event/${type}`));
}

const capturedTime = /2026-11-22T\d\d:\d\d:\d\d(?:\.\d+)?\+00:00/g;

/** The same messages as if the last of them had come `agoMs` before now; the time of 1980 stays what it is. */
export function asOfNow(messages: readonly Captured[], agoMs = 1000): Captured[] {
  const last = messages.at(-1);
  if (!last) return [];
  const shiftMs = Date.now() - agoMs - Date.parse(last.at);
  const shift = (text: string): string =>
    new Date(Date.parse(text) + shiftMs).toISOString().replace('Z', '+00:00');
  return messages.map((message) => ({
    ...message,
    payload: message.payload.replaceAll(capturedTime, shift),
  }));
}
