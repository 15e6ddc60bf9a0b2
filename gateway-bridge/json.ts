import type { z } from 'zod';
import { messageOf } from '#core';
import {
  ackSchema,
  joinSchema,
  logSchema,
  type Message,
  type MessageType,
  statsSchema,
  statusSchema,
  txackSchema,
  upSchema,
} from './event-schema.ts';
import { scanUp } from './scan/up.ts';
import { Unreadable } from './unreadable.ts';

const issuesMax = 5;
const brace = 0x7b;

/**
 * Whether a payload is JSON: its first byte that is no space is `{`. Nothing in topic or packet tells JSON from
 * protobuf. A protobuf event may begin with a newline, the tag of its first field, but goes on with that field's length,
 * 36 for a UUID, or at most 17 for a time and then the tag 8 or 16: what is no space there is no brace either.
 */
export function isJson(payload: Uint8Array): boolean {
  let at = 0;
  while (isSpace(payload[at])) at++;
  return payload[at] === brace;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * A message in JSON, checked.
 * @throws {Unreadable} `json_invalid` or `event_invalid`, naming the fields
 */
export function readJson(type: MessageType, payload: Uint8Array): Message {
  if (type === 'up') return scanUp(payload) ?? { type, ...check(upSchema, parse(payload)) };
  const event = parse(payload);
  if (type === 'join') return { type, ...check(joinSchema, event) };
  if (type === 'status') return { type, ...check(statusSchema, event) };
  if (type === 'log') return { type, ...check(logSchema, event) };
  if (type === 'ack') return { type, ...check(ackSchema, event) };
  if (type === 'txack') return { type, ...check(txackSchema, event) };
  return { type, ...check(statsSchema, event) };
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
  } catch (cause) {
    throw new Unreadable('json_invalid', messageOf(cause));
  }
}

function check<S extends z.ZodType>(schema: S, event: unknown): z.infer<S> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, issuesMax)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = parsed.error.issues.length - issues.length;
  throw new Unreadable('event_invalid', `${issues.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}
