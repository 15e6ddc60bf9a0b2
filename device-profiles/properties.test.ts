import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlausible } from '#core';
import { profiles } from './catalog.ts';
import { decode } from './decode.ts';
import { channelsOf, type DeviceProfile } from './profile.ts';
import type { Data, Field, IntegerPlace, Layout, NumberField } from './table.ts';

const byte = fc.integer({ min: 0, max: 255 });

// biome-ignore format: one kind a line says nothing more
const sizes = {
  u8: 1, i8: 1, u16le: 2, i16le: 2, u32le: 4, u16be: 2, i16be: 2, u24be: 3, u32be: 4, i32be: 4, u32low: 4,
};

function endOf(field: Field): number {
  const at = field.at ?? 0;
  if ('raw' in field)
    return at + ('list' in field ? field.list.count * field.list.strideBytes : sizes[field.raw]);
  if ('float32' in field) return at + 4;
  if ('image' in field) return at + 1 + field.image.count;
  if ('largestSum' in field) return at;
  if ('hexBytes' in field) return at + field.hexBytes;
  if ('bcdBytes' in field) return at + field.bcdBytes;
  if ('rest' in field) return at + 5;
  return at + ('text' in field ? Math.max(...(field.text.match(/\d+(?=:)/g) ?? []).map(Number)) + 1 : 1);
}

const lengthOf = (fields: readonly Field[]) => Math.max(0, ...fields.map(endOf));
const bytesFor = (length: number) => fc.array(byte, { minLength: length, maxLength: length });
const bytesOfHex = (hex: string) => [...Buffer.from(hex, 'hex')];

/** An integer put where it belongs, the bytes around it random. */
function withInteger({ raw, at = 0, bits }: IntegerPlace, value: number, bytes: number[]): number[] {
  const size = sizes[raw];
  const [first, count] = bits ?? [0, 8];
  const place = raw.endsWith('be') ? at + size - 1 : at;
  if (bits === undefined && size > 1) {
    const shift = (i: number) => 8 * (raw.endsWith('be') ? at + size - 1 - i : i - at);
    return bytes.map((old, i) => (i < at || i >= at + size ? old : (value >>> shift(i)) & 255));
  }
  const others = 255 & ~((2 ** Math.min(count, 8) - 1) << first);
  return bytes.map((old, i) => (i === place ? (old & others) | ((value << first) & 255) : old));
}

/** Whole frames with random values. */
function wholeFrames(layout: Layout): fc.Arbitrary<number[]> {
  if (layout.kind === 'fixed') return bytesFor(lengthOf(layout.fields));
  if (layout.kind === 'channels') {
    const channel = fc
      .constantFrom(...layout.channels)
      .chain(({ id, when, fields, sizeBytes = 0 }) =>
        bytesFor(Math.max(sizeBytes, lengthOf(fields))).map((value) => [
          ...bytesOfHex(id),
          ...(when === undefined ? value : withInteger(when, when.is, value)),
        ]),
      );
    return fc.array(channel, { maxLength: 8 }).map((channels) => channels.flat());
  }
  if (layout.kind === 'groups') {
    const { head, flags, groups } = layout;
    const headLength = lengthOf([...head, { key: 'flags', ...flags }]);
    return fc.nat(2 ** groups.length - 1).chain((present) => {
      const used = groups.filter((_, flag) => (present >> flag) & 1).map(lengthOf);
      return bytesFor(headLength + used.reduce((sum, length) => sum + length, 0)).map((bytes) =>
        withInteger({ raw: 'u8', at: flags.at ?? 0 }, 0, withInteger(flags, present, bytes)),
      );
    });
  }
  const { by, layouts, otherwise } = layout;
  const kinds = Object.entries(layouts).map(([value, inner]) =>
    wholeFrames(inner).map((bytes) => (by === 'length' ? bytes : withInteger(by, Number(value), bytes))),
  );
  return fc.oneof(...kinds, ...(otherwise === undefined ? [] : [wholeFrames(otherwise)]));
}

/** Payloads that get past the first byte: whole frames, now and then cut or spoilt. */
function frames(layout: Layout): fc.Arbitrary<number[]> {
  const whole = wholeFrames(layout);
  const cut = fc.tuple(whole, fc.nat(40)).map(([bytes, length]) => bytes.slice(0, length));
  return fc.oneof(whole, cut, fc.array(byte, { maxLength: 64 }));
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
      { numRuns: 1000 },
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
          const { byName = {}, allAtOnce = [] } = profile.frame.commands ?? {};
          const keys = [...Object.keys(byName), ...allAtOnce.map(({ key }) => key)];
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

describe.each(profiles)('what is whole, of $id', (profile) => {
  it.each(Object.entries(profile.frame.ports))('on fPort %s can be encoded', (port, layout) => {
    const fPort = Number(port);
    fc.assert(
      fc.property(wholeFrames(layout), (bytes) => {
        const { data, warnings, personal } = profile.codec.decodeFrame(bytes, fPort);
        // What was withheld or not understood cannot be said again.
        if (personal || warnings.length > 0 || Object.keys(data).length === 0) return;
        const { errors, bytes: encoded } = profile.codec.encodeFrame(data, fPort);
        expect(errors).toEqual([]);
        expect(profile.codec.decodeFrame(encoded, fPort).data).toEqual(data);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Every number field that lies alone in a channel, with its whole raw range. */
const telemetry = profiles.flatMap((profile) =>
  channelsOf(profile.frame).flatMap((channels) =>
    channels.flatMap(({ id, fields }) =>
      fields.flatMap((field) => {
        const others = ['values', 'list', 'pieces', 'levels', 'proportionTo', 'floor'];
        const isNumber = 'raw' in field && !others.some((word) => word in field);
        return fields.length === 1 && isNumber
          ? [{ name: `${profile.id} ${id} ${field.key}`, profile, field: field as NumberField }]
          : [];
      }),
    ),
  ),
);

describe.each(telemetry)('$name', ({ profile, field }) => {
  it('comes back within its resolution over its whole range', () => {
    const span = 2 ** (8 * sizes[field.raw]);
    const min = field.raw.startsWith('i') ? -span / 2 : 0;
    const sentinels = Object.keys(field.sentinels?.texts ?? {}).map(Number);
    const { divisor = 1, factor = 1 } = field;
    const raws = fc.integer({ min, max: min + span - 1 });
    fc.assert(
      fc.property(raws, fc.double({ min: -0.49, max: 0.49, noNaN: true }), (raw, between) => {
        fc.pre(!sentinels.includes((raw + span) % span));
        const value = ((raw + (field.exactly ? 0 : between)) * factor) / divisor;
        const { bytes, fPort, errors } = profile.codec.encodeFrame({ [field.key]: value });
        expect(errors).toEqual([]);
        const back = profile.codec.decodeFrame(bytes, fPort).data[field.key];
        expect(Math.abs(Number(back) - value)).toBeLessThanOrEqual((0.5 * factor) / divisor);
      }),
    );
  });
});
