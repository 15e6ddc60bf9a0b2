import { createCipheriv, createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dataUp, joinRequest, readJoinAccept } from './frames.ts';

const session = {
  devAddr: Buffer.from('49be7df1', 'hex'),
  nwkSKey: Buffer.from('44024241ed4ce9a68c6a8bc055233fd3', 'hex'),
  appSKey: Buffer.from('ec925802ae430ca77fd3dd73cb2cc588', 'hex'),
};
const frame = {
  ...{ confirmed: false, fCnt: 2, adr: false, adrAckReq: false, ack: false },
  ...{ fOpts: Buffer.alloc(0), fPort: 1, payload: Buffer.from('test') },
};

describe('frames', () => {
  it('are those of a published example', () => {
    // https://github.com/anthonykirby/lora-packet, README, from a real device.
    expect(dataUp(session, frame).toString('hex')).toBe('40f17dbe4900020001954378762b11ff0d');
  });

  it('differ in payload and MIC, not in the counter they show, once it has gone over 65,535', () => {
    const [first, later] = [frame.fCnt, frame.fCnt + 65_536].map((fCnt) =>
      dataUp(session, { ...frame, fCnt }),
    );
    expect(later?.subarray(0, 9)).toEqual(first?.subarray(0, 9));
    expect(later?.subarray(9, 13)).not.toEqual(first?.subarray(9, 13));
    expect(later?.subarray(13)).not.toEqual(first?.subarray(13));
  });

  it('without a port are header and MIC alone', () => {
    const { fPort, ...header } = frame;
    const empty = dataUp(session, { ...header, ack: true, payload: Buffer.alloc(0) });
    expect(fPort).toBe(1);
    expect(empty.subarray(0, 8).toString('hex')).toBe('40f17dbe49200200');
    expect(empty).toHaveLength(12);
  });

  it('of a join carry ids and nonce low byte first', () => {
    const keys = { devEui: '24e124707c123456', joinEui: '24e124c0002a0001', appKey: Buffer.alloc(16, 7) };
    // As captured from a Milesight AM307 but for the MIC, whose key is not known.
    expect(joinRequest(keys, 1).subarray(0, -4).toString('base64')).toBe('AAEAKgDAJOEkVjQSfHAk4SQBAA==');
  });
});

/** AES-128 of whole blocks, as it is in the hardware; not lora-packet's. */
function aes(key: Buffer, blocks: Buffer, direction: 'encrypt' | 'decrypt' = 'encrypt'): Buffer {
  const make = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  return make('aes-128-ecb', key, null).setAutoPadding(false).update(blocks);
}

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));

/** RFC 4493 §2.4, for messages that are no whole number of blocks. */
function cmac(key: Buffer, message: Buffer): Buffer {
  const doubled = (block: Buffer): Buffer => {
    const value = BigInt(`0x${block.toString('hex')}`) << 1n;
    const left = value >> 128n ? (value & ((1n << 128n) - 1n)) ^ 0x87n : value;
    return Buffer.from(left.toString(16).padStart(32, '0'), 'hex');
  };
  const lastKey = doubled(doubled(aes(key, Buffer.alloc(16))));
  const padded = Buffer.concat([message, Buffer.of(0x80), Buffer.alloc(15 - (message.length % 16))]);
  let mac: Buffer = Buffer.alloc(16);
  for (let at = 0; at < padded.length; at += 16) {
    const block = padded.subarray(at, at + 16);
    mac = aes(key, xor(mac, at + 16 === padded.length ? xor(block, lastKey) : block));
  }
  return mac;
}

describe('a join accept', () => {
  const appKey = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const keys = { devEui: '24e124707c123456', joinEui: '24e124c0002a0001', appKey };
  const devNonce = 0x0102;
  // JoinNonce, NetID, DevAddr, DLSettings, RxDelay: low byte first (LoRaWAN 1.0.4 §6.2.5).
  const body = Buffer.from('0a0b0c' + '010203' + '435f7e00' + '13' + '05', 'hex');
  const head = Buffer.of(0x20);
  const mic = cmac(appKey, Buffer.concat([head, body])).subarray(0, 4);
  const phy = Buffer.concat([head, aes(appKey, Buffer.concat([body, mic]), 'decrypt')]);

  it('gives the session keys of the specification, worked out without the library', () => {
    const keyOf = (kind: number): Buffer =>
      aes(
        appKey,
        Buffer.concat([Buffer.of(kind), body.subarray(0, 6), Buffer.of(0x02, 0x01), Buffer.alloc(7)]),
      );
    expect(readJoinAccept(phy, keys, devNonce)).toEqual({
      session: { devAddr: Buffer.from('007e5f43', 'hex'), nwkSKey: keyOf(1), appSKey: keyOf(2) },
      ...{ rx1Offset: 1, rx2DataRate: 3, receiveDelaySeconds: 5, channelList: Buffer.alloc(0) },
    });
  });

  it('with a MIC that is wrong is none', () => {
    const forged = Buffer.concat([
      head,
      aes(appKey, Buffer.concat([body, xor(mic, Buffer.of(1, 0, 0, 0))]), 'decrypt'),
    ]);
    expect(readJoinAccept(forged, keys, devNonce)).toBeUndefined();
  });
});
