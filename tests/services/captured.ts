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
