import type { MqttMessage } from '../up-event.ts';

/** What is overwritten, each in the bytes it is to be found by. */
export interface Patches {
  /** Six hex digits: the device's number. */
  readonly number: Uint8Array;
  /** Six hex digits: the counter, in the name of the uplink. */
  readonly counter: Uint8Array;
  readonly fCnt: Uint8Array;
  readonly time: Uint8Array;
}

/**
 * An uplink as a whole PUBLISH packet, QoS 1, of which only what differs is written anew. mqtt.js would put each packet
 * together by itself, at three times the cost (docs/benchmarks.md).
 */
export class Template {
  readonly #packet: Buffer;
  readonly #packetIdAt: number;
  readonly #numberAt: readonly number[];
  readonly #counterAt: readonly number[];
  readonly #fCntAt: readonly number[];
  readonly #timeAt: readonly number[];

  /**
   * @param message in which `found` stand
   * @throws {Error} where one of them does not
   */
  constructor({ topic, payload }: MqttMessage, found: Patches) {
    const head = publishHead(topic, payload.length);
    this.#packet = Buffer.concat([head, payload]);
    this.#packetIdAt = head.length - 2;
    this.#numberAt = placesOf(this.#packet, found.number);
    this.#counterAt = placesOf(this.#packet, found.counter);
    this.#fCntAt = placesOf(this.#packet, found.fCnt);
    this.#timeAt = placesOf(this.#packet, found.time);
  }

  get length(): number {
    return this.#packet.length;
  }

  /** Writes the packet of an uplink to `into`, from `at` on. */
  write(into: Buffer, at: number, packetId: number, { number, counter, fCnt, time }: Patches): void {
    this.#packet.copy(into, at);
    into.writeUInt16BE(packetId, at + this.#packetIdAt);
    overwrite(into, at, this.#numberAt, number);
    overwrite(into, at, this.#counterAt, counter);
    overwrite(into, at, this.#fCntAt, fCnt);
    overwrite(into, at, this.#timeAt, time);
  }
}

/** MQTT 3.1.1 §3.3: type 3 with QoS 1, remaining length, topic, two bytes for the packet id. */
function publishHead(topic: string, payloadBytes: number): Buffer {
  const name = Buffer.from(topic);
  const length: number[] = [];
  for (let rest = 2 + name.length + 2 + payloadBytes; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.from([0x32, ...length, name.length >>> 8, name.length & 0xff, ...name, 0, 0]);
}

function placesOf(packet: Buffer, wanted: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = packet.indexOf(wanted); at !== -1; at = packet.indexOf(wanted, at + wanted.length))
    places.push(at);
  if (places.length === 0) throw new Error('an event without what tells it from others');
  return places;
}

// Bytes one by one: they are few, and a call into the engine for each place costs more.
function overwrite(into: Buffer, from: number, places: readonly number[], bytes: Uint8Array): void {
  for (const place of places) {
    for (let index = 0; index < bytes.length; index++) into[from + place + index] = bytes[index] ?? 0;
  }
}
