import protobuf from 'protobufjs';
import type { MessageType } from '../event-schema.ts';

/** Wire types of protobuf (https://protobuf.dev/programming-guides/encoding): varint, length-delimited, 32 bits. */
const wireTypes: Readonly<Record<string, number>> = { v: 0, l: 2, f: 5 };

/**
 * The wire type of each event's fields, in the order of their numbers from 1; `-` where a number is not used. All fields
 * of ChirpStack's events, also those we do not read. Source: as in chirpstack.proto.
 */
const fieldsOf: Readonly<Record<Exclude<MessageType, 'stats'>, string>> = {
  up: 'llllvvvvvlllllll',
  join: 'lllllll',
  status: 'lll-vvvf',
  log: 'llvvll',
  ack: 'llllvv',
  txack: 'vlllvll',
};

/**
 * What of a message cannot belong to an event of that type, as text, or undefined. Events have no name on the wire and
 * share their first fields, so that one type often decodes as another; it is their other fields that give them away.
 * Field numbers beyond those known are a newer ChirpStack's.
 * @throws where the bytes are no protobuf message
 */
export function foreignField(type: Exclude<MessageType, 'stats'>, bytes: Uint8Array): string | undefined {
  const fields = fieldsOf[type];
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    const number = tag >>> 3;
    const wireType = tag & 7;
    const known = fields[number - 1];
    if (known !== undefined && wireTypes[known] !== wireType)
      return `field ${number} of wire type ${wireType}`;
    reader.skipType(wireType, 0, number);
  }
  return undefined;
}
