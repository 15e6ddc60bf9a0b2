/** Bytes as text and back, in the encodings of Node's `Buffer`; there is no TextDecoder in a bare realm. */
const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const hexDigits = '0123456789abcdef';

/** @typedef {{ readonly length: number, readonly [index: number]: number }} Octets */

/** @type {(octets: Octets) => string} */
function latin1Of(octets) {
  let text = '';
  for (let at = 0; at < octets.length; at++) text += String.fromCharCode(octets[at] ?? 0);
  return text;
}

/** @type {(text: string) => number[]} */
function octetsOfLatin1(text) {
  const octets = [];
  for (let at = 0; at < text.length; at++) octets.push(text.charCodeAt(at) & 0xff);
  return octets;
}

/** @type {(octets: Octets) => string} */
function hexOf(octets) {
  let text = '';
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] ?? 0;
    text += hexDigits.charAt(octet >> 4) + hexDigits.charAt(octet & 15);
  }
  return text;
}

/**
 * Up to the first pair that is not hexadecimal, as Node does.
 * @type {(text: string) => number[]}
 */
function octetsOfHex(text) {
  const octets = [];
  for (let at = 0; at + 1 < text.length; at += 2) {
    const pair = text.slice(at, at + 2);
    if (!/^[0-9a-f]{2}$/i.test(pair)) break;
    octets.push(Number.parseInt(pair, 16));
  }
  return octets;
}

/** @type {(octets: Octets) => string} */
function base64Of(octets) {
  let text = '';
  for (let at = 0; at < octets.length; at += 3) {
    const bits = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
    text += base64Digits.charAt(bits >> 18) + base64Digits.charAt((bits >> 12) & 63);
    text += at + 1 < octets.length ? base64Digits.charAt((bits >> 6) & 63) : '=';
    text += at + 2 < octets.length ? base64Digits.charAt(bits & 63) : '=';
  }
  return text;
}

/**
 * Takes the URL alphabet too, and passes over what is no digit, as Node does.
 * @type {(text: string) => number[]}
 */
function octetsOfBase64(text) {
  const octets = [];
  let bits = 0;
  let held = 0;
  for (const character of text.split('=', 1)[0] ?? '') {
    const digit = base64Digits.indexOf(character.replace('-', '+').replace('_', '/'));
    if (digit < 0) continue;
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    octets.push((bits >> held) & 0xff);
  }
  return octets;
}

/** @type {(text: string) => number[]} */
function octetsOfUtf8(text) {
  return octetsOfLatin1(unescape(encodeURIComponent(text.toWellFormed())));
}

/** How many bytes may follow a first byte, and between what the next one lies (WHATWG Encoding, UTF-8 decoder). */
/** @type {(first: number) => { follow: number, min: number, max: number } | undefined} */
function utf8Shape(first) {
  if (first >= 0xc2 && first <= 0xdf) return { follow: 1, min: 0x80, max: 0xbf };
  if (first >= 0xe0 && first <= 0xef) {
    return { follow: 2, min: first === 0xe0 ? 0xa0 : 0x80, max: first === 0xed ? 0x9f : 0xbf };
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return { follow: 3, min: first === 0xf0 ? 0x90 : 0x80, max: first === 0xf4 ? 0x8f : 0xbf };
  }
  return undefined;
}

/**
 * What is no UTF-8 becomes U+FFFD.
 * @type {(octets: Octets) => string}
 */
function utf8Of(octets) {
  let text = '';
  for (let at = 0; at < octets.length; ) {
    const first = octets[at++] ?? 0;
    const shape = utf8Shape(first);
    if (shape === undefined) {
      text += first < 0x80 ? String.fromCharCode(first) : '\ufffd';
      continue;
    }
    let { follow, min, max } = shape;
    let point = first & (0x3f >> follow);
    for (; follow > 0; follow--) {
      const next = octets[at] ?? 0;
      if (next < min || next > max) break;
      at++;
      point = (point << 6) | (next & 0x3f);
      min = 0x80;
      max = 0xbf;
    }
    text += follow === 0 ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}

const utf8 = { read: octetsOfUtf8, write: utf8Of };
const latin1 = { read: octetsOfLatin1, write: latin1Of };
const base64 = { read: octetsOfBase64, write: base64Of };

/**
 * By the names Node gives them.
 * @type {Map<string, { read: (text: string) => number[], write: (octets: Octets) => string }>}
 */
const encodings = new Map([
  ['utf8', utf8],
  ['utf-8', utf8],
  ['latin1', latin1],
  ['binary', latin1],
  [
    'ascii',
    { read: octetsOfLatin1, write: (octets) => latin1Of(Array.from(octets, (octet) => octet & 0x7f)) },
  ],
  ['hex', { read: octetsOfHex, write: hexOf }],
  ['base64', base64],
]);

/**
 * @param {string} [name] as Node knows it, in any case
 * @throws {TypeError} where there is no such encoding
 */
export function encodingOf(name = 'utf8') {
  const encoding = encodings.get(String(name).toLowerCase());
  if (encoding === undefined) throw new TypeError(`Unknown encoding: ${name}`);
  return encoding;
}

/**
 * As browsers have it: one character for each byte.
 * @param {unknown} text
 */
export function btoa(text) {
  const characters = String(text);
  if (/[^\0-\xff]/.test(characters)) throw new TypeError('btoa: a character does not fit into a byte');
  return base64Of(octetsOfLatin1(characters));
}

/**
 * As browsers have it: one character for each byte.
 * @param {unknown} text
 */
export function atob(text) {
  return latin1Of(octetsOfBase64(String(text)));
}
