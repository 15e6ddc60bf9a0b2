import { describe, expect, it } from 'vitest';
import { manifestPacket, readPacket } from './feed-topics.ts';

const origin = { inventoryHash: 'f00d', epoch: 1_772_438_400_000 };
const read = (payload: string) => readPacket('live', 'live/manifest', Buffer.from(payload));

describe('the manifest', () => {
  it('says who put how many keys, for people and programs', () => {
    const { topic, payload } = manifestPacket('live', { count: 3, origin });
    expect([topic, JSON.parse(payload)]).toEqual(['live/manifest', { ...origin, count: 3 }]);
    expect(read(payload)).toEqual({ kind: 'manifest', manifest: { count: 3, origin } });
  });

  it('says how many, where nobody has announced itself yet', () => {
    const { payload } = manifestPacket('live', { count: 0 });
    expect(payload).toBe('{"count":0}');
    expect(read(payload)).toEqual({ kind: 'manifest', manifest: { count: 0 } });
  });

  it.each(['', '{', '{}', '{"count":-1}', '[]'])('is none where it reads %j', (payload) => {
    expect(read(payload)).toBeUndefined();
  });
});
