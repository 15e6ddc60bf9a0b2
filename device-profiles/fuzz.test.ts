/** Seeded, so that every run tries the same; a failure names the payload, for `stadtpegel decode`. */
import { isDeepStrictEqual } from 'node:util';
import { getQuickJS } from 'quickjs-emscripten';
import { describe, expect, it } from 'vitest';
import { isPlausible, isQuantityKey, isValueOf } from '#core';
import { profiles } from './catalog.ts';
import { decodeCayenne } from './cayenne.ts';
import { type DecodeResult, decode, type Frame } from './decode.ts';
import { exportCodec } from './export.ts';
import type { DeviceProfile } from './profile.ts';
import { bytesOf, vectorsOf } from './vectors.ts';

const payloadsPerModel = 20_000;
/** Every so many payloads are also given to the exported codec. */
const exportedEvery = 50;
/** More than LoRaWAN carries (242), to see what is behind the end of every table. */
const bytesMax = 300;

/** Numbers from 0 to below 2³², the same for the same seed: Mulberry32 (Tommy Ettinger, public domain). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof randomOf>;

/** The bytes where signs, sentinels and full scales lie. */
const edges = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

const randomBytes = (random: Random, length: number): number[] =>
  Array.from({ length }, () => (random(4) === 0 ? (edges[random(edges.length)] ?? 0) : random(256)));

/** A known payload changed a little: a bit, a byte, a piece more, less or twice, another payload behind it. */
function mutated(random: Random, bytes: readonly number[], other: readonly number[]): number[] {
  const at = random(bytes.length + 1);
  const end = at + random(5);
  switch (random(6)) {
    case 0:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << random(8)) : byte));
    case 1:
      return bytes.map((byte, i) => (i >= at && i < end ? (randomBytes(random, 1)[0] ?? byte) : byte));
    case 2:
      return bytes.slice(0, at);
    case 3:
      return bytes.toSpliced(at, random(5));
    case 4:
      return bytes.toSpliced(at, 0, ...randomBytes(random, 1 + random(8)));
    default:
      return [...bytes.slice(0, at), ...other];
  }
}

/** Payloads of a model: two in three are vectors changed one to three times, the rest is noise on every fPort. */
function* payloadsOf(profile: DeviceProfile, random: Random): Generator<Frame> {
  const known = vectorsOf(profile)
    .filter(({ direction }) => direction === 'uplink')
    .map(({ fPort, bytesHex }) => ({ fPort, bytes: [...bytesOf(bytesHex)] }));
  const ports = [...Object.keys(profile.frame.ports), ...Object.keys(profile.frame.samePorts ?? {})];
  const pick = () => known[random(known.length)] ?? { fPort: 0, bytes: [] };
  for (let n = 0; n < payloadsPerModel; n += 1) {
    const isNoise = n % 3 === 0;
    let { fPort, bytes } = isNoise
      ? { fPort: (n / 3) % 256, bytes: randomBytes(random, random(64)) }
      : pick();
    if (!isNoise) for (let i = random(3); i >= 0; i -= 1) bytes = mutated(random, bytes, pick().bytes);
    // Noise on a port the model does not know is refused at once.
    if (isNoise && random(2) === 0) fPort = Number(ports[random(ports.length)]);
    yield { fPort, bytes: Uint8Array.from(bytes.slice(0, bytesMax)) };
  }
}

/** The first thing wrong with what was decoded, or undefined. */
function faultOf({ data, readings, warnings, errors }: DecodeResult): string | undefined {
  // Says no to NaN, infinite numbers, −0, undefined, and what is no plain object.
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(data)), data)) return 'the data is not JSON';
  if (errors.length > 0 && readings.length > 0) return 'readings in spite of errors';
  if (errors.length > 0 && Object.keys(data).length > 0) return 'data in spite of errors';
  if (warnings.length > 40) return 'more warnings than anybody reads';
  for (const { quantity, value, channel, flags = [], timeS } of readings) {
    if (!isQuantityKey(quantity) || !isValueOf(quantity, value)) return `${quantity} cannot be ${value}`;
    if (typeof value === 'number' && !Number.isFinite(value)) return `${quantity} is ${value}`;
    if (flags.includes('range') === isPlausible(quantity, value)) return `${quantity} ${value}: flag "range"`;
    if (channel !== undefined && !/^[a-z0-9_]{1,16}$/.test(channel)) return `channel ${channel}`;
    if (flags.includes('history') !== Number.isInteger(timeS)) return `${quantity}: flag "history"`;
  }
  return undefined;
}

/** What is wrong with a payload, and which it is; undefined where nothing is. */
function fault({ fPort, bytes }: Frame, decodeIt: () => DecodeResult): string | undefined {
  const where = `${fPort} ${Buffer.from(bytes).toString('hex')}`;
  try {
    const found = faultOf(decodeIt());
    return found === undefined ? undefined : `${where}: ${found}`;
  } catch (cause) {
    return `${where}: thrown: ${cause}`;
  }
}

const quickJs = await getQuickJS();

/** The exported codec, strict as a module is: from the input as JSON to the answer as JSON. */
function exported(profile: DeviceProfile) {
  const context = quickJs.newContext();
  const script = `'use strict';${exportCodec(profile)};(text) => JSON.stringify(decodeUplink(JSON.parse(text)))`;
  const run = context.unwrapResult(context.evalCode(script));
  return {
    ask(input: unknown): string {
      using text = context.newString(JSON.stringify(input));
      using answer = context.unwrapResult(context.callFunction(run, context.undefined, text));
      return context.getString(answer);
    },
    dispose() {
      run.dispose();
      context.dispose();
    },
  };
}

describe.each(profiles)('$id, whatever comes', (profile) => {
  const seed = profiles.indexOf(profile) + 1;

  it('throws nothing, makes up nothing, and flags what cannot be', () => {
    const faults: string[] = [];
    let withReadings = 0;
    for (const frame of payloadsOf(profile, randomOf(seed))) {
      const found = fault(frame, () => {
        const decoded = decode(profile, frame);
        if (decoded.readings.length > 0) withReadings += 1;
        return decoded;
      });
      if (found !== undefined) faults.push(`${profile.id} ${found}`);
    }
    expect(faults.slice(0, 3)).toEqual([]);
    // Else it would only show that noise is refused.
    expect(withReadings / payloadsPerModel).toBeGreaterThan(0.05);
  });

  it('is decoded by the exported codec as in process', () => {
    const codec = exported(profile);
    try {
      let n = 0;
      for (const { fPort, bytes } of payloadsOf(profile, randomOf(seed))) {
        n += 1;
        if (n % exportedEvery !== 0) continue;
        const { data, warnings, errors } = profile.codec.decodeFrame(bytes, fPort);
        const expected = errors.length > 0 ? { errors, warnings } : { data, warnings };
        const input = { bytes: [...bytes], fPort, variables: {} };
        expect(codec.ask(input), `${profile.id} ${fPort} ${Buffer.from(bytes).toString('hex')}`).toBe(
          JSON.stringify(expected),
        );
      }
    } finally {
      codec.dispose();
    }
  });
});

describe('Cayenne LPP, whatever comes', () => {
  it('throws nothing, makes up nothing, and flags what cannot be', () => {
    const random = randomOf(0);
    // Types that exist, at random channels: noise alone ends at the first byte that is no type.
    const types = [0, 1, 2, 3, 100, 101, 102, 103, 104, 113, 115, 116, 117, 118, 120, 121, 125, 128];
    const faults = Array.from({ length: payloadsPerModel }, () => {
      const pieces = Array.from({ length: random(6) }, () => [
        random(256),
        types[random(types.length)] ?? 0,
        ...randomBytes(random, 1 + random(6)),
      ]);
      const bytes = Uint8Array.from(pieces.flat());
      return fault({ fPort: 1, bytes }, () => decodeCayenne(bytes));
    });
    expect(faults.filter((found) => found !== undefined).slice(0, 3)).toEqual([]);
  });
});
