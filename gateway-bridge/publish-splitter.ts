import { malformed, PublishHeader } from './publish-header.ts';
import { PartialPublish } from './publish-partial.ts';

/** MQTT 5.0 §2.1.2, the first four bits of a packet. */
const publishType = 3;
/** MQTT 5.0 §2.1.4: the remaining length has one to four bytes of seven bits each. */
const lengthBytesMax = 4;

/** What follows a packet's first byte: its remaining length or, when that is known, its body. */
type Expected = 'packet' | 'length' | 'body';

/** Who is told what a connection brings, in its order. */
export interface Packets {
  /** Whether the PUBLISH that begins here may come now. */
  mayPublish(): boolean;
  /**
   * A PUBLISH. Its payload, cut at the limit, is a view of the chunk where it came in one.
   * @param messageId 0 at QoS 0
   */
  publish(topic: string, payload: Buffer, messageId: number): void;
  /** Bytes of all other packets, unchanged; views of the chunk. */
  rest(bytes: Buffer): void;
}

/**
 * Splits what a connection brings into PUBLISH packets and all others (MQTT 3.1.1 and 5.0, §2.1 and §3.3). A packet in
 * one chunk is read where it lies: it costs its topic and a view.
 */
export class PublishSplitter {
  readonly #packets: Packets;
  readonly #payloadBytesMax: number;
  readonly #header: PublishHeader;
  #expected: Expected = 'packet';
  /** First byte of the packet in hand: type and flags. */
  #first = 0;
  /** Bytes of its remaining length read so far, and their value. */
  #lengthBytes = 0;
  #length = 0;
  /** A PUBLISH of which a part has come. */
  #partial: PartialPublish | undefined;

  /** @param protocolVersion as in the connection's CONNECT: 4 is MQTT 3.1.1 */
  constructor(packets: Packets, protocolVersion: number, payloadBytesMax: number) {
    this.#packets = packets;
    this.#payloadBytesMax = payloadBytesMax;
    this.#header = new PublishHeader(protocolVersion);
  }

  /**
   * Takes a chunk and gives how many of its bytes were taken: fewer than all where a PUBLISH may not come now. The others
   * are to be given again when it may.
   * @throws {ErrorWithReasonCode} where a packet is malformed; then nothing more can be read of this connection
   */
  take(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      const from = at;
      if (this.#expected !== 'body') at = this.#takeFixedHeader(chunk, at);
      if (this.#first >> 4 !== publishType) {
        at = this.#takeOther(chunk, from, at);
      } else if (this.#expected === 'body') {
        if (!this.#partial && !this.#packets.mayPublish()) return at;
        at = this.#takePublish(chunk, at);
      }
    }
    return at;
  }

  /** Gives where it ends in the chunk. What follows is a body where all of it was there. */
  #takeFixedHeader(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#expected === 'packet') {
      this.#first = chunk[at++] ?? 0;
      this.#length = 0;
      this.#lengthBytes = 0;
      this.#expected = 'length';
    }
    while (at < chunk.length) {
      const byte = chunk[at++] ?? 0;
      this.#length |= (byte & 0x7f) << (7 * this.#lengthBytes++);
      if (byte < 0x80) {
        this.#expected = 'body';
        break;
      }
      if (this.#lengthBytes === lengthBytesMax) throw malformed('its remaining length does not end');
    }
    return at;
  }

  /** Hands on what has come of it, from its first byte in this chunk on, header and all. */
  #takeOther(chunk: Buffer, from: number, at: number): number {
    if (this.#expected !== 'body') {
      this.#packets.rest(chunk.subarray(from, at));
      return at;
    }
    const end = Math.min(at + this.#length, chunk.length);
    this.#length -= end - at;
    if (this.#length === 0) this.#expected = 'packet';
    this.#packets.rest(chunk.subarray(from, end));
    return end;
  }

  #takePublish(chunk: Buffer, at: number): number {
    const qos = (this.#first >> 1) & 3;
    const end = at + this.#length;
    if (!this.#partial && end <= chunk.length) {
      this.#header.read(chunk, at, end, qos);
      this.#publish(this.#cut(chunk, this.#header.payloadAt, end));
      return end;
    }
    this.#partial ??= new PartialPublish(this.#length, qos, this.#payloadBytesMax);
    const taken = this.#partial.take(chunk, at, this.#header);
    const { payload } = this.#partial;
    if (payload) this.#publish(payload);
    return taken;
  }

  #publish(payload: Buffer): void {
    this.#expected = 'packet';
    this.#partial = undefined;
    this.#packets.publish(this.#header.topic, payload, this.#header.messageId);
  }

  /** Copied where it is cut: a view would keep all of it in memory. */
  #cut(chunk: Buffer, at: number, end: number): Buffer {
    return end - at > this.#payloadBytesMax
      ? Buffer.from(chunk.subarray(at, at + this.#payloadBytesMax))
      : chunk.subarray(at, end);
  }
}
