import type { Encoding } from '../encoding.ts';

/** How what differs from uplink to uplink is written, always in as many bytes, so that it can be overwritten in place. */
export interface Wording {
  /** @param value 1,000,000 to 9,999,999 */
  fCnt(value: number): Buffer;
  /** @param ms UTC, from 1979 on and no whole second (chrono writes those without a fraction) */
  time(ms: number): Buffer;
}

const json: Wording = {
  fCnt: (value) => Buffer.from(String(value)),
  time: (ms) => Buffer.from(new Date(ms).toISOString().replace('Z', '+00:00')),
};

/**
 * A number as protobuf writes it, in exactly so many bytes: the last ones may say nothing
 * (https://protobuf.dev/programming-guides/encoding/#varints asks of readers no shortest form).
 */
function varint(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => {
    const seven = Math.floor(value / 2 ** (7 * index)) % 128;
    return index < bytes - 1 ? seven | 0x80 : seven;
  });
}

const protobuf: Wording = {
  fCnt: (value) => Buffer.from(varint(value, 4)),
  // google.protobuf.Timestamp: field 1 seconds, field 2 nanos, both varints.
  time: (ms) =>
    Buffer.from([0x08, ...varint(Math.floor(ms / 1000), 5), 0x10, ...varint((ms % 1000) * 1_000_000, 5)]),
};

export const wordings: Readonly<Record<Encoding, Wording>> = { json, protobuf };
