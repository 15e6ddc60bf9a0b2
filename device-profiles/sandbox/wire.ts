/**
 * What parent and child say to each other over the child's standard input and output: JSON texts, each after its
 * length in bytes (4 bytes, big-endian). JSON and not V8's own serialisation, so that nothing a child sends can be
 * more than data.
 */

/** From the parent. `frames` is JSON of `[fPort, receivedAtMs, bytes][]`, passed on unread. */
export type Request =
  | {
      readonly op: 'load';
      readonly codec: string;
      readonly source: string;
      /** Every frame is to have a realm of its own. */
      readonly stateful: boolean;
    }
  | { readonly op: 'drop'; readonly codec: string }
  | { readonly op: 'run'; readonly id: number; readonly codec: string; readonly frames: string };

/** A limit was hit, or the realm broke; the frames may be tried again. */
export interface Fault {
  readonly kind: 'time' | 'slow' | 'memory' | 'broken' | 'death';
  readonly message: string;
}

/**
 * From the child: that it is ready; or for a `run` the results of its first frames (`[data, warnings, errors][]`)
 * and the processor time they took, a fault, or why the codec cannot be used at all.
 */
export type Answer =
  | { readonly ready: true }
  | { readonly id: number; readonly results: readonly unknown[]; readonly cpuMs: number }
  | { readonly id: number; readonly fault: Fault }
  | { readonly id: number; readonly unusable: string };

const lengthBytes = 4;

/** A text ready to be sent. */
export function packed(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const packet = Buffer.allocUnsafe(lengthBytes + bytes);
  packet.writeUInt32BE(bytes, 0);
  packet.write(text, lengthBytes);
  return packet;
}

/** Finds the texts in a stream of chunks. */
export class PacketReader {
  readonly #bytesMax: number;
  readonly #onText: (text: string) => void;
  #chunks: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = lengthBytes;

  /** `onText` is called for each text, in order. */
  constructor(bytesMax: number, onText: (text: string) => void) {
    this.#bytesMax = bytesMax;
    this.#onText = onText;
  }

  /** @throws {RangeError} when a text is announced that is longer than `bytesMax`. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#neededBytes) return;
    let held = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#neededBytes = lengthBytes;
    while (held.length >= lengthBytes) {
      const bytes = held.readUInt32BE(0);
      if (bytes > this.#bytesMax)
        throw new RangeError(`a message of ${bytes} bytes; at most ${this.#bytesMax}`);
      this.#neededBytes = lengthBytes + bytes;
      if (held.length < this.#neededBytes) break;
      this.#onText(held.toString('utf8', lengthBytes, this.#neededBytes));
      held = held.subarray(this.#neededBytes);
      this.#neededBytes = lengthBytes;
    }
    this.#chunks = held.length === 0 ? [] : [held];
    this.#heldBytes = held.length;
  }
}
