import type { Watcher } from './relay.ts';

const publish = 3;
const puback = 4;
const idMark = Buffer.from('"deduplicationId":"');

/** One MQTT control packet: its type, the flags beside it, and what follows the length. */
interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** Cuts a stream into packets. Format: MQTT 5.0 §2.1, the same in MQTT 3.1.1 §2.2. */
class Packets {
  #rest: Buffer = Buffer.alloc(0);

  *read(bytes: Buffer): Generator<Packet> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const length = this.#length();
      if (length === undefined || this.#rest.length < length.bodyAt + length.bodyBytes) return;
      const first = this.#rest[0] ?? 0;
      const end = length.bodyAt + length.bodyBytes;
      yield { type: first >> 4, flags: first & 0x0f, body: this.#rest.subarray(length.bodyAt, end) };
      this.#rest = this.#rest.subarray(end);
    }
  }

  /** Seven bits a byte, the lowest first; undefined where its bytes are not all there. */
  #length(): { bodyAt: number; bodyBytes: number } | undefined {
    let bodyBytes = 0;
    for (let at = 1; at <= 4; at++) {
      const byte = this.#rest[at];
      if (byte === undefined) return undefined;
      bodyBytes += (byte & 0x7f) << (7 * (at - 1));
      if (byte < 0x80) return { bodyAt: at + 1, bodyBytes };
    }
    throw new Error('this is no MQTT');
  }
}

/**
 * What a broker sent the platform and what the platform acknowledged, read from the bytes between them. Messages are
 * told apart by the `deduplicationId` of their payload.
 *
 * When a process is killed with bytes unread, the kernel resets its connection, and an acknowledgement that was just on
 * its way is seen by nobody: not by the broker either, which sends the message again.
 */
export class Acknowledgements {
  readonly received = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** Packets, where a message that comes again counts again. */
  deliveries = 0;
  pubacks = 0;
  #wake: (() => void) | undefined;

  /** Resolves in the moment the next acknowledgement is seen. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** For one connection: packet ids mean something only there. */
  watch(): Watcher {
    const [up, down] = [new Packets(), new Packets()];
    const underWay = new Map<number, string>();
    return {
      fromServer: (bytes) => {
        for (const packet of down.read(bytes)) this.#sent(packet, underWay);
      },
      fromClient: (bytes) => {
        for (const packet of up.read(bytes)) this.#answered(packet, underWay);
      },
    };
  }

  /** PUBLISH (§3.3): topic, at QoS 1 a packet id, properties, payload. */
  #sent({ type, flags, body }: Packet, underWay: Map<number, string>): void {
    const qos = (flags >> 1) & 3;
    const at = body.indexOf(idMark);
    if (type !== publish || qos === 0 || at < 0) return;
    const begin = at + idMark.length;
    const id = body.toString('latin1', begin, body.indexOf('"', begin));
    underWay.set(body.readUInt16BE(2 + body.readUInt16BE(0)), id);
    this.received.add(id);
    this.deliveries++;
  }

  /** PUBACK (§3.4): a packet id first. */
  #answered({ type, body }: Packet, underWay: Map<number, string>): void {
    if (type !== puback) return;
    const packetId = body.readUInt16BE(0);
    const id = underWay.get(packetId);
    if (id === undefined) return;
    underWay.delete(packetId);
    this.acknowledged.add(id);
    this.pubacks++;
    this.#wake?.();
  }
}
