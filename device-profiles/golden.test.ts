import { describe, expect, it } from 'vitest';
import { profiles } from './catalog.ts';
import { decode, encodeDownlink } from './decode.ts';
import { bytesOf, isSame, type Vector, vectorsOf } from './vectors.ts';

function expectFact(decoded: unknown, vector: Vector): void {
  if (!isSame(decoded, vector.fact)) expect(decoded).toEqual(vector.fact);
}

describe.each(profiles)('$id', (profile) => {
  const vectors = vectorsOf(profile);

  it.each(vectors.filter(({ direction }) => direction === 'uplink'))('decodes $id', (vector) => {
    const { data, warnings, errors } = decode(profile, {
      bytes: bytesOf(vector.bytesHex),
      fPort: vector.fPort,
    });
    if (vector.fact !== undefined) expectFact(data, vector);
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
    for (const { fPort, bytesHex, tags } of vectors) {
      const { data } = profile.codec.decodeFrame(bytesOf(bytesHex), fPort);
      if (Object.keys(data).length === 0) continue;
      const encoded = profile.codec.encodeFrame(data, fPort);
      expect(encoded.errors).toEqual([]);
      expect(profile.codec.decodeFrame(encoded.bytes, fPort).data).toEqual(data);
      if (tags.includes('typical')) expect(encoded.bytes).toEqual([...bytesOf(bytesHex)]);
    }
  });
});
