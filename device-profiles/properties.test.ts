import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlausible } from '#core';
import { profiles } from './catalog.ts';
import { decode } from './decode.ts';
import type { DeviceProfile } from './profile.ts';
import type { Channel, Data, Layout } from './table.ts';

const byte = fc.integer({ min: 0, max: 255 });

/** Payloads that get past the first byte: rows of known channels with random values, now and then cut or spoilt. */
function frames(layout: Layout): fc.Arbitrary<number[]> {
  if (layout.kind === 'fixed') return fc.array(byte, { maxLength: 24 });
  const piece = fc
    .tuple(fc.constantFrom(...layout.channels), fc.array(byte, { minLength: 16, maxLength: 16 }))
    .map(([channel, value]) => [...keyOf(channel), ...value.slice(0, lengthOf(channel))]);
  const whole = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.flat());
  const cut = fc.tuple(whole, fc.nat(40)).map(([bytes, length]) => bytes.slice(0, length));
  return fc.oneof(whole, cut, fc.array(byte, { maxLength: 64 }));
}

const keyOf = ({ id }: Channel) => [Number.parseInt(id.slice(0, 2), 16), Number.parseInt(id.slice(2), 16)];

const sizes = { u8: 1, i8: 1, u16le: 2, i16le: 2, u32le: 4 };

function lengthOf({ fields }: Channel): number {
  const ends = fields.map((field) => {
    const at = field.at ?? 0;
    if ('raw' in field) return at + sizes[field.raw];
    if ('hexBytes' in field) return at + field.hexBytes;
    return at + ('text' in field ? Math.max(...(field.text.match(/\d+(?=:)/g) ?? []).map(Number)) + 1 : 1);
  });
  return Math.max(...ends);
}

function payloads(profile: DeviceProfile): fc.Arbitrary<{ fPort: number; bytes: number[] }> {
  const ports = Object.entries(profile.frame.ports).map(([port, layout]) =>
    frames(layout).map((bytes) => ({ fPort: Number(port), bytes })),
  );
  return fc.oneof(...ports, fc.record({ fPort: byte, bytes: fc.array(byte, { maxLength: 64 }) }));
}

function hasOddNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasOddNumber);
}

describe.each(profiles)('whatever the bytes, $id', (profile) => {
  it('throws nothing, makes up nothing, and flags what cannot be', () => {
    fc.assert(
      fc.property(payloads(profile), ({ fPort, bytes }) => {
        const { data, readings, warnings, errors } = decode(profile, {
          bytes: Uint8Array.from(bytes),
          fPort,
        });
        expect(hasOddNumber(data)).toBe(false);
        if (Object.keys(data).length > 0) expect(errors).toEqual([]);
        if (errors.length > 0) expect(readings).toEqual([]);
        for (const { quantity, value, flags = [] } of readings) {
          expect(flags.includes('range')).toBe(!isPlausible(quantity, value));
        }
        expect(warnings.length).toBeLessThan(40);
      }),
      { numRuns: 10_000 },
    );
  });

  it('decodes what it encodes to the same data', () => {
    fc.assert(
      fc.property(payloads(profile), ({ fPort, bytes }) => {
        const { data } = profile.codec.decodeFrame(bytes, fPort);
        const { errors, bytes: encoded } = profile.codec.encodeFrame(data, fPort);
        if (errors.length === 0) expect(profile.codec.decodeFrame(encoded, fPort).data).toEqual(data);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing whatever it is to encode', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.nat(255),
        (value, data, port) => {
          const keys = profile.frame.commands === undefined ? [] : Object.keys(profile.frame.commands.byName);
          const all = {
            ...data,
            occupied: value,
            history: [value],
            ...Object.fromEntries(keys.map((key) => [key, value])),
          };
          profile.codec.encodeFrame(all as Data, port);
          profile.codec.encodeFrame(all as Data);
          profile.codec.encodeCommand(all as Data);
        },
      ),
    );
  });
});

/** Every number field that lies alone in a channel, with its whole raw range. */
const telemetry = profiles.flatMap((profile) =>
  Object.entries(profile.frame.ports).flatMap(([port, layout]) =>
    (layout.kind === 'fixed' ? [] : layout.channels).flatMap(({ id, fields }) =>
      fields.flatMap((field) =>
        fields.length === 1 && 'raw' in field && !('values' in field) && !('list' in field)
          ? [{ name: `${profile.id} ${id} ${field.key}`, profile, fPort: Number(port), field }]
          : [],
      ),
    ),
  ),
);

describe.each(telemetry)('$name', ({ profile, fPort, field }) => {
  it('comes back within its resolution over its whole range', () => {
    const span = 2 ** (8 * sizes[field.raw]);
    const min = field.raw.startsWith('i') ? -span / 2 : 0;
    const sentinels = Object.keys(('sentinels' in field && field.sentinels?.texts) || {}).map(Number);
    const divisor = ('divisor' in field ? field.divisor : undefined) ?? 1;
    const raws = fc.integer({ min, max: min + span - 1 });
    fc.assert(
      fc.property(raws, fc.double({ min: -0.49, max: 0.49, noNaN: true }), (raw, between) => {
        fc.pre(!sentinels.includes((raw + span) % span));
        const value = (raw + between) / divisor;
        const { bytes, errors } = profile.codec.encodeFrame({ [field.key]: value }, fPort);
        expect(errors).toEqual([]);
        const back = profile.codec.decodeFrame(bytes, fPort).data[field.key];
        expect(Math.abs(Number(back) - value)).toBeLessThanOrEqual(0.5 / divisor);
      }),
    );
  });
});
