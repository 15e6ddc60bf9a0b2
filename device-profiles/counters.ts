import { type QuantityKey, quantity } from '#core';
import type { Field, NumberField, RawKind } from './table.ts';

/** Counters count up, so those of a signed integer never come to its sign: they wrap like the unsigned one. */
const bitsOf: Readonly<Record<RawKind, number>> = {
  u8: 8,
  i8: 8,
  u16le: 16,
  i16le: 16,
  u32le: 32,
  u16be: 16,
  i16be: 16,
  u24be: 24,
  u32be: 32,
  i32be: 32,
  u32low: 32,
};

/** What a counter has counted when it begins again at zero, in the quantity's unit. */
function spanOf({ raw, bits, factor = 1, divisor = 1, quantityDivisor }: NumberField): number {
  const integers = 2 ** (bits?.[1] ?? bitsOf[raw]);
  return quantityDivisor === undefined ? (integers * factor) / divisor : integers / quantityDivisor;
}

function isNumber(field: Field): field is NumberField {
  return 'raw' in field && !('values' in field || 'levels' in field || 'pieces' in field || 'list' in field);
}

/**
 * The quantities of some fields that only ever grow, and what each has counted when it begins again at zero. Of several
 * fields that say the same quantity the smallest counts: a step beyond it can only be a new beginning.
 */
export function wrapsOf(fields: readonly Field[]): Partial<Record<QuantityKey, number>> {
  const wraps: Partial<Record<QuantityKey, number>> = {};
  for (const field of fields) {
    if (!isNumber(field) || field.quantity === undefined) continue;
    if (quantity(field.quantity).aggregate !== 'increase') continue;
    wraps[field.quantity] = Math.min(spanOf(field), wraps[field.quantity] ?? Number.POSITIVE_INFINITY);
  }
  return wraps;
}
