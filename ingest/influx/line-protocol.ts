/** InfluxDB line protocol (https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/). */
import type { Point, Value } from '#core';
import { LineText } from './line-text.ts';

/** Longest tag value or field text; InfluxDB 1.x refuses longer ones together with the whole request. */
const textBytesMax = 65_000;

function truncate(value: string): string {
  if (Buffer.byteLength(value) <= textBytesMax) return value;
  return `${Buffer.from(value)
    .subarray(0, textBytesMax)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}

/** Tag keys and field keys are few and come again with every point. A limit, should that ever fail. */
const keysMax = 10_000;
const keys = new Map<string, Uint8Array>();

/** A key, escaped, and the equals sign behind it. */
function beforeValue(key: string): Uint8Array {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const text = new LineText();
  text.addKey(key);
  const made = Buffer.from(`${text.toString()}=`);
  if (keys.size < keysMax) keys.set(key, made);
  return made;
}

/** ASCII. */
const [space, comma, quote, t, f] = [0x20, 0x2c, 0x22, 0x74, 0x66];
const noFlags = Buffer.from(',flags=""');
const line = new LineText();

function addValue(value: Value): void {
  if (typeof value === 'number') line.addNumber(value);
  else if (typeof value === 'boolean') line.addCode(value ? t : f);
  else {
    line.addCode(quote);
    line.addQuoted(value.length > textBytesMax / 3 ? truncate(value) : value);
    line.addCode(quote);
  }
}

/**
 * One point as a line, time in milliseconds; undefined where no field can be stored (NaN and infinities cannot).
 * Tags come in the order of their keys, which InfluxDB asks for; empty tag values are left out, as it demands.
 */
export function lineOf(point: Omit<Point, 'retention'> & { readonly retention: string }): string | undefined {
  line.clear();
  line.addKey(point.measurement);
  const names = Object.keys(point.tags);
  for (const name of names.length > 1 ? names.sort() : names) {
    const value = point.tags[name];
    if (!value) continue;
    line.addCode(comma);
    line.add(beforeValue(name));
    line.addKey(value);
  }
  let separator = space;
  for (const name in point.fields) {
    const value = point.fields[name];
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) continue;
    line.addCode(separator);
    line.add(beforeValue(name));
    addValue(value);
    separator = comma;
  }
  if (separator === space) return undefined;
  // InfluxQL's `!~` passes over rows without the field, so that a series without copies and impossible values can only
  // be asked for where every reading has it.
  if (point.retention === 'readings' && point.fields.flags === undefined) line.add(noFlags);
  line.addCode(space);
  line.addTime(Math.trunc(point.time));
  return line.toString();
}
