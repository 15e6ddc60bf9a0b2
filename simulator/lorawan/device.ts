import type { Rng } from '../rng.ts';
import { DutyCycle } from './duty-cycle.ts';
import {
  adrAckDelay,
  adrAckLimit,
  dataRateOf,
  eirpDbm,
  isDataRate,
  joinAcceptDelayMs,
  rx1DataRate,
  rx1OffsetMax,
  usualDataRateMax,
} from './eu868.ts';
import {
  type DeviceKeys,
  type DownlinkFrame,
  dataUp,
  type JoinAccept,
  joinRequest,
  readDataDown,
  readJoinAccept,
  type Session,
} from './frames.ts';
import { answerMac, isRepeated } from './mac-answers.ts';
import { readDownCommands, type UpCommand, writeUpCommand } from './mac-commands.ts';
import { RadioSettings } from './radio-settings.ts';
import { airtimeMs, ReceiveWindows, type Transmission } from './receive-windows.ts';

export interface DeviceOptions {
  readonly keys: DeviceKeys;
  /** It joins from then on, ms UTC. */
  readonly startMs: number;
  /** 0 to 65,535; every join request takes the next one (LoRaWAN 1.0.4 §6.2.4). */
  readonly devNonceFrom: number;
  /** What it says of its battery: 0 external power, 1 … 254 empty … full, 255 unknown. */
  readonly battery: number;
  readonly rng: Rng;
}

/** What an application wants to send. */
export interface Payload {
  /** 1 to 223. */
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly confirmed: boolean;
}

/** What the application of a device was sent. */
export interface DeviceDownlink {
  readonly devEui: string;
  readonly timeMs: number;
  readonly fCnt: number;
  readonly fPort: number;
  readonly bytes: Buffer;
}

/** What a device has done so far. */
export interface DeviceCounts {
  joinRequests: number;
  joins: number;
  /** Frames with a counter of their own, and how often one was said again. */
  uplinks: number;
  repeats: number;
  downlinks: number;
  /** Confirmed uplinks nobody acknowledged. */
  unacknowledged: number;
  /** Payloads that were not sent: newer ones took their place, or they were longer than the data rate allows. */
  displaced: number;
  tooLong: number;
}

/** A frame that may be said again as it is. */
interface Flight {
  readonly phy: Buffer;
  readonly bytes: number;
  readonly confirmed: boolean;
  sent: number;
}

/** Payloads that wait; sensors keep few. */
const waitingMax = 8;
const fOptsBytesMax = 15;
const applicationPortMax = 223;
/** LoRaWAN 1.0.3 §18.4 recommends eight, and a slower rate after every two. */
const confirmedSendsMax = 8;
const sendsPerRate = 2;
/** Slowed down from the fastest rate to the slowest, and still nothing: the network does not know us any more. */
const lostAfterUplinks = adrAckLimit + adrAckDelay * (usualDataRateMax + 1);
/** ACK_TIMEOUT of RP002-1.0.4 §2.4.9: 2 ± 1 s. */
const ackTimeoutMs = [1000, 3000] as const;
/** The first join is tried again after about so long, then after twice as long each time, up to the longest. */
const joinBackoffMs = 10_000;
/** Twelve requests a day are 7 s on the air; LoRaWAN 1.0.4 §7 allows 8.7 s. */
const joinBackoffMsMax = 2 * 3_600_000;

/**
 * A class A device of LoRaWAN 1.0.x in EU868: joins, sends, listens, answers. It has no clock and no antenna: whoever has
 * them calls {@link wake} when it is time and {@link receive} with what arrived.
 */
export class Device {
  readonly counts: DeviceCounts = {
    ...{ joinRequests: 0, joins: 0, uplinks: 0, repeats: 0, downlinks: 0 },
    ...{ unacknowledged: 0, displaced: 0, tooLong: 0 },
  };
  readonly #options: DeviceOptions;
  readonly #duty = new DutyCycle();
  readonly #waiting: Payload[] = [];
  #settings: RadioSettings;
  #session: Session | undefined;
  #fCntUp = 0;
  #fCntDown = -1;
  #joinAttempt = 0;
  #devNonce: number;
  #notBeforeMs: number;
  #flight: Flight | undefined;
  #windows: ReceiveWindows | undefined;
  #answers: UpCommand[] = [];
  #ackDue = false;
  #speakSoon = false;
  #unanswered = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#settings = new RadioSettings(usualDataRateMax);
    this.#devNonce = options.devNonceFrom;
    this.#notBeforeMs = options.startMs;
  }

  get devEui(): string {
    return this.#options.keys.devEui;
  }

  get joined(): boolean {
    return this.#session !== undefined;
  }

  /** Whether a window is open, or will be. */
  get listens(): boolean {
    return this.#windows !== undefined;
  }

  /** When it has to be called again, ms UTC; Infinity while it has nothing to do. */
  get wakeMs(): number {
    if (this.#windows) return this.#windows.closeMs;
    const idle = this.#session && !this.#flight && this.#waiting.length === 0 && !this.#speakSoon;
    if (idle) return Number.POSITIVE_INFINITY;
    const freeAtMs = this.#channels().map(({ frequencyHz }) => this.#duty.freeAtMs(frequencyHz));
    return Math.max(this.#notBeforeMs, Math.min(...freeAtMs));
  }

  /**
   * Takes a payload to send as soon as one may; where too many wait the oldest is given up.
   * @throws {RangeError} where the port is none of an application's
   */
  push(payload: Payload): void {
    const { fPort } = payload;
    if (!(Number.isInteger(fPort) && fPort >= 1 && fPort <= applicationPortMax))
      throw new RangeError(`${this.devEui}: port ${fPort}; applications have 1 to ${applicationPortMax}`);
    this.#waiting.push(payload);
    if (this.#waiting.length <= waitingMax) return;
    this.#waiting.shift();
    this.counts.displaced += 1;
  }

  /** What it sends now; undefined where it does not. */
  wake(nowMs: number): Transmission | undefined {
    if (this.#windows && nowMs >= this.#windows.closeMs) this.#heardNothing(nowMs);
    if (!this.#flight && this.#unanswered >= lostAfterUplinks) this.#loseSession();
    if (nowMs < this.wakeMs) return undefined;
    if (!this.#session) return this.#join(nowMs);
    this.#flight ??= this.#nextFlight(this.#session);
    // A new frame may have changed to other channels, where one has to wait.
    if (!this.#flight || nowMs < this.wakeMs) return undefined;
    if (this.#flight.sent > 0) this.counts.repeats += 1;
    this.#flight.sent += 1;
    return this.#send(this.#flight.phy, nowMs, 1000 * this.#settings.receiveDelaySeconds);
  }

  /** Whether a downlink that begins now meets an open window; the device then listens to its end. */
  catches(downlink: Transmission): boolean {
    return this.#windows?.catches(downlink) ?? false;
  }

  /** A frame that was caught, at its end. @returns what it holds for the application */
  receive(phy: Buffer, snrDb: number, nowMs: number): DeviceDownlink | undefined {
    if (!this.#windows) return undefined;
    if (!this.#session) {
      const accept = readJoinAccept(phy, this.#options.keys, this.#devNonce);
      if (accept && isDataRate(accept.rx2DataRate) && accept.rx1Offset <= rx1OffsetMax)
        this.#begin(accept, nowMs);
      return undefined;
    }
    const frame = readDataDown(phy, this.#session, this.#fCntDown);
    if (!frame) return undefined;
    this.#take(frame, snrDb, nowMs);
    const { fPort, fCnt, payload } = frame;
    if (fPort === undefined || fPort > applicationPortMax) return undefined;
    return { devEui: this.devEui, timeMs: nowMs, fCnt, fPort, bytes: payload };
  }

  #channels() {
    return this.#settings.usable(this.#settings.dataRate);
  }

  #join(nowMs: number): Transmission {
    this.#devNonce = (this.#options.devNonceFrom + this.counts.joinRequests) & 0xffff;
    this.counts.joinRequests += 1;
    // Slower with each attempt, and fast again after the slowest: who is near need not shout.
    this.#settings = new RadioSettings(usualDataRateMax - (this.#joinAttempt % (usualDataRateMax + 1)));
    this.#joinAttempt += 1;
    return this.#send(joinRequest(this.#options.keys, this.#devNonce), nowMs, joinAcceptDelayMs);
  }

  #loseSession(): void {
    this.#session = undefined;
    this.#settings = new RadioSettings(usualDataRateMax);
    this.#unanswered = 0;
  }

  #begin(
    { session, rx1Offset, rx2DataRate, receiveDelaySeconds, channelList }: JoinAccept,
    nowMs: number,
  ): void {
    this.counts.joins += 1;
    this.#session = session;
    this.#settings = new RadioSettings(this.#settings.dataRate);
    Object.assign(this.#settings, { rx1Offset, rx2DataRate, receiveDelaySeconds });
    this.#settings.takeChannelList(channelList);
    [this.#fCntUp, this.#fCntDown, this.#joinAttempt, this.#unanswered] = [0, -1, 0, 0];
    [this.#answers, this.#ackDue, this.#speakSoon] = [[], false, false];
    // What a sensor says first tells the server that it has joined.
    this.#quietUntil(nowMs + this.#options.rng.int(...ackTimeoutMs));
  }

  #take(frame: DownlinkFrame, snrDb: number, nowMs: number): void {
    this.counts.downlinks += 1;
    this.#fCntDown = frame.fCnt;
    this.#unanswered = 0;
    const facts = {
      ...{ battery: this.#options.battery, snrDb },
      limitDutyCycle: (exponent: number) => this.#duty.limitTo(exponent),
    };
    // What was to be repeated until something comes down has been heard.
    this.#answers = answerMac(this.#settings, readDownCommands(frame.macCommands), facts);
    this.#ackDue = frame.confirmed;
    this.#speakSoon = frame.confirmed || frame.fPending;
    if (!this.#flight?.confirmed || frame.ack) this.#flight = undefined;
    this.#quietUntil(nowMs + this.#options.rng.int(...ackTimeoutMs));
    this.#endFlightWhereSpent();
  }

  #quietUntil(untilMs: number): void {
    this.#windows = undefined;
    this.#notBeforeMs = untilMs;
  }

  /** Both windows have passed. */
  #heardNothing(nowMs: number): void {
    const { rng } = this.#options;
    if (!this.#session) {
      const backoffMs = Math.min(joinBackoffMsMax, joinBackoffMs * 2 ** (this.#joinAttempt - 1));
      this.#quietUntil(nowMs + rng.int(backoffMs / 2, 1.5 * backoffMs));
      return;
    }
    this.#quietUntil(nowMs + (this.#flight?.confirmed ? rng.int(...ackTimeoutMs) : 0));
    this.#endFlightWhereSpent();
    const flight = this.#flight;
    const slower = this.#settings.dataRate - 1;
    if (flight?.confirmed && flight.sent % sendsPerRate === 0 && this.#mayUse(slower, flight.bytes))
      this.#settings.dataRate = slower;
  }

  #mayUse(dataRate: number, bytes: number): boolean {
    return isDataRate(dataRate) && bytes <= dataRateOf(dataRate).payloadBytesMax;
  }

  #endFlightWhereSpent(): void {
    const flight = this.#flight;
    const { nbTrans } = this.#settings;
    const sendsMax = flight?.confirmed ? Math.max(confirmedSendsMax, nbTrans) : nbTrans;
    if (!flight || flight.sent < sendsMax) return;
    if (flight.confirmed) this.counts.unacknowledged += 1;
    this.#flight = undefined;
  }

  /** The next frame, with a counter of its own. */
  #nextFlight(session: Session): Flight | undefined {
    const bytesMax = dataRateOf(this.#settings.dataRate).payloadBytesMax;
    while ((this.#waiting[0]?.bytes.length ?? 0) > bytesMax) {
      this.#waiting.shift();
      this.counts.tooLong += 1;
    }
    const answers = this.#answers.map(writeUpCommand);
    const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);
    const [wanted] = this.#waiting;
    if (!wanted && answers.length === 0 && !this.#speakSoon) return undefined;
    const inHeader =
      lengthOf(answers) <= fOptsBytesMax && lengthOf(answers) + (wanted?.bytes.length ?? 0) <= bytesMax;
    if (inHeader) {
      this.#waiting.shift();
      return this.#flightOf(session, Buffer.concat(answers), wanted);
    }
    // They go first, in a frame of their own on port 0; what the rate cannot carry is asked for again by the server.
    while (lengthOf(answers) > bytesMax) answers.pop();
    return this.#flightOf(session, Buffer.alloc(0), {
      fPort: 0,
      bytes: Buffer.concat(answers),
      confirmed: false,
    });
  }

  #flightOf(session: Session, fOpts: Buffer, payload: Payload | undefined): Flight {
    this.#watchLink();
    const confirmed = payload?.confirmed ?? false;
    const phy = dataUp(session, {
      ...{ confirmed, fCnt: this.#fCntUp, adr: true, adrAckReq: this.#unanswered >= adrAckLimit },
      ...{ ack: this.#ackDue, fOpts, payload: Buffer.from(payload?.bytes ?? []) },
      ...(payload ? { fPort: payload.fPort } : {}),
    });
    this.#fCntUp += 1;
    this.counts.uplinks += 1;
    this.#answers = this.#answers.filter(isRepeated);
    [this.#ackDue, this.#speakSoon] = [false, false];
    return { phy, confirmed, bytes: fOpts.length + (payload?.bytes.length ?? 0), sent: 0 };
  }

  /** Nothing came down for long: slower, louder, and on the channels every network has (LoRaWAN 1.0.4 §4.3.1.1). */
  #watchLink(): void {
    this.#unanswered += 1;
    const overdue = this.#unanswered - adrAckLimit;
    if (overdue <= 0 || overdue % adrAckDelay !== 0) return;
    this.#settings.backToDefaults();
    if (this.#settings.dataRate > 0) this.#settings.dataRate -= 1;
  }

  #send(phy: Buffer, nowMs: number, delayMs: number): Transmission {
    const { dataRate, txPower, rx1Offset, rx2DataRate, rx2FrequencyHz } = this.#settings;
    const channel = this.#options.rng.pick(
      this.#channels().filter(({ frequencyHz }) => this.#duty.freeAtMs(frequencyHz) <= nowMs),
    );
    const { frequencyHz } = channel;
    const { spreadingFactor, bandwidthHz } = dataRateOf(dataRate);
    const lastsMs = airtimeMs(phy, { spreadingFactor, bandwidthHz }, 'up');
    this.#duty.sent(frequencyHz, nowMs, lastsMs);
    const endMs = nowMs + lastsMs;
    this.#windows = new ReceiveWindows(
      {
        ...{ startMs: endMs + delayMs, frequencyHz: channel.downlinkHz },
        dataRate: rx1DataRate(dataRate, rx1Offset),
      },
      { frequencyHz: rx2FrequencyHz, dataRate: rx2DataRate },
    );
    return {
      ...{ phy, frequencyHz, spreadingFactor, bandwidthHz },
      ...{ eirpDbm: eirpDbm(txPower), startMs: nowMs, endMs },
    };
  }
}
