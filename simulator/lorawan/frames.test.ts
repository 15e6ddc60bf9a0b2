import { describe, expect, it } from 'vitest';
import { dataUp, joinRequest } from './frames.ts';

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
