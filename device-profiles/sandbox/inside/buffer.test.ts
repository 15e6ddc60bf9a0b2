import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferOfCodecs as Ours } from './buffer.js';
import { atob as ourAtob, btoa as ourBtoa } from './text.js';

const bytesOf = fc.uint8Array({ minLength: 8, maxLength: 24 });
const encodings = ['utf8', 'hex', 'base64', 'latin1', 'binary', 'ascii', 'UTF-8'] as const;
const anyCharacter = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point));
const ourBuffer = (bytes: Uint8Array) => Reflect.construct(Ours, [bytes]);

const readers = [
  'UInt8',
  'Int8',
  ...['UInt16', 'Int16', 'UInt32', 'Int32', 'Float', 'Double', 'BigInt64', 'BigUInt64'].flatMap((name) => [
    `${name}LE`,
    `${name}BE`,
  ]),
];

/** Calls a method by its name, of either Buffer. */
function called(target: object, method: string, ...given: unknown[]): unknown {
  const found: unknown = Reflect.get(target, method);
  if (typeof found !== 'function') throw new Error(`there is no ${method}`);
  return Reflect.apply(found, target, given);
}

describe('the Buffer of codecs, compared with the one of Node', () => {
  it.each(readers)('reads and writes %s alike', (name) => {
    fc.assert(
      fc.property(bytesOf, fc.nat(30), (bytes, offset) => {
        const fits = offset + 8 <= bytes.length;
        if (!fits) {
          expect(() => called(ourBuffer(bytes), `read${name}`, bytes.length)).toThrow(RangeError);
          return;
        }
        const value = called(Buffer.from(bytes), `read${name}`, offset);
        expect(called(ourBuffer(bytes), `read${name}`, offset)).toEqual(value);
        const [ours, theirs] = [ourBuffer(new Uint8Array(24)), Buffer.alloc(24)];
        expect(called(ours, `write${name}`, value, 3)).toBe(called(theirs, `write${name}`, value, 3));
        expect([...ours]).toEqual([...theirs]);
      }),
    );
  });

  it.each(['readUIntBE', 'readUIntLE', 'readIntBE', 'readIntLE'])('reads alike with %s', (name) => {
    fc.assert(
      fc.property(bytesOf, fc.integer({ min: 1, max: 6 }), (bytes, length) => {
        expect(called(ourBuffer(bytes), name, 1, length)).toBe(called(Buffer.from(bytes), name, 1, length));
      }),
    );
  });

  it.each(encodings)('writes and reads %s alike, of any bytes', (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const text = Buffer.from(bytes).toString(encoding === 'UTF-8' ? 'utf8' : encoding);
        expect(called(ourBuffer(bytes), 'toString', encoding)).toBe(text);
        expect([...Object(called(Ours, 'from', text, encoding))]).toEqual([
          ...Buffer.from(text, encoding === 'UTF-8' ? 'utf8' : encoding),
        ]);
      }),
    );
  });

  // Of characters that are not ASCII, Node takes some for digits of base64 or hex.
  it.each(encodings)('reads %s alike from any text', (encoding) => {
    fc.assert(
      fc.property(
        fc.string({ unit: ['hex', 'base64'].includes(encoding) ? 'binary-ascii' : anyCharacter }),
        (text) => {
          const theirs = Buffer.from(text, encoding === 'UTF-8' ? 'utf8' : encoding);
          expect([...Object(called(Ours, 'from', text, encoding))]).toEqual([...theirs]);
        },
      ),
    );
  });

  it('knows what codecs call on it', () => {
    const program = (B: typeof Buffer) => {
      const joined = B.concat([B.from([1, 2, 3]), B.alloc(2, 7), B.from('ff00', 'hex')]);
      joined.slice(0, 1)[0] = 9;
      return [
        [...joined],
        joined.equals(B.from([9, 2, 3, 7, 7, 255, 0])),
        B.isBuffer(joined),
        B.isBuffer([1]),
        B.byteLength('häuser'),
        JSON.stringify(joined),
        [...B.from(JSON.parse(JSON.stringify(joined)))],
        joined.subarray(1, 3).readUInt16BE(),
        joined.toString('hex', 1, 3),
        joined.copy(B.alloc(3), 1),
        [...joined.map((octet) => octet + 1)],
        B.from([1, 2, 3]).indexOf(2),
        joined.readUint8(5),
      ];
    };
    expect(program(Object(Ours))).toEqual(program(Buffer));
  });

  it('can be called without new, as old codecs do, and refuses what means nothing', () => {
    expect([...Object(Reflect.apply(Object(Ours), undefined, [[1, 2]]))]).toEqual([1, 2]);
    expect(() => called(Ours, 'from', 5)).toThrow(TypeError);
    expect(() => called(Ours, 'from', 'a', 'utf7')).toThrow('Unknown encoding');
    expect(() => called(ourBuffer(new Uint8Array(2)), 'writeUInt8', 256)).toThrow(RangeError);
  });

  it('has atob and btoa like browsers', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        expect(ourBtoa(text)).toBe(btoa(text));
        expect(ourAtob(btoa(text))).toBe(text);
      }),
    );
    expect(() => ourBtoa('€')).toThrow(TypeError);
  });
});
