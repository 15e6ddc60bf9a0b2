import type { z } from 'zod';
import {
  type DeadLetter,
  type DeviceDirectory,
  messageOf,
  type RawMessage,
  type Translate,
  type Translation,
} from '#core';
import { eventOf } from './device-event.ts';
import { ackSchema, joinSchema, logSchema, statusSchema, txackSchema, upSchema } from './event-schema.ts';
import { uplinkOf } from './uplink.ts';

/** Larger than any event ChirpStack can write; what is larger is not parsed but kept for someone to look at. */
const payloadBytesMax = 262_144;
const issuesMax = 5;
const reasonCharsMax = 2000;
const topicPattern = /^application\/[^/]+\/device\/([0-9a-f]{16})\/event\/([a-z]+)$/;
const eventTypes = ['ack', 'join', 'log', 'status', 'txack', 'up'] as const;
type EventType = (typeof eventTypes)[number];

/** Why a message becomes a dead letter. */
class Unreadable extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

/**
 * The function that turns a raw message into an uplink, a device event, or a dead letter with its reason. What it
 * gives depends on the message and the directory alone, so a message read again gives the same.
 */
export function createTranslate(directory: DeviceDirectory): Translate {
  return (raw) => {
    try {
      return translateEvent(raw, directory);
    } catch (cause) {
      if (cause instanceof Unreadable) return deadLetter(raw, cause.code, cause.message);
      return deadLetter(raw, 'translate_failed', messageOf(cause));
    }
  };
}

function deadLetter(raw: RawMessage, code: string, reason: string): DeadLetter {
  return { kind: 'dead-letter', raw, code, reason: reason.slice(0, reasonCharsMax) };
}

function translateEvent(raw: RawMessage, directory: DeviceDirectory): Translation {
  const { devEui, type } = readTopic(raw.topic);
  if (raw.payload.length > payloadBytesMax) {
    throw new Unreadable(
      'payload_too_large',
      `${raw.payload.length} bytes, at most ${payloadBytesMax} are read`,
    );
  }
  const event = parseJson(raw.payload);
  const translated = translateType(type, event, raw, directory);
  if (translated.devEui !== devEui) {
    throw new Unreadable('topic_mismatch', `the topic names ${devEui}, the event ${translated.devEui}`);
  }
  return translated;
}

function translateType(
  type: EventType,
  event: unknown,
  raw: RawMessage,
  directory: DeviceDirectory,
): Exclude<Translation, DeadLetter> {
  if (type === 'up') return uplinkOf(check(upSchema, event), raw, directory);
  return eventOf(readEvent(type, event), raw, directory);
}

function readEvent(type: Exclude<EventType, 'up'>, event: unknown): Parameters<typeof eventOf>[0] {
  if (type === 'join') return { type, ...check(joinSchema, event) };
  if (type === 'status') return { type, ...check(statusSchema, event) };
  if (type === 'log') return { type, ...check(logSchema, event) };
  if (type === 'ack') return { type, ...check(ackSchema, event) };
  return { type, ...check(txackSchema, event) };
}

function readTopic(topic: string): { devEui: string; type: EventType } {
  const [, devEui, name] = topicPattern.exec(topic) ?? [];
  if (devEui === undefined) {
    throw new Unreadable('topic_unknown', `not application/…/device/<16 hex digits>/event/<type>: ${topic}`);
  }
  const type = eventTypes.find((known) => known === name);
  if (type === undefined) throw new Unreadable('event_unknown', `no event type we know: ${name}`);
  return { devEui, type };
}

function parseJson(payload: Uint8Array): unknown {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  // Nothing in topic or packet tells JSON from protobuf; a JSON event begins with a brace, a protobuf one never does.
  if (!/^\s*\{/.test(text)) throw new Unreadable('encoding_unknown', 'the payload is not a JSON object');
  try {
    return JSON.parse(text);
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
