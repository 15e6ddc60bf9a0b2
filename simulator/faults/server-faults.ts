/** Faults of the network server, and of what lies between it and the platform. */
import { drawOf, whole } from '../draw.ts';
import type { MqttMessage } from '../up-event.ts';
import { type Change, type Emission, type Ground, hexOf, shareOf } from './fault.ts';

const dayMs = 86_400_000;
/** Later than that a copy of a frame is processed by itself (measured on ChirpStack 4.20: 700 ms). */
const lateMsMin = 700;
export const lateMsMax = 8000;
export const heldMsMax = 900_000;
/** GPS time begins on 6 January 1980; the network server believes any gateway's. */
const gpsEpochMs = 315_964_800_000;
const cutBytesMin = 60;
const cutBytesMax = 200;

/** @param percent of all messages */
export function serverLosses(ground: Ground, percent: number): Change {
  return shareOf(ground, 'chirpstack-losses', percent, () => []);
}

/** @param percent of all messages */
export function clock1980(ground: Ground, percent: number): Change {
  return shareOf(ground, 'clock-1980', percent, (one) => [
    { ...one, event: { ...one.event, timeMs: gpsEpochMs + (one.event.timeMs % dayMs) } },
  ]);
}

/** @param percent of all messages */
export function lateCopies(ground: Ground, percent: number): Change {
  return shareOf(ground, 'late-copies', percent, (one, draw) => {
    const { fCnt } = one.said;
    const lateMs = whole(draw(fCnt, 1), lateMsMin, lateMsMax);
    const { event } = one;
    const gateways = event.gateways
      .slice(-1)
      .map((hearing) => ({ ...hearing, nsTimeMs: hearing.nsTimeMs + lateMs }));
    const hasClock = gateways.some(({ gwTimeMs }) => gwTimeMs !== undefined);
    const copy = {
      ...event,
      gateways,
      timeMs: hasClock ? event.timeMs : event.timeMs + lateMs,
      // Names one processing, not the frame.
      deduplicationId: hexOf(draw(fCnt, 2), 8) + event.deduplicationId.slice(8),
    };
    return [one, { ...one, atMs: one.atMs + lateMs, event: copy }];
  });
}

/** @param percent of all messages */
export function reordering(ground: Ground, percent: number): Change {
  return shareOf(ground, 'reordering', percent, (one, draw) => [
    { ...one, atMs: one.atMs + whole(draw(one.said.fCnt, 1), 1000, heldMsMax) },
  ]);
}

/** A message is spoilt once. */
function spoilt(one: Emission, spoil: (message: MqttMessage) => MqttMessage): readonly Emission[] {
  return [one.spoil === undefined ? { ...one, spoil } : one];
}

const noise = (bytes: number, draw: (index: number) => number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => whole(draw(index), 0x80, 0xff)));

/** What can be wrong with a message as a whole. */
const malformations: readonly ((message: MqttMessage, draw: (index: number) => number) => MqttMessage)[] = [
  ({ topic }) => ({ topic, payload: Buffer.alloc(0) }),
  ({ topic, payload }, draw) => ({ topic, payload: noise(payload.length, draw) }),
  ({ topic, payload }) => ({
    topic: topic.replace(/[0-9a-f](?=\/event\/)/, (digit) => (digit === '0' ? '1' : '0')),
    payload,
  }),
  ({ topic, payload }) => ({ topic: topic.replace(/up$/, 'location'), payload }),
];

/** @param percent of all messages */
export function malformed(ground: Ground, percent: number): Change {
  return shareOf(ground, 'malformed', percent, (one, draw) => {
    const { fCnt } = one.said;
    const malform = malformations[Math.floor(draw(fCnt, 1) * malformations.length)] ?? malformations[0];
    return spoilt(one, (message) => malform?.(message, (index) => draw(fCnt, 2 + index)) ?? message);
  });
}

/** @param percent of all messages */
export function truncated(ground: Ground, percent: number): Change {
  return shareOf(ground, 'truncated', percent, (one, draw) =>
    spoilt(one, ({ topic, payload }) => ({
      topic,
      payload: payload.subarray(0, whole(draw(one.said.fCnt, 1), cutBytesMin, cutBytesMax)),
    })),
  );
}

/** @param percent of all messages */
export function duplicates(ground: Ground, percent: number): Change {
  return shareOf(ground, 'duplicates', percent, (one) => [one, one]);
}

/** When the connection to the broker breaks: so often a day (UTC), once in each part of it. */
export function brokerBreaks(seed: number, timesADay: number): (fromMs: number, toMs: number) => number[] {
  const draw = drawOf(seed, 'fault broker-restart');
  const partMs = dayMs / timesADay;
  return (fromMs, toMs) => {
    const found: number[] = [];
    for (let part = Math.floor(fromMs / partMs); part * partMs < toMs; part++) {
      const atMs = Math.floor((part + draw(part)) * partMs);
      if (atMs >= fromMs && atMs < toMs) found.push(atMs);
    }
    return found;
  };
}
