import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketReader, packed } from './wire.ts';

const anyCharacter = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point));

describe('packets', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: anyCharacter, maxLength: 20 })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (texts, cuts) => {
          // A lone surrogate is no text UTF-8 can carry.
          const sent = texts.map((text) => text.toWellFormed());
          const stream = Buffer.concat(sent.map(packed));
          const received: string[] = [];
          const reader = new PacketReader(1000, (text) => received.push(text));
          let at = 0;
          for (const cut of cuts) {
            reader.push(stream.subarray(at, at + cut));
            at += cut;
          }
          reader.push(stream.subarray(at));
          expect(received).toEqual(sent);
        },
      ),
    );
  });

  it('are refused when they announce too much', () => {
    const reader = new PacketReader(10, () => {});
    expect(() => reader.push(packed('12345678901'))).toThrow('a message of 11 bytes; at most 10');
  });
});
