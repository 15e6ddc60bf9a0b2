import type { Json } from '#core';
import type { WireStruct, WireTimestamp, WireValue } from './messages.ts';

/** What a Timestamp may hold by its definition: the years 1 to 9999. */
const secondsMin = -62_135_596_800;
const secondsMax = 253_402_300_799;

/** A Timestamp as milliseconds UTC, cut like the text of JSON events; NaN where there is none or it cannot be one. */
export function timestampMs(timestamp: WireTimestamp | null): number {
  if (!timestamp) return Number.NaN;
  const seconds = typeof timestamp.seconds === 'number' ? timestamp.seconds : timestamp.seconds.toNumber();
  const { nanos } = timestamp;
  if (seconds < secondsMin || seconds > secondsMax || nanos < 0 || nanos > 999_999_999) return Number.NaN;
  return seconds * 1000 + Math.trunc(nanos / 1_000_000);
}

/**
 * Decimal digits that every 32-bit float keeps, and those that always tell it from its neighbours (C's FLT_DIG and
 * FLT_DECIMAL_DIG): a decimal of up to 6 digits is found again by rounding to 6.
 */
const floatDigits = { kept: 6, telling: 9 };

/**
 * The shortest decimal number that is this 32-bit float, which is what JSON events say: 9.2, not 9.199999809265137.
 * @throws {RangeError} where it is not finite
 */
export function shortestFloat(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`a number is ${value}`);
  for (let digits = floatDigits.kept; digits < floatDigits.telling; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(floatDigits.telling));
}

/** A Struct as JSON; numbers that JSON does not have become null, as in `JSON.stringify`. */
export function structJson({ fields }: WireStruct): Json {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, valueJson(value)]));
}

function valueJson(value: WireValue): Json {
  switch (value.kind) {
    case 'numberValue':
      return Number.isFinite(value.numberValue) ? value.numberValue : null;
    case 'stringValue':
      return value.stringValue;
    case 'boolValue':
      return value.boolValue;
    case 'structValue':
      return structJson(value.structValue);
    case 'listValue':
      return value.listValue.values.map(valueJson);
    default:
      return null;
  }
}
