import type { MqttMessage, UpEventOptions, UpEventWriter } from '../up-event.ts';

/**
 * What may be wrong with a message of a load: cut off before its end, larger than anything the platform reads, or an
 * uplink like any other whose bytes mean nothing to its model.
 */
export const poisons = ['malformed', 'oversize', 'undecodable'] as const;
export type Poison = (typeof poisons)[number];

/** One byte more than the platform reads (ARCHITECTURE.md, limits). */
const oversizeBytes = 262_145;
const cutOffBytes = 20;
/** None of the fleet's models takes a single byte on this port. */
const meaningless = { fPort: 200, bytes: Uint8Array.of(0xfe) };
/** Its multiples, without their whole part, lie evenly however many they are (Weyl's theorem). */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * What is wrong with the n-th message where that share of all is poisoned, a third each; undefined where nothing is.
 * The same for the same number, and never the same devices again and again.
 * @param share 0 to 1
 */
export function poisonAt(index: number, share: number): Poison | undefined {
  const at = ((index + 1) * goldenRatio) % 1;
  return at < share ? poisons[Math.floor((at / share) * poisons.length)] : undefined;
}

/** Whether a network server's uplink can still be read from it, so that it belongs in the radio log. */
export function isReadable(poison: Poison | undefined): boolean {
  return poison === undefined || poison === 'undecodable';
}

/** The event with something wrong. */
export function poisoned(writeEvent: UpEventWriter, options: UpEventOptions, poison: Poison): MqttMessage {
  if (poison === 'undecodable') return writeEvent({ ...options, ...meaningless });
  const { topic, payload } = writeEvent(options);
  if (poison === 'malformed') return { topic, payload: payload.subarray(0, -cutOffBytes) };
  return { topic, payload: Buffer.concat([payload, Buffer.alloc(oversizeBytes - payload.length, ' ')]) };
}
