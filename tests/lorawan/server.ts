/**
 * A small LoRaWAN network server for tests: its own state, its own reading of frames and MAC commands, only the cryptography
 * from `lora-packet`. Whatever is against the rules lands in {@link LorawanServer.problems}.
 */
import { createRequire } from 'node:module';
import { type HeardFrame, readAck, readUp, writeDown } from './phy.ts';

// Required, not imported: as a module it has the same things elsewhere than its types say.
const loraPacket: typeof import('lora-packet').default = createRequire(import.meta.url)('lora-packet');
const { decrypt, fromFields, fromWire, generateSessionKeys10, recalculateMIC, verifyMIC } = loraPacket;
type Packet = ReturnType<typeof fromWire>;

/** What an application was told. */
export interface ReceivedUplink {
  readonly fCnt: number;
  readonly fPort: number;
  readonly hex: string;
  readonly confirmed: boolean;
}

/** When and where a device sent; of one gateway's copy. */
export interface Sending {
  readonly devEui: string;
  readonly endMs: number;
  readonly bytes: number;
  readonly frequencyHz: number;
  readonly spreadingFactor: number;
}

interface ServerDevice {
  readonly devEui: string;
  readonly appKey: Buffer;
  readonly devNonces: Set<number>;
  readonly uplinks: ReceivedUplink[];
  readonly answers: string[];
  joins: number;
  nwkSKey: Buffer;
  appSKey: Buffer;
  fCntUp: number;
  fCntDown: number;
  lastPhy: string;
  repeats: number;
  gaps: number;
}

export interface ServerOptions {
  /** Root keys by DevEUI. */
  readonly keys: ReadonlyMap<string, Buffer>;
  readonly nowMs: () => number;
  /** How the answers of uplinks reach the gateways. */
  readonly send: (topic: string, payload: Buffer) => void;
}

/** 867.1 to 867.9 MHz, as ChirpStack hands them out: 100 Hz, three bytes, low first. */
const channelList = Buffer.from('184f84e85684b85e84886684586e8400', 'hex');
const gatewayPower = 16;
const rx2 = { frequencyHz: 869_525_000, spreadingFactor: 12, power: 29 };
/** Lengths of what devices answer: LoRaWAN 1.0.4 §5, by command. */
const answerBytes: Readonly<Record<number, number>> = { 2: 0, 3: 1, 4: 0, 5: 1, 6: 2, 7: 1, 8: 0, 10: 1 };
/** Counter of the uplink after which radio and status are asked for. */
const askedAt = 2;
const toldAt = 5;

export class LorawanServer {
  readonly devices: ReadonlyMap<string, ServerDevice>;
  readonly problems: string[] = [];
  readonly sendings: Sending[] = [];
  readonly stats = new Map<string, number>();
  /** Statuses of each downlink, by its number. */
  readonly acks = new Map<number, string>();
  /** Copies heard by further gateways. */
  copies = 0;
  downlinks = 0;
  received = 0;
  readonly #options: ServerOptions;
  readonly #byAddress = new Map<string, ServerDevice>();
  readonly #seen = new Map<string, number>();

  constructor(options: ServerOptions) {
    this.#options = options;
    const empty = Buffer.alloc(16);
    this.devices = new Map(
      [...options.keys].map(([devEui, appKey]) => [
        devEui,
        {
          ...{ devEui, appKey, devNonces: new Set<number>(), uplinks: [], answers: [], joins: 0 },
          ...{ nwkSKey: empty, appSKey: empty, fCntUp: -1, fCntDown: -1, lastPhy: '', repeats: 0, gaps: 0 },
        },
      ]),
    );
  }

  /** A message on `eu868/gateway/<id>/event/<kind>`. */
  take(topic: string, payload: Buffer): void {
    this.received += 1;
    const [, , gatewayId = '', , kind] = topic.split('/');
    if (kind === 'stats') this.stats.set(gatewayId, (this.stats.get(gatewayId) ?? 0) + 1);
    if (kind === 'ack') {
      const { downlinkId, statuses } = readAck(payload);
      if (this.acks.has(downlinkId)) this.problems.push(`downlink ${downlinkId} acknowledged twice`);
      this.acks.set(downlinkId, statuses.join(' '));
    }
    if (kind !== 'up') return;
    const frame = readUp(payload);
    if (frame.gatewayId !== gatewayId) this.problems.push(`${gatewayId} speaks for ${frame.gatewayId}`);
    // Copies of one frame end at the same moment; the same bytes later are a frame said again.
    const name = frame.phy.toString('hex');
    const nowMs = this.#options.nowMs();
    if (this.#seen.get(name) === nowMs) {
      this.copies += 1;
      return;
    }
    this.#seen.set(name, nowMs);
    const packet = fromWire(frame.phy);
    if (packet.isJoinRequestMessage()) this.#join(packet, frame);
    else this.#data(packet, frame);
  }

  #note(device: ServerDevice, { phy, frequencyHz, spreadingFactor }: HeardFrame): void {
    const endMs = this.#options.nowMs();
    this.sendings.push({ devEui: device.devEui, endMs, bytes: phy.length, frequencyHz, spreadingFactor });
  }

  #join(packet: Packet, frame: HeardFrame): void {
    const device = this.devices.get(packet.DevEUI?.toString('hex') ?? '');
    if (!device || !packet.DevNonce) return void this.problems.push('a join of nobody we know');
    this.#note(device, frame);
    if (!verifyMIC(packet, undefined, device.appKey)) this.problems.push(`${device.devEui}: MIC of its join`);
    const devNonce = packet.DevNonce.readUInt16BE();
    if (device.devNonces.has(devNonce)) return void this.problems.push(`${device.devEui}: DevNonce again`);
    device.devNonces.add(devNonce);
    device.joins += 1;
    const appNonce = Buffer.from([0, device.joins, 7]);
    const netId = Buffer.from([0, 0, 1]);
    const devAddr = Buffer.from(
      `01${device.joins.toString(16).padStart(2, '0')}${device.devEui.slice(-4)}`,
      'hex',
    );
    const keys = generateSessionKeys10(device.appKey, netId, appNonce, packet.DevNonce);
    Object.assign(device, { nwkSKey: keys.NwkSKey, appSKey: keys.AppSKey, fCntUp: -1, fCntDown: -1 });
    this.#byAddress.set(devAddr.toString('hex'), device);
    const fields = {
      ...{ MType: 'Join Accept', AppNonce: appNonce, NetID: netId, DevAddr: devAddr },
      ...{ DLSettings: 0, RxDelay: 1, CFList: channelList },
    };
    this.#answer(frame, fromFields(fields, undefined, undefined, device.appKey), 5);
  }

  #data(packet: Packet, frame: HeardFrame): void {
    const device = this.#byAddress.get(packet.DevAddr?.toString('hex') ?? '');
    if (!device) return void this.problems.push('an uplink of nobody we know');
    this.#note(device, frame);
    const hex = frame.phy.toString('hex');
    const ahead = ((packet.getFCnt() ?? 0) - device.fCntUp) & 0xffff;
    const fCnt = device.fCntUp + ahead;
    const upper = Buffer.alloc(2);
    upper.writeUInt16LE(fCnt >>> 16);
    if (!verifyMIC(packet, device.nwkSKey, undefined, upper))
      return void this.problems.push(`${device.devEui}: MIC of frame ${fCnt}`);
    if (ahead === 0 && hex !== device.lastPhy) this.problems.push(`${device.devEui}: counter ${fCnt} twice`);
    if (ahead === 0) device.repeats += 1;
    else this.#newFrame(device, packet, fCnt, upper);
    device.gaps += Math.max(0, ahead - 1);
    device.lastPhy = hex;
    this.#reply(device, packet, frame, fCnt, ahead === 0);
  }

  #newFrame(device: ServerDevice, packet: Packet, fCnt: number, upper: Buffer): void {
    device.fCntUp = fCnt;
    const fPort = packet.getFPort();
    const payload = packet.FRMPayload?.length
      ? decrypt(packet, device.appSKey, device.nwkSKey, upper)
      : Buffer.alloc(0);
    const mac = fPort === 0 ? payload : (packet.FOpts ?? Buffer.alloc(0));
    for (let at = 0; at < mac.length; ) {
      const length = answerBytes[mac[at] ?? 0];
      if (length === undefined)
        return void this.problems.push(`${device.devEui}: MAC ${mac.toString('hex')}`);
      device.answers.push(mac.subarray(at, at + 1 + length).toString('hex'));
      at += 1 + length;
    }
    if (!fPort) return;
    const confirmed = packet.isConfirmed();
    device.uplinks.push({ fCnt, fPort, hex: payload.toString('hex'), confirmed });
  }

  #reply(device: ServerDevice, packet: Packet, frame: HeardFrame, fCnt: number, again: boolean): void {
    const ack = packet.isConfirmed();
    const asks = fCnt === askedAt && !again;
    const tells = fCnt === toldAt && !again;
    if (!(ack || asks || tells || packet.getFCtrlADRACKReq())) return;
    device.fCntDown += 1;
    const rate = 12 - frame.spreadingFactor;
    // Same data rate, full power, the eight channels, one transmission; and how it is.
    const fOpts = asks ? Buffer.from([3, rate << 4, 0xff, 0, 1, 6]) : Buffer.alloc(0);
    const fields = {
      ...{
        MType: 'Unconfirmed Data Down',
        DevAddr: packet.DevAddr ?? Buffer.alloc(4),
        FCnt: device.fCntDown,
      },
      ...{ FCtrl: { ACK: ack, ADR: true }, FOpts: fOpts, payload: Buffer.from(tells ? 'cafe' : '', 'hex') },
      ...(tells ? { FPort: 10 } : {}),
    };
    const down = fromFields(fields, device.appSKey, device.nwkSKey);
    if (!tells) recalculateMIC(down, device.nwkSKey);
    this.#answer(frame, down, 1);
  }

  #answer(frame: HeardFrame, packet: Packet, delaySeconds: number): void {
    const { frequencyHz, spreadingFactor, gatewayId } = frame;
    const phy = packet.getPHYPayload();
    if (!phy) throw new Error('no downlink');
    const windows = [
      { delaySeconds, frequencyHz, spreadingFactor, power: gatewayPower },
      { delaySeconds: delaySeconds + 1, ...rx2 },
    ];
    this.downlinks += 1;
    const payload = writeDown(frame, this.downlinks, phy, windows);
    this.#options.send(`eu868/gateway/${gatewayId}/command/down`, payload);
  }
}
