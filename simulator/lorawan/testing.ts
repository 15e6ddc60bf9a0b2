/** What a network server says to one device, for the tests of this folder. */
import { createRequire } from 'node:module';
import type { DeviceKeys } from './frames.ts';

const loraPacket: typeof import('lora-packet').default = createRequire(import.meta.url)('lora-packet');
const { fromFields, fromWire, generateSessionKeys10, recalculateMIC } = loraPacket;

const devAddr = Buffer.from('01020304', 'hex');
const appNonce = Buffer.from('000007', 'hex');
const netId = Buffer.from('000001', 'hex');

export interface Said {
  readonly fCnt: number;
  readonly ack?: boolean;
  readonly confirmed?: boolean;
  readonly fPending?: boolean;
  readonly fOpts?: string;
  readonly fPort?: number;
  readonly hex?: string;
}

/** A join accept, and the frames that may follow it. @param request the join request that is answered */
export function serverOf({ appKey }: DeviceKeys, request: Buffer) {
  const devNonce = fromWire(request).DevNonce ?? Buffer.alloc(2);
  const { AppSKey, NwkSKey } = generateSessionKeys10(appKey, netId, appNonce, devNonce);
  const fields = {
    ...{ MType: 'Join Accept', AppNonce: appNonce, NetID: netId, DevAddr: devAddr },
    ...{ DLSettings: 0, RxDelay: 2, CFList: Buffer.alloc(0) },
  };
  const phyOf = (packet: ReturnType<typeof fromFields>): Buffer => packet.getPHYPayload() || Buffer.alloc(0);
  return {
    accept: phyOf(fromFields(fields, undefined, undefined, appKey)),
    down: ({
      fCnt,
      ack = false,
      confirmed = false,
      fPending = false,
      fOpts = '',
      fPort,
      hex = '',
    }: Said): Buffer => {
      const upper = Buffer.alloc(2);
      upper.writeUInt16LE(fCnt >>> 16);
      const packet = fromFields(
        {
          ...{ MType: confirmed ? 'Confirmed Data Down' : 'Unconfirmed Data Down', DevAddr: devAddr },
          ...{ FCnt: fCnt & 0xffff, FCtrl: { ACK: ack, FPending: fPending }, FOpts: fOpts },
          ...{ payload: Buffer.from(hex, 'hex'), ...(fPort === undefined ? {} : { FPort: fPort }) },
        },
        ...([AppSKey, NwkSKey, undefined, upper] as const),
      );
      if (fPort === undefined) recalculateMIC(packet, NwkSKey, undefined, upper);
      return phyOf(packet);
    },
  };
}
