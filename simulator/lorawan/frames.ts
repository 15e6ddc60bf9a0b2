/** Frames as a device writes and reads them (LoRaWAN 1.0.4 §4 and §6); `lora-packet` has the cryptography. */
import { createRequire } from 'node:module';

// Required, not imported: as a module it has the same things elsewhere than its types say.
const loraPacket: typeof import('lora-packet').default = createRequire(import.meta.url)('lora-packet');
const { decrypt, decryptJoinAccept, fromFields, fromWire, generateSessionKeys10, recalculateMIC, verifyMIC } =
  loraPacket;

/** Who a device is, before it has joined. */
export interface DeviceKeys {
  /** 16 lower-case hex digits. */
  readonly devEui: string;
  /** 16 lower-case hex digits; also called AppEUI. */
  readonly joinEui: string;
  /** 16 bytes. */
  readonly appKey: Buffer;
}

/** What a join gave. */
export interface Session {
  readonly devAddr: Buffer;
  readonly nwkSKey: Buffer;
  readonly appSKey: Buffer;
}

export interface JoinAccept {
  readonly session: Session;
  readonly rx1Offset: number;
  readonly rx2DataRate: number;
  readonly receiveDelaySeconds: number;
  /** CFList, empty where there is none. */
  readonly channelList: Buffer;
}

/** MHDR, AppEUI, DevEUI, DevNonce, MIC. @param devNonce 0 to 65,535 */
export function joinRequest({ devEui, joinEui, appKey }: DeviceKeys, devNonce: number): Buffer {
  const fields = {
    ...{ MType: 'Join Request', AppEUI: Buffer.from(joinEui, 'hex'), DevEUI: Buffer.from(devEui, 'hex') },
    DevNonce: nonceBytes(devNonce),
  };
  return phyOf(fromFields(fields, undefined, undefined, appKey));
}

function nonceBytes(devNonce: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(devNonce);
  return bytes;
}

const joinAcceptType = 1;
/** Without and with a channel list. */
const joinAcceptBytes = [17, 33];
/** DLSettings bit 7: a network of LoRaWAN 1.1 answers with other keys. */
const optNeg = 0x80;

function typeOf(phy: Buffer): number {
  return (phy[0] ?? 0) >> 5;
}

/** The answer to a join request with that DevNonce, or undefined where it is no answer to it. */
export function readJoinAccept(
  phy: Buffer,
  { appKey }: DeviceKeys,
  devNonce: number,
): JoinAccept | undefined {
  if (typeOf(phy) !== joinAcceptType || !joinAcceptBytes.includes(phy.length)) return undefined;
  const packet = fromWire(decryptJoinAccept(fromWire(phy), appKey));
  const { AppNonce, NetID, DevAddr, DLSettings, RxDelay, CFList } = packet;
  if (!(AppNonce && NetID && DevAddr && DLSettings && RxDelay)) return undefined;
  const settings = DLSettings.readUInt8(0);
  // Before the MIC: lora-packet would ask for keys of LoRaWAN 1.1.
  if (settings & optNeg || !verifyMIC(packet, undefined, appKey)) return undefined;
  const { NwkSKey, AppSKey } = generateSessionKeys10(appKey, NetID, AppNonce, nonceBytes(devNonce));
  return {
    session: { devAddr: DevAddr, nwkSKey: NwkSKey, appSKey: AppSKey },
    rx1Offset: (settings >> 4) & 7,
    rx2DataRate: settings & 15,
    receiveDelaySeconds: Math.max(1, RxDelay.readUInt8(0) & 15),
    channelList: CFList ?? Buffer.alloc(0),
  };
}

export interface UplinkFrame {
  readonly confirmed: boolean;
  /** The full 32-bit counter. */
  readonly fCnt: number;
  readonly adr: boolean;
  readonly adrAckReq: boolean;
  readonly ack: boolean;
  /** MAC commands in the open, at most 15 bytes. */
  readonly fOpts: Buffer;
  /** Port 0 is for MAC commands; absent: nothing but the header. */
  readonly fPort?: number;
  readonly payload: Buffer;
}

/** The upper half of a counter, as lora-packet takes it: low byte first. */
function upperHalf(fCnt: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(Math.floor(fCnt / 0x1_0000) & 0xffff);
  return bytes;
}

/** A data frame with payload encrypted and MIC. */
export function dataUp({ devAddr, nwkSKey, appSKey }: Session, frame: UplinkFrame): Buffer {
  const { confirmed, fCnt, adr, adrAckReq, ack, fOpts, fPort, payload } = frame;
  const upper = upperHalf(fCnt);
  const fields = {
    ...{ MType: confirmed ? 'Confirmed Data Up' : 'Unconfirmed Data Up', DevAddr: devAddr },
    FCtrl: { ADR: adr, ADRACKReq: adrAckReq, ACK: ack },
    ...{ FCnt: fCnt & 0xffff, FOpts: fOpts, payload },
    ...(fPort === undefined ? {} : { FPort: fPort }),
  };
  const packet = fromFields(fields, appSKey, nwkSKey, undefined, upper);
  // It writes a MIC only where there is a port.
  if (fPort === undefined) recalculateMIC(packet, nwkSKey, undefined, upper);
  return phyOf(packet);
}

export interface DownlinkFrame {
  readonly confirmed: boolean;
  readonly fCnt: number;
  readonly ack: boolean;
  readonly fPending: boolean;
  /** MAC commands, from FOpts or from the payload of port 0. */
  readonly macCommands: Buffer;
  /** Of the application; absent in frames of the network alone. */
  readonly fPort?: number;
  readonly payload: Buffer;
}

/** Unconfirmed and confirmed data down. */
const downTypes = [3, 5];
/** MHDR, DevAddr, FCtrl, FCnt, MIC. */
const dataBytesMin = 12;
const fOptsLength = 0x0f;
/** Further ahead than this a counter is not believed (MAX_FCNT_GAP, LoRaWAN 1.0.3 §4.3.1.5). */
const fCntGapMax = 16_384;

/**
 * A frame for this session, newer than the one with counter `lastFCnt` (-1: none yet); undefined where it is for somebody
 * else, old, forged or broken.
 */
export function readDataDown(phy: Buffer, session: Session, lastFCnt: number): DownlinkFrame | undefined {
  const bytesMin = dataBytesMin + ((phy[5] ?? 0) & fOptsLength);
  if (!downTypes.includes(typeOf(phy)) || phy.length < bytesMin) return undefined;
  const packet = fromWire(phy);
  if (!packet.DevAddr?.equals(session.devAddr)) return undefined;
  const ahead = ((packet.getFCnt() ?? 0) - lastFCnt) & 0xffff;
  const fCnt = lastFCnt + ahead;
  if (ahead === 0 || ahead > fCntGapMax) return undefined;
  const upper = upperHalf(fCnt);
  if (!verifyMIC(packet, session.nwkSKey, undefined, upper)) return undefined;
  const { fOpts, fPort, payload } = bodyOf(packet, session, upper);
  // Commands in both places are against the rules (LoRaWAN 1.0.4 §4.3.1.6).
  if (fPort === 0 && fOpts.length > 0) return undefined;
  return {
    ...{ confirmed: packet.isConfirmed(), fCnt },
    ...{ ack: packet.getFCtrlACK() === true, fPending: packet.getFCtrlFPending() === true },
    macCommands: fPort === 0 ? payload : fOpts,
    ...(fPort === null || fPort === 0 ? { payload: Buffer.alloc(0) } : { fPort, payload }),
  };
}

type Packet = ReturnType<typeof fromWire>;

function bodyOf(packet: Packet, { appSKey, nwkSKey }: Session, upper: Buffer) {
  const payload = packet.FRMPayload?.length ? decrypt(packet, appSKey, nwkSKey, upper) : Buffer.alloc(0);
  return { fOpts: packet.FOpts ?? Buffer.alloc(0), fPort: packet.getFPort(), payload };
}

function phyOf(packet: Packet): Buffer {
  const phy = packet.getPHYPayload();
  if (!phy) throw new TypeError('lora-packet made no frame of complete fields');
  return phy;
}
