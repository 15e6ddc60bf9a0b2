import type { Location, Reception } from '../propagation.ts';
import type { Rng } from '../rng.ts';
import { defaultFrequenciesHz, subBandOf } from './eu868.ts';
import type {
  DownlinkCommand,
  DownlinkItem,
  GatewayCounts,
  GatewayEvent,
  TxStatus,
} from './gateway-events.ts';
import { airtimeMs, type Transmission } from './receive-windows.ts';

export interface GatewayOptions {
  /** 16 lower-case hex digits. */
  readonly id: string;
  readonly location: Location;
  /** Whether it has a satellite receiver, and so a clock worth sending along. */
  readonly hasClock: boolean;
}

/** The channels of a concentrator as ChirpStack's configuration for EU868 has them, in its order. */
const channelsHz: readonly number[] = [
  ...defaultFrequenciesHz,
  ...[867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000],
];
/** The default channels are on the second of the two radios. */
const secondRadioHz = 868_000_000;
/** 27 dBm ERP, allowed in the sub-band of the second window (ETSI EN 300 220-2, band P). */
const eirpDbmMax = 30;
/** No frame is longer: what has ended before may have drowned one that is still to be reported. */
const frameMsMax = 5000;
const contextBytes = 4;
/** The counter of a concentrator: 32 bits of microseconds, round in 71.6 minutes. */
const counterTurns = 2 ** 32;

/**
 * A gateway: says what it heard, sends what it is told when it is told, and cannot hear meanwhile. Which frames reach it, and
 * how, is said by whoever knows the air.
 */
export class Gateway {
  readonly options: GatewayOptions;
  readonly #rng: Rng;
  /** When the concentrator's counter was 0. */
  readonly #bootMs: number;
  #sending: Transmission[] = [];
  #rxPackets = 0;
  #rxPacketsOk = 0;
  #txPackets = 0;
  #txPacketsEmitted = 0;

  constructor(options: GatewayOptions, rng: Rng, startMs: number) {
    this.options = options;
    this.#rng = rng;
    this.#bootMs = startMs - rng.int(0, 3_600_000);
  }

  /** At the end of a frame that reached its antenna. @returns undefined where it was deaf, or the checksum wrong */
  hear(frame: Transmission, { rssiDbm, snrDb, ok }: Reception): GatewayEvent | undefined {
    if (this.#sendsDuring(frame)) return undefined;
    this.#rxPackets += 1;
    if (!ok) return undefined;
    this.#rxPacketsOk += 1;
    const { phy, frequencyHz, spreadingFactor, bandwidthHz, endMs } = frame;
    const context = Buffer.alloc(contextBytes);
    context.writeUInt32BE(this.#counterAt(endMs));
    const uplink = {
      ...{ phy, frequencyHz, modulation: { spreadingFactor, bandwidthHz }, uplinkId: this.#rng.uint32() },
      ...{ rssiDbm, snrDb, channel: Math.max(0, channelsHz.indexOf(frequencyHz)), context },
      rfChain: frequencyHz >= secondRadioHz ? 1 : 0,
      ...(this.options.hasClock ? { gwTimeMs: endMs } : {}),
    };
    return { kind: 'up', gatewayId: this.options.id, uplink };
  }

  /** Plans the first item that can be sent. @returns what to report, and what will be on the air */
  command(
    { downlinkId, items }: DownlinkCommand,
    nowMs: number,
  ): { ack: GatewayEvent; planned?: Transmission } {
    this.#txPackets += 1;
    this.#sending = this.#sending.filter(({ endMs }) => endMs > nowMs - frameMsMax);
    const statuses: TxStatus[] = [];
    const ack: GatewayEvent = { kind: 'ack', gatewayId: this.options.id, downlinkId, statuses };
    for (const item of items) {
      const planned = this.#plan(item, nowMs);
      statuses.push(typeof planned === 'string' ? planned : 'OK');
      if (typeof planned === 'string') continue;
      this.#sending.push(planned);
      this.#txPacketsEmitted += 1;
      return { ack, planned };
    }
    return { ack };
  }

  /** Counts since the last time, and starts anew. */
  takeCounts(): GatewayCounts {
    const counts = {
      ...{ rxPackets: this.#rxPackets, rxPacketsOk: this.#rxPacketsOk },
      ...{ txPackets: this.#txPackets, txPacketsEmitted: this.#txPacketsEmitted },
    };
    [this.#rxPackets, this.#rxPacketsOk, this.#txPackets, this.#txPacketsEmitted] = [0, 0, 0, 0];
    return counts;
  }

  #counterAt(timeMs: number): number {
    return Math.round((timeMs - this.#bootMs) * 1000) % counterTurns;
  }

  #plan(item: DownlinkItem, nowMs: number): Transmission | TxStatus {
    const { phy, frequencyHz, eirpDbm, modulation } = item;
    if (!subBandOf(frequencyHz)) return 'TX_FREQ';
    if (eirpDbm > eirpDbmMax) return 'TX_POWER';
    const startMs = this.#startOf(item, nowMs);
    if (startMs === undefined) return 'GPS_UNLOCKED';
    if (startMs < nowMs) return 'TOO_LATE';
    const endMs = startMs + airtimeMs(phy, modulation, 'down');
    const planned = { phy, frequencyHz, eirpDbm, ...modulation, startMs, endMs };
    return this.#sendsDuring(planned) ? 'COLLISION_PACKET' : planned;
  }

  #startOf({ timing, context }: DownlinkItem, nowMs: number): number | undefined {
    if (timing.kind === 'immediately') return nowMs;
    if (timing.kind === 'gpsEpoch' || context.length !== contextBytes) return undefined;
    // The counter turns: what is less than half a turn ahead is in the future.
    const ahead = (context.readUInt32BE() + 1000 * timing.delayMs - this.#counterAt(nowMs)) | 0;
    return nowMs + ahead / 1000;
  }

  #sendsDuring({ startMs, endMs }: Transmission): boolean {
    return this.#sending.some((sent) => sent.startMs < endMs && sent.endMs > startMs);
  }
}
