import { describe, expect, it } from 'vitest';
import { profiles } from './catalog.ts';
import { decode, encodeDownlink } from './decode.ts';
import { type DeviceProfile, fieldsOf } from './profile.ts';
import type { Data } from './table.ts';
import { bytesOf, isSame, vectorsOf } from './vectors.ts';

function expectSame(decoded: unknown, fact: unknown): void {
  if (!isSame(decoded, fact)) expect(decoded).toEqual(fact);
}

/** Bytes may differ in bits that say nothing, such as those of regions that were not drawn. */
function expectSameBytes(
  profile: DeviceProfile,
  fPort: number,
  encoded: readonly number[],
  sent: readonly number[],
): void {
  expect(encoded).toHaveLength(sent.length);
  const { data } = profile.codec.decodeFrame(sent, fPort);
  for (const [at, byte] of sent.entries()) {
    if (encoded[at] === byte) continue;
    const mixed = sent.map((old, i) => (i === at ? (encoded[at] ?? old) : old));
    expect(profile.codec.decodeFrame(mixed, fPort).data).toEqual(data);
  }
}

describe.each(profiles)('$id', (profile) => {
  const vectors = vectorsOf(profile);
  const personal = fieldsOf(profile.frame).flatMap((field) => (field.personal ? [field.key] : []));
  const split = (fact: Data) => {
    const entries = Object.entries(fact);
    const isPersonal = ([key]: [string, unknown]) => personal.includes(key);
    return {
      open: Object.fromEntries(entries.filter((entry) => !isPersonal(entry))),
      withheld: Object.fromEntries(entries.filter(isPersonal)),
    };
  };

  it.each(vectors.filter(({ direction }) => direction === 'uplink'))('decodes $id', (vector) => {
    const { data, warnings, errors, archivePayload } = decode(profile, {
      bytes: bytesOf(vector.bytesHex),
      fPort: vector.fPort,
    });
    if (vector.fact !== undefined) {
      const { open, withheld } = split(vector.fact);
      expectSame(data, open);
      expect(archivePayload).toBe(Object.keys(withheld).length === 0);
    }
    if (vector.error !== undefined) expect(errors).not.toEqual([]);
    if (vector.warning !== undefined) expect(warnings.join()).toContain(vector.warning);
    if (vector.rule !== undefined) expect([...warnings, ...errors]).not.toEqual([]);
    if (Object.keys(data).length > 0) expect(errors).toEqual([]);
  });

  it('encodes every downlink', () => {
    for (const { direction, input = {}, bytesHex, fPort } of vectors) {
      if (direction === 'uplink') continue;
      expect(encodeDownlink(profile, input)).toEqual({ fPort, bytes: [...bytesOf(bytesHex)], errors: [] });
    }
  });

  it('encodes what it decoded, and the usual frames to the byte', () => {
    for (const { fPort, bytesHex, tags, fact = {}, direction } of vectors) {
      const { data, warnings } = profile.codec.decodeFrame(bytesOf(bytesHex), fPort);
      const isBroken = warnings.some((text) => text.startsWith('byte '));
      if (direction === 'downlink' || isBroken || Object.keys(data).length === 0) continue;
      const encoded = profile.codec.encodeFrame({ ...data, ...split(fact).withheld }, fPort);
      expect(encoded.errors).toEqual([]);
      expect(profile.codec.decodeFrame(encoded.bytes, fPort).data).toEqual(data);
      if (tags.includes('typical')) expectSameBytes(profile, fPort, encoded.bytes, [...bytesOf(bytesHex)]);
    }
  });
});
