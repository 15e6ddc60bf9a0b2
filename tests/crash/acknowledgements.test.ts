/** Reads acknowledgements from the bytes between broker and client, however they are cut into pieces. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';

/** A packet as MQTT 5.0 §2.1 lays it out; all bodies here are between 128 and 16,383 bytes, or below 128. */
function packet(first: number, ...body: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(body);
  const length =
    bytes.length < 128 ? [bytes.length] : [0x80 | (bytes.length & 0x7f), Math.floor(bytes.length / 128)];
  return Buffer.concat([Buffer.from([first, ...length]), bytes]);
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** QoS 1, no properties. */
function publish(packetId: number, deduplicationId: string, padding: number): Buffer {
  const topic = Buffer.from('application/a/device/0000000000000001/event/up');
  const payload = Buffer.from(JSON.stringify({ deduplicationId, padding: 'x'.repeat(padding) }));
  return packet(0x32, u16(topic.length), topic, u16(packetId), Buffer.from([0]), payload);
}

const puback = (packetId: number): Buffer => packet(0x40, u16(packetId));
const pingResponse = packet(0xd0);

/** The bytes in pieces whose lengths come from a list, again and again. */
function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

it('tells what was sent and what was acknowledged, in whatever pieces it comes', () => {
  const down = Buffer.concat([publish(1, 'a', 10), pingResponse, publish(2, 'b', 900), publish(3, 'c', 300)]);
  const up = Buffer.concat([puback(2), packet(0xc0), puback(1), puback(9)]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const acks = new Acknowledgements();
      const watcher = acks.watch();
      for (const piece of pieces(down, lengths)) watcher.fromServer(piece);
      for (const piece of pieces(up, lengths)) watcher.fromClient(piece);
      expect([...acks.received]).toEqual(['a', 'b', 'c']);
      expect([...acks.acknowledged]).toEqual(['b', 'a']);
      expect(acks).toMatchObject({ deliveries: 3, pubacks: 2 });
    }),
  );
});

it('counts no acknowledgement of a packet id another connection had', () => {
  const acks = new Acknowledgements();
  acks.watch().fromServer(publish(1, 'a', 0));
  acks.watch().fromClient(puback(1));
  expect([...acks.acknowledged]).toEqual([]);
});
