import { ErrorWithReasonCode } from 'mqtt';

/** MQTT 5.0 §2.4: reason code of a packet that is not built as it should be. */
const malformedPacket = 0x81;
/** MQTT 5.0 §2.4: of a packet that is, but should not come. */
const protocolError = 0x82;
/** MQTT 5.0 §1.5.5: seven bits a byte, the highest bit says that another one follows. */
const lengthBytesMax = 4;

/** Topic with its length, packet id, length of the properties: where these end is known from so many bytes. */
export const headerBytesMax = 2 + 65_535 + 2 + lengthBytesMax;

/** What ends a connection: nobody can say where its next packet begins, or the broker does what was not agreed. */
export function malformed(what: string): ErrorWithReasonCode {
  return new ErrorWithReasonCode(`the broker sent a malformed packet: ${what}`, malformedPacket);
}

/** What stands before the payload of a PUBLISH; one of these reads packet after packet, so that none costs an object. */
export class PublishHeader {
  topic = '';
  /** 0 at QoS 0, which has none. */
  messageId = 0;
  /** Where the payload begins; it ends with the packet. */
  payloadAt = 0;
  readonly #hasProperties: boolean;

  /** @param protocolVersion as in CONNECT: 4 is MQTT 3.1.1, 5 has properties */
  constructor(protocolVersion: number) {
    this.#hasProperties = protocolVersion === 5;
  }

  /**
   * Reads the variable header (MQTT 3.1.1 §3.3.2, MQTT 5.0 §3.3.2). What properties say is of no use to us.
   * @param bytes hold the packet, or its first {@link headerBytesMax}, from `at` on
   * @param end where the packet ends, behind the last of `bytes` or not
   * @throws {ErrorWithReasonCode} where it is not built as it should be
   */
  read(bytes: Buffer, at: number, end: number, qos: number): void {
    // We subscribe with QoS 1, and nothing comes with a higher one than that.
    if (qos > 1) throw new ErrorWithReasonCode(`the broker sent a PUBLISH of QoS ${qos}`, protocolError);
    if (at + 2 > end) throw malformed('a PUBLISH without a topic');
    const topicAt = at + 2;
    const topicEnd = topicAt + bytes.readUInt16BE(at);
    if (topicEnd > end) throw malformed('a PUBLISH whose topic is longer than the packet');
    // MQTT 5.0 §3.3.2.3.4: no topic means an alias stands for it, and we told the broker of none that it may use.
    if (topicEnd === topicAt) throw malformed('a PUBLISH with an empty topic');
    this.topic = bytes.toString('utf8', topicAt, topicEnd);
    this.messageId = qos === 0 ? 0 : packetIdAt(bytes, topicEnd, end);
    const next = qos === 0 ? topicEnd : topicEnd + 2;
    this.payloadAt = this.#hasProperties ? behindProperties(bytes, next, end) : next;
  }
}

/** MQTT 5.0 §2.2.1: two bytes, never 0. */
function packetIdAt(bytes: Buffer, at: number, end: number): number {
  const id = at + 2 > end ? 0 : bytes.readUInt16BE(at);
  if (id === 0) throw malformed('a PUBLISH of QoS 1 without a packet id');
  return id;
}

/** MQTT 5.0 §2.2.2: the properties follow their length. */
function behindProperties(bytes: Buffer, at: number, end: number): number {
  let length = 0;
  for (let index = 0; index < lengthBytesMax && at + index < end; index++) {
    const byte = bytes.readUInt8(at + index);
    length |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) {
      const behind = at + index + 1 + length;
      if (behind <= end) return behind;
      break;
    }
  }
  throw malformed('a PUBLISH whose properties do not end in it');
}
