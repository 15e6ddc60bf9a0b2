import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upEvent } from '../up-event-json.ts';
import { fCntMax, fCntMin, LoadUplinks } from './uplinks.ts';

const devices = 500;

/** Topic, packet id and payload of a PUBLISH packet (MQTT 3.1.1 §3.3). */
function read(packet: Buffer): { topic: string; packetId: number; payload: Buffer } {
  expect(packet[0]).toBe(0x32);
  let at = 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packet[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  expect(packet.length - at).toBe(length);
  const topicEnd = at + 2 + packet.readUInt16BE(at);
  return {
    topic: packet.subarray(at + 2, topicEnd).toString(),
    packetId: packet.readUInt16BE(topicEnd),
    payload: packet.subarray(topicEnd + 2),
  };
}

function written(uplinks: LoadUplinks, device: number, fCnt: number, timeMs: number, packetId = 1): Buffer {
  const packet = Buffer.alloc(uplinks.bytesOf(device, fCnt) + 20);
  uplinks.write(packet, 10, packetId, device, fCnt, timeMs);
  expect([packet.readBigUInt64BE(0), packet.readBigUInt64BE(packet.length - 8)]).toEqual([0n, 0n]);
  return packet.subarray(10, -10);
}

describe('the uplinks of a load', () => {
  const uplink = fc.record({
    device: fc.integer({ min: 0, max: devices - 1 }),
    fCnt: fc.integer({ min: fCntMin, max: fCntMax }),
    timeMs: fc.integer({ min: 1e12, max: 4e12 }).filter((ms) => ms % 1000 !== 0),
    packetId: fc.integer({ min: 1, max: 65_535 }),
  });

  it('are those the simulator writes, but for the numbers of receptions', async () => {
    const uplinks = await LoadUplinks.create(7, devices, 'json');
    const plain = (payload: Buffer): unknown =>
      JSON.parse(payload.toString(), (key, value) => (['uplinkId', 'context'].includes(key) ? '' : value));
    fc.assert(
      fc.property(uplink, ({ device, fCnt, timeMs, packetId }) => {
        const expected = upEvent(uplinks.options(device, fCnt, timeMs));
        const got = read(written(uplinks, device, fCnt, timeMs, packetId));
        expect([got.topic, got.packetId]).toEqual([expected.topic, packetId]);
        expect(plain(got.payload)).toEqual(plain(expected.payload));
      }),
    );
  });

  it('are the same for the same seed, and of other devices for another one', async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => LoadUplinks.create(seed, 50, 'json')),
    );
    const all = (uplinks: LoadUplinks | undefined): string[] =>
      Array.from({ length: 50 }, (_, device) =>
        uplinks ? written(uplinks, device, fCntMin, 1e12 + 1).toString() : '',
      );
    expect(all(same)).toEqual(all(one));
    expect(one?.devEuiPrefix).not.toBe(other?.devEuiPrefix);
  });

  it('are as long as those of a city', async () => {
    const uplinks = await LoadUplinks.create(1, 1000, 'json');
    const lengths = Array.from({ length: 1000 }, (_, device) => uplinks.bytesOf(device, fCntMin));
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean).toBeGreaterThan(1600);
    expect(mean).toBeLessThan(2000);
  });
});
