import { type QuantityKey, quantity, type Value } from './quantities.ts';

/**
 * What a reading's value is not to be taken at face for.
 * `clock`: the event's own time was nonsense, the network server's receive time stands in.
 * `history`: the device sent it later, from its memory. `duplicate`: the same radio frame was processed before.
 * `range`: outside what the quantity can plausibly be.
 */
export const readingFlags = ['clock', 'duplicate', 'history', 'range'] as const;
export type ReadingFlag = (typeof readingFlags)[number];

/** One value of one quantity at one time. */
export interface Reading {
  /** DevEUI, 16 lower-case hex digits. */
  readonly device: string;
  /** Milliseconds UTC; depends on the event alone, never on when it was processed. */
  readonly time: number;
  readonly quantity: QuantityKey;
  readonly value: Value;
  /** Which of several alike, as named in the profile (`l1`, `depth_30`): `[a-z0-9_]{1,16}`. */
  readonly channel?: string;
  readonly flags?: readonly ReadingFlag[];
}

/** Whether a value has the type of its quantity, and, if it is a number, is finite. */
export function isValueOf(key: QuantityKey, value: Value): boolean {
  const { type } = quantity(key);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return type === 'boolean' ? typeof value === 'boolean' : typeof value === 'string';
}

/** Whether a number lies in its quantity's plausible range; what is not a number always does. */
export function isPlausible(key: QuantityKey, value: Value): boolean {
  const { range } = quantity(key);
  return typeof value !== 'number' || range === undefined || (value >= range[0] && value <= range[1]);
}
