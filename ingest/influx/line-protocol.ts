/** InfluxDB line protocol (https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/). */
import type { Point, Value } from '#core';

/** Longest tag value or field text; InfluxDB 1.x refuses longer ones together with the whole request. */
const textBytesMax = 65_000;

const needsKeyEscape = /[,= \\\n\r]/;

// A trailing backslash would escape the separator behind it, and a line feed ends the point: neither can be written.
function key(text: string): string {
  if (!needsKeyEscape.test(text)) return text;
  return text
    .replaceAll(/[\n\r]/g, ' ')
    .replaceAll('\\', '/')
    .replaceAll(/[,= ]/g, '\\$&');
}

const needsTextEscape = /["\\\n\r]/;

function text(value: string): string {
  const short = value.length > textBytesMax / 3 ? truncate(value) : value;
  return needsTextEscape.test(short) ? short.replaceAll(/["\\]/g, '\\$&') : short;
}

function truncate(value: string): string {
  if (Buffer.byteLength(value) <= textBytesMax) return value;
  return `${Buffer.from(value)
    .subarray(0, textBytesMax)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}

function field(value: Value): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'boolean' ? (value ? 't' : 'f') : `"${text(value)}"`;
}

/** Measurements, tag keys and field keys are few and come again with every point. A limit, should that ever fail. */
const keysMax = 10_000;
const keys = new Map<string, string>();

function knownKey(text: string): string {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const escaped = key(text);
  if (keys.size < keysMax) keys.set(text, escaped);
  return escaped;
}

/**
 * One point as a line, time in milliseconds; undefined where no field can be stored (NaN and infinities cannot).
 * Tags come in the order of their keys, which InfluxDB asks for; empty tag values are left out, as it demands.
 */
export function lineOf(point: Omit<Point, 'retention'> & { readonly retention: string }): string | undefined {
  let line = knownKey(point.measurement);
  const names = Object.keys(point.tags);
  for (const name of names.length > 1 ? names.sort() : names) {
    const value = point.tags[name];
    if (value) line += `,${knownKey(name)}=${key(value)}`;
  }
  let separator = ' ';
  for (const name in point.fields) {
    const value = point.fields[name];
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) continue;
    line += `${separator}${knownKey(name)}=${field(value)}`;
    separator = ',';
  }
  // InfluxQL's `!~` passes over rows without the field, so that a series without copies and impossible values can only
  // be asked for where every reading has it.
  if (point.retention === 'readings' && separator === ',' && point.fields.flags === undefined)
    line += ',flags=""';
  return separator === ' ' ? undefined : `${line} ${Math.trunc(point.time)}`;
}
