/**
 * How one message lies in a segment, little endian:
 *
 *     0  u32  mark "SPR1"            20  f64  receivedAtMs
 *     4  u32  length of the body     28  u16  length of broker name
 *     8  u32  CRC-32 of bytes 12…    30  u16  length of topic
 *    12  u64  sequence number        32  …    broker, topic (UTF-8), payload
 *
 * The body begins at 20. Mark and sequence number let a reader find the next good record behind a damaged one.
 */
import { crc32 } from 'node:zlib';
import type { RawMessage } from '#core';

const mark = 0x31525053; // "SPR1"
const headBytes = 20;
const fixedBodyBytes = 12;
/** Largest body a record may claim: the largest message and its names. A longer claim is damage, not data. */
export const bodyBytesMax = 1_048_576 + 2 * 65_535 + fixedBodyBytes;

/** Bytes the message takes as a record. */
export function recordBytes(message: RawMessage): number {
  return (
    headBytes +
    fixedBodyBytes +
    Buffer.byteLength(message.broker) +
    Buffer.byteLength(message.topic) +
    message.payload.length
  );
}

/** Writes the record at `offset` of `target`, which has room for it, and returns the offset behind it. */
export function writeRecord(target: Buffer, offset: number, seq: number, message: RawMessage): number {
  let at = offset + headBytes + fixedBodyBytes;
  const brokerBytes = target.write(message.broker, at);
  at += brokerBytes;
  const topicBytes = target.write(message.topic, at);
  at += topicBytes;
  target.set(message.payload, at);
  at += message.payload.length;
  target.writeUInt32LE(mark, offset);
  target.writeUInt32LE(at - offset - headBytes, offset + 4);
  target.writeUInt32LE(seq >>> 0, offset + 12);
  target.writeUInt32LE(Math.floor(seq / 2 ** 32), offset + 16);
  target.writeDoubleLE(message.receivedAtMs, offset + 20);
  target.writeUInt16LE(brokerBytes, offset + 28);
  target.writeUInt16LE(topicBytes, offset + 30);
  target.writeUInt32LE(crc32(target.subarray(offset + 12, at)), offset + 8);
  return at;
}

export interface StoredRecord {
  readonly seq: number;
  readonly message: RawMessage;
  /** Offset behind the record in the buffer it was read from. */
  readonly end: number;
}

/**
 * Reads the record at `offset`. `short`: it may be whole, but the buffer ends before it does. `damaged`: what stands
 * there is no record. The payload is a view into `source`.
 */
export function readRecord(source: Buffer, offset: number): StoredRecord | 'short' | 'damaged' {
  if (source.length - offset < headBytes + fixedBodyBytes) return 'short';
  const bodyBytes = source.readUInt32LE(offset + 4);
  if (source.readUInt32LE(offset) !== mark || bodyBytes < fixedBodyBytes || bodyBytes > bodyBytesMax) {
    return 'damaged';
  }
  const end = offset + headBytes + bodyBytes;
  if (end > source.length) return 'short';
  if (source.readUInt32LE(offset + 8) !== crc32(source.subarray(offset + 12, end))) return 'damaged';
  const brokerEnd = offset + 32 + source.readUInt16LE(offset + 28);
  const topicEnd = brokerEnd + source.readUInt16LE(offset + 30);
  return {
    seq: source.readUInt32LE(offset + 16) * 2 ** 32 + source.readUInt32LE(offset + 12),
    message: {
      receivedAtMs: source.readDoubleLE(offset + 20),
      broker: source.toString('utf8', offset + 32, brokerEnd),
      topic: source.toString('utf8', brokerEnd, topicEnd),
      payload: source.subarray(topicEnd, end),
    },
    end,
  };
}

/** Offset of the next whole record at or behind `offset`, or -1: how a reader gets past damage. */
export function findRecord(source: Buffer, offset: number): number {
  const pattern = Buffer.from('SPR1');
  for (let at = source.indexOf(pattern, offset); at >= 0; at = source.indexOf(pattern, at + 1)) {
    if (typeof readRecord(source, at) === 'object') return at;
  }
  return -1;
}
