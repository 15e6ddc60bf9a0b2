/**
 * Short numbers that stand for names and payloads: a window of numbers takes a fifth of the memory of one of strings.
 * FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/).
 */

const basis = 0x811c9dc5;
const prime = 0x01000193;
/** Another odd multiplier: two hashes of one text that have nothing to do with each other. */
const otherPrime = 0x0100_01b3;

const low32 = 2 ** 32;
/** The character code of the digit. */
const nine = 0x39;

/**
 * 52 bits that stand for a `deduplicationId`. They tell frames of one device at one millisecond apart, of which there are
 * two or three: that two ids share them is a matter of 1 in 10¹⁵.
 */
export function idOf(deduplicationId: string): number {
  let [one, other] = [basis, basis];
  for (let at = 0; at < deduplicationId.length; at++) {
    const unit = deduplicationId.charCodeAt(at);
    one = Math.imul(one ^ unit, prime);
    other = Math.imul(other ^ unit, otherPrime) ^ (other >>> 15);
  }
  return (other & 0xf_ffff) * low32 + (one >>> 0);
}

/** 32 bits of an id, never 0: what a reading knows its frame by. */
export function shortOf(id: number): number {
  return id >>> 0 || 1;
}

/** 20 bits that stand for fPort and payload: they decide only among frames of one counter value within ten minutes. */
export function payloadOf(fPort: number, data: Uint8Array): number {
  let hash = Math.imul(basis ^ fPort, prime);
  for (let at = 0; at < data.length; at++) hash = Math.imul(hash ^ (data[at] ?? 0), prime);
  return (hash ^ (hash >>> 20)) & 0xf_ffff;
}

/** A device address, eight hex digits, as the 32-bit number it is (LoRaWAN L2 1.0.4 §6.1.1). */
export function addressOf(devAddr: string): number {
  let address = 0;
  for (let at = 0; at < devAddr.length; at++) {
    const code = devAddr.charCodeAt(at);
    // Of a digit the low four bits are its value, of a letter of either case they are 1 for `a`.
    address = (address << 4) | (code <= nine ? code & 0xf : (code & 0xf) + 9);
  }
  return address >>> 0;
}
