/** Numbers, times and binary data straight from the bytes of a JSON text. */

const minus = 0x2d;
const point = 0x2e;

/** Up to here digits make the very number `Number` would make of them: below 2^53, divided by an exact power of ten. */
const digitsMax = 15;
const powersOfTen = Array.from({ length: digitsMax + 1 }, (_, power) => 10 ** power);

/** The number written between two places, as `JSON.parse` makes it. */
export function numberAt(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === minus;
  const first = isNegative ? start + 1 : start;
  let value = 0;
  let pointAt = end;
  for (let at = first; at < end; at++) {
    const digit = digitOf(bytes[at]);
    if (digit <= 9) value = value * 10 + digit;
    else if (bytes[at] === point) pointAt = at;
    else return Number(bytes.toString('latin1', start, end));
  }
  if (end - first > digitsMax) return Number(bytes.toString('latin1', start, end));
  if (pointAt < end) value /= powersOfTen[end - pointAt - 1] ?? Number.NaN;
  return isNegative ? -value : value;
}

/** Leap days are left to `Date.parse`. */
const daysOfMonth = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The day of the time read last, as the number its date would be without hyphens, and when it begins. */
let lastDate = 19_700_101;
let lastDateMs = 0;

/**
 * RFC 3339 time in UTC, with any number of fraction digits, from its bytes: in ms UTC, cut, not rounded, as `parseTime`
 * gives it; undefined where it is written in another way, and for 29 February.
 */
export function timeAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  // 2026-11-22T00:07:24Z is 20 bytes long.
  if (end - start < 20 || !isPunctuated(bytes, start)) return undefined;
  const dateMs = dateAt(bytes, start);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  // A NaN is never less than anything.
  if (dateMs === undefined || !(hour < 24 && minute < 60 && second < 60)) return undefined;
  let at = start + 19;
  let ms = 0;
  if (bytes[at] === point) {
    let worth = 100;
    const first = ++at;
    for (let digit = digitOf(bytes[at]); digit <= 9; digit = digitOf(bytes[++at])) {
      ms += digit * worth;
      worth = worth === 1 ? 0 : worth / 10;
    }
    if (at === first) return undefined;
  }
  return isUtc(bytes, at, end) ? dateMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms : undefined;
}

function isPunctuated(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a
  );
}

/** When a day from 1970 on begins, in ms UTC. */
function dateAt(bytes: Uint8Array, start: number): number | undefined {
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const date = (year * 100 + month) * 100 + day;
  if (date === lastDate) return lastDateMs;
  if (!(year >= 1970 && day >= 1 && day <= (daysOfMonth[month] ?? 0))) return undefined;
  lastDateMs = Date.UTC(year, month - 1, day);
  lastDate = date;
  return lastDateMs;
}

/** Whether there is `Z` or `+00:00`, and nothing more. */
function isUtc(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] === 0x5a) return at + 1 === end;
  return (
    at + 6 === end &&
    bytes[at] === 0x2b &&
    bytes[at + 3] === 0x3a &&
    digits(bytes, at + 1, 2) + digits(bytes, at + 4, 2) === 0
  );
}

/** So many decimal digits, NaN where there are others. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const digit = digitOf(bytes[at]);
    if (digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const sextets = new Uint8Array(256).fill(0xff);
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  sextets[char.charCodeAt(0)] = value;
const padding = 0x3d;

/** What base64 (RFC 4648 §4, padded) between two places stands for; undefined where it is none. */
export function base64At(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const chars = end - start;
  if (chars % 4 !== 0) return undefined;
  const padded = chars === 0 || bytes[end - 1] !== padding ? 0 : bytes[end - 2] === padding ? 2 : 1;
  const data = Buffer.allocUnsafe((chars / 4) * 3 - padded);
  let held = 0;
  let seen = 0;
  let filled = 0;
  for (let at = start, last = end - padded; at < last; at++) {
    const sextet = sextets[bytes[at] ?? 0] ?? 0xff;
    seen |= sextet;
    held = (held << 6) | sextet;
    // Of four characters the second, third and fourth each complete a byte.
    const place = (at - start) & 3;
    if (place > 0) data[filled++] = held >> (6 - 2 * place);
  }
  return seen > 0x3f ? undefined : data;
}

/** The digit that a byte is; more than 9 where it is none. */
function digitOf(byte: number | undefined): number {
  return (byte ?? 0) ^ 0x30;
}
