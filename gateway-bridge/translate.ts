import {
  type DeadLetter,
  type DeviceDirectory,
  messageOf,
  type RawMessage,
  type Translate,
  type Translation,
} from '#core';
import { eventOf } from './device-event.ts';
import { euiPattern, type Message, type MessageType } from './event-schema.ts';
import { gatewayStatsOf } from './gateway-stats.ts';
import { isJson, readJson } from './json.ts';
import type { Models, Strangers } from './profile.ts';
import { readProtobuf } from './protobuf/events.ts';
import { Unreadable } from './unreadable.ts';
import { uplinkOf } from './uplink.ts';

/** Larger than any event ChirpStack can write; what is larger is not parsed but kept for someone to look at. */
const payloadBytesMax = 262_144;
const reasonCharsMax = 2000;
const devicePattern = /^application\/[^/]+\/device\/([0-9a-f]{16})\/event\/([a-z]+)$/;
/** Before and behind the DevEUI in the topic of an uplink; before them stands the application. */
const application = 'application/';
const device = '/device/';
const eventUp = '/event/up';
const euiChars = 16;
/** Before `gateway/` stands the region's prefix, `eu868` by default. */
const gatewayPattern = /(?:^|\/)gateway\/([0-9a-f]{16})\/event\/stats$/;
const eventTypes = ['ack', 'join', 'log', 'status', 'txack', 'up'] as const satisfies readonly MessageType[];

/**
 * The function that turns a raw message into an uplink, a device event, a gateway's statistics, or a dead letter with
 * its reason. What it gives depends on the message, the directory and the device models alone, so a message read again
 * gives the same. Without strangers' models it always answers at once.
 */
export function createTranslate(directory: DeviceDirectory): (raw: RawMessage) => Translation;
export function createTranslate(directory: DeviceDirectory, strangers: Strangers | undefined): Translate;
export function createTranslate(directory: DeviceDirectory, strangers?: Strangers): Translate {
  const models: Models = { directory, strangers };
  return (raw) => {
    try {
      const translation = translateMessage(raw, models);
      return translation instanceof Promise
        ? translation.catch((cause: unknown) => unreadable(raw, cause))
        : translation;
    } catch (cause) {
      return unreadable(raw, cause);
    }
  };
}

function unreadable(raw: RawMessage, cause: unknown): DeadLetter {
  if (cause instanceof Unreadable) return deadLetter(raw, cause.code, cause.message);
  return deadLetter(raw, 'translate_failed', messageOf(cause));
}

function deadLetter(raw: RawMessage, code: string, reason: string): DeadLetter {
  return { kind: 'dead-letter', raw, code, reason: reason.slice(0, reasonCharsMax) };
}

function translateMessage(raw: RawMessage, models: Models): Translation | Promise<Translation> {
  const { eui, type } = readTopic(raw.topic);
  if (raw.payload.length > payloadBytesMax) {
    throw new Unreadable(
      'payload_too_large',
      `${raw.payload.length} bytes, at most ${payloadBytesMax} are read`,
    );
  }
  const message = isJson(raw.payload) ? readJson(type, raw.payload) : readProtobuf(type, raw.payload);
  const named = euiOf(message);
  if (named !== eui) {
    throw new Unreadable('topic_mismatch', `the topic names ${eui}, the event ${named}`);
  }
  if (message.type === 'up') return uplinkOf(message, raw, models);
  if (message.type === 'stats') return gatewayStatsOf(message, raw);
  return eventOf(message, raw, models);
}

/** The device or gateway a message is of. */
function euiOf(message: Message): string {
  return message.type === 'stats' ? message.gatewayId : message.deviceInfo.devEui;
}

function readTopic(topic: string): { eui: string; type: MessageType } {
  const uplinkEui = uplinkEuiOf(topic);
  if (uplinkEui !== undefined) return { eui: uplinkEui, type: 'up' };
  const [, devEui, name] = devicePattern.exec(topic) ?? [];
  if (devEui === undefined) return { eui: gatewayOf(topic), type: 'stats' };
  const type = eventTypes.find((known) => known === name);
  if (type === undefined) throw new Unreadable('event_unknown', `no event type we know: ${name}`);
  return { eui: devEui, type };
}

/** Nearly all messages are uplinks: their topic is read by position, which garbage of a pattern's matches is not worth. */
function uplinkEuiOf(topic: string): string | undefined {
  const euiAt = topic.length - eventUp.length - euiChars;
  const deviceAt = euiAt - device.length;
  if (!topic.endsWith(eventUp) || !topic.startsWith(application) || !topic.startsWith(device, deviceAt))
    return undefined;
  if (topic.indexOf('/', application.length) !== deviceAt || deviceAt === application.length)
    return undefined;
  const eui = topic.slice(euiAt, euiAt + euiChars);
  return euiPattern.test(eui) ? eui : undefined;
}

function gatewayOf(topic: string): string {
  const [, gatewayId] = gatewayPattern.exec(topic) ?? [];
  if (gatewayId !== undefined) return gatewayId;
  throw new Unreadable(
    'topic_unknown',
    `neither application/…/device/<16 hex digits>/event/<type> nor …/gateway/<16 hex digits>/event/stats: ${topic}`,
  );
}
