import { headerBytesMax, type PublishHeader } from './publish-header.ts';

/** A PUBLISH that comes in several chunks. What of its payload is beyond the limit is counted and not kept. */
export class PartialPublish {
  readonly #bytes: number;
  readonly #qos: number;
  readonly #payloadBytesMax: number;
  /** Begins the packet; what of the payload stands in it is copied to the payload. */
  readonly #head: Buffer;
  /** From when its length is known. */
  #payload: Buffer | undefined;
  #payloadAt = 0;
  /** Bytes of the packet that have come. */
  #come = 0;

  /** @param bytes of the packet behind its fixed header */
  constructor(bytes: number, qos: number, payloadBytesMax: number) {
    this.#bytes = bytes;
    this.#qos = qos;
    this.#payloadBytesMax = payloadBytesMax;
    this.#head = Buffer.allocUnsafe(Math.min(bytes, headerBytesMax));
  }

  /** The payload, as much of it as is kept, when the packet is complete. */
  get payload(): Buffer | undefined {
    return this.#come === this.#bytes ? this.#payload : undefined;
  }

  /**
   * Takes what stands of the packet in a chunk from `at` on, and gives where that ends; reads `header` when it is there.
   * @throws {ErrorWithReasonCode} where the header is malformed
   */
  take(chunk: Buffer, at: number, header: PublishHeader): number {
    const part = chunk.subarray(at, at + this.#bytes - this.#come);
    if (this.#come < this.#head.length) part.copy(this.#head, this.#come);
    if (!this.#payload && this.#come + part.length >= this.#head.length) this.#begin(header);
    if (this.#payload) this.#keep(part, this.#payload);
    this.#come += part.length;
    return at + part.length;
  }

  #begin(header: PublishHeader): void {
    header.read(this.#head, 0, this.#bytes, this.#qos);
    this.#payloadAt = header.payloadAt;
    this.#payload = Buffer.allocUnsafe(Math.min(this.#bytes - this.#payloadAt, this.#payloadBytesMax));
    this.#head.subarray(this.#payloadAt).copy(this.#payload);
  }

  #keep(part: Buffer, payload: Buffer): void {
    const before = this.#come - this.#payloadAt;
    if (before < 0) part.subarray(-before).copy(payload);
    else if (before < payload.length) part.copy(payload, before);
  }
}
