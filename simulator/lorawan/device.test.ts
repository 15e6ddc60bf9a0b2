import { describe, expect, it } from 'vitest';
import { Rng } from '../rng.ts';
import { Device } from './device.ts';
import { derivedKeys } from './keys.ts';
import type { Transmission } from './receive-windows.ts';
import { serverOf } from './testing.ts';

const startMs = Date.UTC(2026, 2, 1);
const keys = derivedKeys(1, '0270000000000001');
const newDevice = (): Device =>
  new Device({ keys, startMs, devNonceFrom: 65_530, battery: 254, rng: new Rng(5) });

/** Lets time pass to the next frame. */
function nextFrame(device: Device): Transmission {
  for (let calls = 0; calls < 10; calls++) {
    const sent = device.wake(device.wakeMs);
    if (sent) return sent;
  }
  throw new Error('it sends nothing');
}

/** Counter, type and port of a data frame; the rest is encrypted. */
function headOf({ phy }: Transmission) {
  const fOptsBytes = (phy[5] ?? 0) & 15;
  return {
    ...{ type: (phy[0] ?? 0) >> 5, fCnt: phy.readUInt16LE(6), ack: ((phy[5] ?? 0) & 0x20) > 0 },
    ...{ adrAckReq: ((phy[5] ?? 0) & 0x40) > 0, fOpts: phy.subarray(8, 8 + fOptsBytes).toString('hex') },
    fPort: phy.length > 12 + fOptsBytes ? phy[8 + fOptsBytes] : undefined,
  };
}

function joined() {
  const device = newDevice();
  const request = nextFrame(device);
  const server = serverOf(keys, request.phy);
  device.receive(server.accept, 5, request.endMs + 5100);
  /** Answers the frame in the first window. */
  const answer = (sent: Transmission, said: Parameters<typeof server.down>[0]) =>
    device.receive(server.down(said), 5, sent.endMs + 2100);
  return { device, answer };
}
const payload = { fPort: 3, bytes: Buffer.from('abcd', 'hex'), confirmed: false };

describe('a device that joins', () => {
  it('takes another DevNonce each time, also beyond 65,535, and tries slower and later', () => {
    const device = newDevice();
    const sent = Array.from({ length: 14 }, () => nextFrame(device));
    const nonces = sent.map(({ phy }) => phy.readUInt16LE(17));
    expect(nonces.slice(0, 8)).toEqual([65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0, 1]);
    expect(sent.map(({ spreadingFactor }) => spreadingFactor).slice(0, 7)).toEqual([7, 8, 9, 10, 11, 12, 7]);
    const waits = sent.slice(1).map(({ startMs: from }, index) => from - (sent[index]?.endMs ?? 0));
    expect(waits[0]).toBeLessThan(25_000);
    expect(waits[6]).toBeGreaterThan(300_000);
    expect(Math.max(...waits)).toBeLessThan(1.5 * 2 * 3_600_000 + 10_000);
  });

  it('believes no answer that is forged, or with the key of another', () => {
    const device = newDevice();
    const { phy, endMs } = nextFrame(device);
    const { accept } = serverOf(keys, phy);
    for (let index = 1; index < accept.length; index++) {
      const forged = Buffer.from(accept);
      forged[index] = (forged[index] ?? 0) ^ 1;
      device.receive(forged, 5, endMs + 5100);
    }
    device.receive(serverOf(derivedKeys(2, keys.devEui), phy).accept, 5, endMs + 5100);
    expect(device.joined).toBe(false);
    device.receive(accept, 5, endMs + 5100);
    expect(device.joined).toBe(true);
  });

  it('waits for its data and listens when the network says so', () => {
    const { device } = joined();
    expect(device.wakeMs).toBe(Number.POSITIVE_INFINITY);
    device.push(payload);
    const sent = nextFrame(device);
    expect(headOf(sent)).toMatchObject({ type: 2, fCnt: 0, fPort: 3 });
    const at = (delayMs: number, more = {}): Transmission => ({
      ...{ ...sent, startMs: sent.endMs + delayMs, endMs: sent.endMs + delayMs + 50 },
      ...more,
    });
    expect(device.catches(at(1000))).toBe(false);
    expect(device.catches(at(2000, { spreadingFactor: 9 }))).toBe(false);
    expect(device.catches(at(2000))).toBe(true);
    expect(device.catches(at(3000, { frequencyHz: 869_525_000, spreadingFactor: 12 }))).toBe(true);
  });
});

describe('uplinks', () => {
  it('that are confirmed are said again with the same counter, eight times at most and ever slower', () => {
    const { device } = joined();
    device.push({ ...payload, confirmed: true });
    const sent = Array.from({ length: 8 }, () => nextFrame(device));
    expect(new Set(sent.map(({ phy }) => phy.toString('hex'))).size).toBe(1);
    expect(sent.map(({ spreadingFactor }) => spreadingFactor)).toEqual([7, 7, 8, 8, 9, 9, 10, 10]);
    device.push(payload);
    expect(headOf(nextFrame(device)).fCnt).toBe(1);
    expect(device.counts).toMatchObject({ uplinks: 2, repeats: 7, unacknowledged: 1 });
  });

  it('that are confirmed end with the acknowledgement, not with any answer', () => {
    const { device, answer } = joined();
    device.push({ ...payload, confirmed: true });
    answer(nextFrame(device), { fCnt: 0 });
    const again = nextFrame(device);
    expect(headOf(again).fCnt).toBe(0);
    answer(again, { fCnt: 1, ack: true });
    expect(device.wakeMs).toBe(Number.POSITIVE_INFINITY);
    expect(device.counts.unacknowledged).toBe(0);
  });

  it('are repeated NbTrans times where nothing comes down', () => {
    const { device, answer } = joined();
    device.push(payload);
    answer(nextFrame(device), { fCnt: 0, fOpts: '0350070003' });
    device.push(payload);
    const sent = [nextFrame(device), nextFrame(device), nextFrame(device)];
    expect(sent.map((one) => headOf(one).fCnt)).toEqual([1, 1, 1]);
    expect(headOf(sent[0] ?? nextFrame(device)).fOpts).toBe('0307');
    device.wake(device.wakeMs);
    expect(device.wakeMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('that are too long for the rate are not sent, and of too many the oldest', () => {
    const { device } = joined();
    device.push({ ...payload, bytes: Buffer.alloc(243) });
    for (let index = 0; index < 9; index++) device.push(payload);
    expect(device.counts.displaced).toBe(2);
    device.push({ ...payload, bytes: Buffer.alloc(243) });
    for (let index = 0; index < 7; index++) nextFrame(device);
    device.wake(device.wakeMs);
    expect(device.wake(device.wakeMs)).toBeUndefined();
    expect(device.counts).toMatchObject({ uplinks: 7, tooLong: 1 });
  });

  it('ask for an answer after 64, get slower after 32 more, and in the end the device joins anew', () => {
    const { device } = joined();
    const heads = Array.from({ length: 256 }, () => {
      device.push(payload);
      const sent = nextFrame(device);
      return { ...headOf(sent), spreadingFactor: sent.spreadingFactor };
    });
    expect(heads.findIndex(({ adrAckReq }) => adrAckReq)).toBe(63);
    expect([94, 95, 127, 159, 191, 223].map((index) => heads[index]?.spreadingFactor)).toEqual([
      7, 8, 9, 10, 11, 12,
    ]);
    device.push(payload);
    expect(nextFrame(device).phy[0]).toBe(0);
    expect(device.joined).toBe(false);
  });
});

describe('downlinks', () => {
  it('are handed out decrypted; old, repeated, forged ones are not', () => {
    const { device, answer } = joined();
    device.push(payload);
    const first = nextFrame(device);
    expect(answer(first, { fCnt: 5, fPort: 7, hex: 'c0ffee' })).toMatchObject({ fPort: 7, fCnt: 5 });
    device.push(payload);
    const second = nextFrame(device);
    for (const fCnt of [5, 4, 5 + 16_385])
      expect(answer(second, { fCnt, fPort: 7, hex: '00' })).toBeUndefined();
    expect(answer(second, { fCnt: 6, fPort: 7, hex: 'c0ffee' })?.bytes.toString('hex')).toBe('c0ffee');
    expect(device.counts.downlinks).toBe(2);
  });

  it('count on over 65,535', () => {
    const { device, answer } = joined();
    for (const fCnt of [16_000, 32_000, 48_000, 64_000, 66_000]) {
      device.push(payload);
      expect(answer(nextFrame(device), { fCnt, fPort: 1, hex: '01' })?.fCnt).toBe(fCnt);
    }
  });

  it('any bytes are read without harm', () => {
    const { device } = joined();
    device.push(payload);
    const { phy } = nextFrame(device);
    for (let length = 0; length < 40; length++)
      for (const type of [0, 0x20, 0x60, 0xa0, 0xe0])
        expect(
          device.receive(Buffer.concat([Buffer.of(type), phy, phy]).subarray(0, length), 0, startMs),
        ).toBeUndefined();
  });

  it('that are confirmed are acknowledged soon, in an empty frame', () => {
    const { device, answer } = joined();
    device.push(payload);
    answer(nextFrame(device), { fCnt: 0, confirmed: true, fPort: 1, hex: '01' });
    expect(headOf(nextFrame(device))).toMatchObject({ fCnt: 1, ack: true, fPort: undefined });
  });

  it('with commands on port 0 are answered; answers too long for the header get a frame of their own', () => {
    const { device, answer } = joined();
    device.push(payload);
    answer(nextFrame(device), { fCnt: 0, fPort: 0, hex: '06'.repeat(6) });
    device.push(payload);
    const answers = nextFrame(device);
    expect(headOf(answers)).toMatchObject({ fPort: 0, fOpts: '' });
    expect(answers.phy.length).toBe(13 + 6 * 3);
    expect(headOf(nextFrame(device))).toMatchObject({ fPort: 3, fOpts: '' });
  });

  it('are heard again before answers that matter are no longer repeated', () => {
    const { device, answer } = joined();
    device.push(payload);
    answer(nextFrame(device), { fCnt: 0, fOpts: '080306' });
    const heads = [1, 2].map(() => {
      device.push(payload);
      return nextFrame(device);
    });
    expect(heads.map((one) => headOf(one).fOpts)).toEqual(['0806fe05', '08']);
    const [, last] = heads;
    if (last) answer(last, { fCnt: 1 });
    device.push(payload);
    expect(headOf(nextFrame(device)).fOpts).toBe('');
  });
});

it('a port that is none is refused by name', () => {
  expect(() => joined().device.push({ ...payload, fPort: 0 })).toThrow('0270000000000001: port 0');
});
