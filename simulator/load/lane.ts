import type { MqttClient } from 'mqtt';
import { type Poison, poisonAt } from './poison.ts';
import type { Tally } from './tally.ts';
import type { LoadUplinks } from './uplinks.ts';

/** Packet ids are 1 to 65,535 (MQTT 3.1.1 §2.3.1). */
const packetIds = 65_536;
const nothing = -1;

/** Which uplinks a connection publishes: those of every so-many-th device, one after the other. */
export interface LaneOptions {
  readonly client: MqttClient;
  readonly uplinks: LoadUplinks;
  readonly tally: Tally;
  /** Of the lane; it has the devices `index`, `index + lanes`, `index + 2 * lanes` … below `devices`. */
  readonly index: number;
  readonly lanes: number;
  readonly devices: number;
  /** How many may be unacknowledged. */
  readonly windowMax: number;
  /** Counter of each device's first uplink. */
  readonly fCntFrom: number;
  /** So many of its messages are poisoned, 0 to 1. */
  readonly poisonShare: number;
}

/**
 * One connection with a window of unacknowledged uplinks. mqtt.js connects, keeps alive and reads; packets made
 * beforehand go to its stream, and their acknowledgements are taken from its event `packetreceive`.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #own: number;
  /** By packet id the uplink that is under way with it: how many this lane had sent before. */
  readonly #underWay = new Float64Array(packetIds).fill(nothing);
  #sent = 0;
  #unacked = 0;
  #lastPacketId = 0;
  #timeMs = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#own = Math.ceil((options.devices - options.index) / options.lanes);
    options.client.on('packetreceive', ({ cmd, messageId }) => {
      if (cmd === 'puback' && messageId !== undefined) this.#acknowledged(messageId);
    });
    options.client.on('close', () => this.giveUp());
  }

  /** Of the newest uplink, ms UTC. */
  get lastTimeMs(): number {
    return this.#timeMs;
  }

  get sent(): number {
    return this.#sent;
  }

  get unacked(): number {
    return this.#unacked;
  }

  /** How many may be sent now. */
  get room(): number {
    return this.#options.client.connected ? this.#options.windowMax - this.#unacked : 0;
  }

  /** Publishes the next `count` uplinks, at most {@link room}, in one write, dated now (ms UTC) or a little later. */
  send(count: number, nowMs: number): void {
    const { uplinks, client } = this.#options;
    const first = this.#sent;
    let bytes = 0;
    for (let index = first; index < first + count; index++)
      bytes += uplinks.bytesOf(this.#deviceOf(index), this.#fCntOf(index), this.#poisonOf(index));
    const packets = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (let index = first; index < first + count; index++) {
      const [device, fCnt, poison] = [this.#deviceOf(index), this.#fCntOf(index), this.#poisonOf(index)];
      uplinks.write(packets, at, this.#nextPacketId(index), device, fCnt, this.#timeOf(index, nowMs), poison);
      at += uplinks.bytesOf(device, fCnt, poison);
    }
    this.#sent += count;
    this.#unacked += count;
    client.stream.write(packets);
  }

  /** What is not acknowledged now never will be. */
  giveUp(): void {
    if (this.#unacked === 0) return;
    for (const [packetId, index] of this.#underWay.entries()) {
      if (index === nothing) continue;
      this.#underWay[packetId] = nothing;
      this.#options.tally.giveUp(this.#deviceOf(index), this.#fCntOf(index), this.#poisonOf(index));
    }
    this.#unacked = 0;
  }

  #acknowledged(packetId: number): void {
    const index = this.#underWay[packetId] ?? nothing;
    if (index === nothing) return;
    this.#underWay[packetId] = nothing;
    this.#unacked--;
    this.#options.tally.acknowledge(this.#deviceOf(index), this.#fCntOf(index), this.#poisonOf(index));
  }

  /** The next id no uplink is under way with; there are more ids than the window is wide. */
  #nextPacketId(index: number): number {
    do this.#lastPacketId = (this.#lastPacketId % (packetIds - 1)) + 1;
    while (this.#underWay[this.#lastPacketId] !== nothing);
    this.#underWay[this.#lastPacketId] = index;
    return this.#lastPacketId;
  }

  /** No device says two things at the same time: a reading is known by its device and time. And no whole seconds. */
  #timeOf(index: number, nowMs: number): number {
    const anew = index % this.#own === 0 ? 1 : 0;
    this.#timeMs = Math.max(nowMs, this.#timeMs + anew);
    if (this.#timeMs % 1000 === 0) this.#timeMs++;
    return this.#timeMs;
  }

  #deviceOf(index: number): number {
    return this.#options.index + (index % this.#own) * this.#options.lanes;
  }

  #poisonOf(index: number): Poison | undefined {
    return poisonAt(index, this.#options.poisonShare);
  }

  #fCntOf(index: number): number {
    return this.#options.fCntFrom + Math.floor(index / this.#own);
  }
}
