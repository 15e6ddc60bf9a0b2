import fc from 'fast-check';
import { ErrorWithReasonCode } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { headerBytesMax } from './publish-header.ts';
import { PublishSplitter } from './publish-splitter.ts';

const payloadBytesMax = 300;

/** A packet as it stands on the wire, and what of it is to be told. */
interface Sent {
  readonly bytes: Buffer;
  readonly publish?: { readonly topic: string; readonly messageId: number; readonly payload: Buffer };
}

/** MQTT 5.0 §1.5.5. */
function variableByteInteger(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>>= 7;
  } while (left > 0);
  return Buffer.from(bytes);
}

function packet(first: number, ...body: readonly Buffer[]): Buffer {
  const length = body.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from([first]), variableByteInteger(length), ...body]);
}

const twoBytes = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

interface Publish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos?: number;
  readonly messageId?: number;
  /** Flags dup and retain. */
  readonly flags?: number;
  /** Undefined in MQTT 3.1.1. */
  readonly properties?: Buffer | undefined;
}

function publishOf({ topic, payload, qos = 1, messageId = 7, flags = 0, properties }: Publish): Sent {
  const name = Buffer.from(topic);
  const bytes = packet(
    0x30 | flags | (qos << 1),
    twoBytes(name.length),
    name,
    qos === 0 ? Buffer.alloc(0) : twoBytes(messageId),
    properties ? Buffer.concat([variableByteInteger(properties.length), properties]) : Buffer.alloc(0),
    payload,
  );
  return {
    bytes,
    publish: {
      topic,
      messageId: qos === 0 ? 0 : messageId,
      payload: payload.subarray(0, payloadBytesMax),
    },
  };
}

/** What was told, in its order; bytes of other packets that follow each other in one piece. */
type Told = readonly (string | Sent['publish'])[];

const joined = (told: Told): Told => {
  const out: (string | Sent['publish'])[] = [];
  for (const one of told) {
    const last = out.at(-1);
    if (typeof one === 'string' && typeof last === 'string') out[out.length - 1] = last + one;
    else out.push(one);
  }
  return out;
};

/** Gives a splitter the chunks; `refuse` says for each question in turn whether the PUBLISH has to wait once. */
function split(chunks: readonly Buffer[], version: number, refuse: () => boolean = () => false): Told {
  const told: (string | Sent['publish'])[] = [];
  let refused = false;
  const splitter = new PublishSplitter(
    {
      mayPublish: () => {
        refused = !refused && refuse();
        return !refused;
      },
      publish: (topic, payload, messageId) => told.push({ topic, messageId, payload: Buffer.from(payload) }),
      rest: (bytes) => told.push(bytes.toString('hex')),
    },
    version,
    payloadBytesMax,
  );
  for (const chunk of chunks) {
    let left = chunk;
    while (left.length > 0) {
      left = left.subarray(splitter.take(left));
      if (left.length > 0) expect(refused).toBe(true);
    }
  }
  return joined(told);
}

const bytesOf = (lengthMax: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: lengthMax }).map((bytes) => Buffer.from(bytes));

const publishes = (version: number): fc.Arbitrary<Sent> =>
  fc
    .record({
      topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      payload: bytesOf(2 * payloadBytesMax),
      qos: fc.constantFrom(0, 1),
      messageId: fc.integer({ min: 1, max: 65_535 }),
      flags: fc.constantFrom(0, 1, 8, 9),
      properties: version === 5 ? bytesOf(200) : fc.constant(undefined),
    })
    .map(publishOf);

/** Of any type but PUBLISH, with any flags: what they say is not ours to judge. */
const others: fc.Arbitrary<Sent> = fc
  .tuple(
    fc.integer({ min: 0, max: 255 }).filter((first) => first >> 4 !== 3),
    bytesOf(200),
  )
  .map(([first, body]) => ({ bytes: packet(first, body) }));

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe.each([4, 5])('splitting packets of protocol level %i', (version) => {
  it('gives the same packets in the same order, wherever they are cut and whenever one has to wait', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(publishes(version), others), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.infiniteStream(fc.boolean()),
        (sent, places, waits) => {
          const whole = Buffer.concat(sent.map(({ bytes }) => bytes));
          const chunks = cut(whole, places);
          const told = split(chunks, version, () => waits.next().value ?? false);
          expect(told).toEqual(joined(sent.map(({ bytes, publish }) => publish ?? bytes.toString('hex'))));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads a packet that comes byte by byte', () => {
    const properties = version === 5 ? Buffer.from([0x01, 0x01]) : undefined;
    const { bytes, publish } = publishOf({ topic: 'a/ü', payload: Buffer.alloc(400, 'x'), properties });
    expect(split(cut(bytes, [...bytes.keys()]), version)).toEqual([publish]);
  });

  it('ends with an error or goes on, whatever bytes come', () => {
    const bytes = fc.oneof(
      bytesOf(100),
      fc.tuple(publishes(version), fc.nat(), fc.nat(255)).map(([sent, place, byte]) => {
        const changed = Buffer.from(sent.bytes);
        changed[place % Math.min(changed.length, 40)] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 5 }), (sent, places) => {
        try {
          split(cut(sent, places), version);
        } catch (error) {
          expect(error).toBeInstanceOf(ErrorWithReasonCode);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a large PUBLISH', () => {
  it('keeps the first of its payload and counts the rest', () => {
    const chunk = Buffer.alloc(65_536, 'x');
    const chunks = 3000;
    const begin = Buffer.concat([
      Buffer.from([0x32]),
      variableByteInteger(7 + chunks * chunk.length),
      Buffer.from([0, 3, 97, 47, 98, 0, 9]),
    ]);
    const kept: Buffer[] = [];
    const splitter = new PublishSplitter(
      {
        mayPublish: () => true,
        publish: (topic, payload, messageId) => {
          expect([topic, messageId]).toEqual(['a/b', 9]);
          kept.push(payload);
        },
        rest: (bytes) => expect(bytes).toEqual(Buffer.from([0xd0, 0])),
      },
      4,
      1_048_576,
    );
    splitter.take(begin);
    for (let index = 0; index < chunks; index++) splitter.take(chunk);
    splitter.take(Buffer.from([0xd0, 0]));
    expect(kept).toHaveLength(1);
    expect(kept[0]?.equals(Buffer.alloc(1_048_576, 'x'))).toBe(true);
    expect(kept[0]?.buffer.byteLength).toBeLessThan(2_000_000);
  });

  it.each([1000, 65_536, 300_000])('is read with the longest topic and properties of %i bytes', (bytes) => {
    const sent = publishOf({
      topic: 't'.repeat(65_535),
      payload: Buffer.from('payload'),
      properties: Buffer.alloc(bytes, 1),
    });
    expect(sent.bytes.length).toBeGreaterThan(headerBytesMax);
    expect(split([sent.bytes], 5)).toEqual([sent.publish]);
    for (const at of [1, 70, 65_540, 65_545, sent.bytes.length - 8, sent.bytes.length - 7])
      expect(split(cut(sent.bytes, [at, at + 1, 66_000]), 5)).toEqual([sent.publish]);
  });

  it('does not keep the chunk it came in when it is cut', () => {
    const { bytes } = publishOf({ topic: 'a', payload: Buffer.alloc(500_000) });
    let kept = 0;
    new PublishSplitter(
      { mayPublish: () => true, publish: (_, { buffer }) => (kept = buffer.byteLength), rest: () => {} },
      4,
      100_000,
    ).take(bytes);
    expect(kept).toBeLessThan(500_000);
  });
});

describe('what is malformed', () => {
  const topic = Buffer.from([0, 1, 97]);
  const cases: readonly (readonly [string, Buffer, number, RegExp])[] = [
    [
      'a remaining length of five bytes',
      Buffer.from([0xd0, 0x80, 0x80, 0x80, 0x80, 1]),
      4,
      /remaining length/,
    ],
    ['no topic', packet(0x30, Buffer.from([0])), 4, /without a topic/],
    ['nothing', packet(0x30), 4, /without a topic/],
    ['a topic beyond the packet', packet(0x30, Buffer.from([0, 2, 97])), 4, /longer than the packet/],
    ['an empty topic, as with an alias', packet(0x30, Buffer.from([0, 0, 0])), 5, /empty topic/],
    ['no packet id', packet(0x32, topic, Buffer.from([1])), 4, /without a packet id/],
    ['packet id 0', packet(0x32, topic, Buffer.from([0, 0])), 4, /without a packet id/],
    ['QoS 2', packet(0x34, topic, Buffer.from([0, 1])), 4, /QoS 2/],
    ['both bits of QoS', packet(0x36, topic, Buffer.from([0, 1])), 4, /QoS 3/],
    ['no length of properties', packet(0x30, topic), 5, /properties/],
    ['properties beyond the packet', packet(0x30, topic, Buffer.from([2, 1])), 5, /properties/],
    ['a length of properties of five bytes', packet(0x30, topic, Buffer.alloc(9, 0x80)), 5, /properties/],
  ];

  it.each(cases)('%s', (_, bytes, version, message) => {
    const whole = Buffer.concat([bytes, Buffer.from([0xd0, 0])]);
    expect(() => split([whole], version)).toThrow(message);
    expect(() => split(cut(whole, [...whole.keys()]), version)).toThrow(message);
  });
});
