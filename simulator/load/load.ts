import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { messageOf } from '#core';
import type { Encoding } from '../encoding.ts';
import { Lane } from './lane.ts';
import { Pace } from './pace.ts';
import { Tally } from './tally.ts';
import { fCntMax, fCntMin, LoadUplinks } from './uplinks.ts';

/** How often uplinks are sent. */
const tickMs = 5;
/** Mosquitto holds acknowledgements back for less; whoever is slower has lost them. */
const lastAcksMs = 10_000;
const progressMs = 1000;
/** At most one write takes so many, so that acknowledgements are read in between. */
const togetherMax = 500;

export interface LoadOptions {
  readonly url: string;
  readonly encoding: Encoding;
  readonly seed: number;
  /** At most 2^24. */
  readonly devices: number;
  /** Uplinks a second, or infinity for as many as the broker takes. */
  readonly perS: number;
  /** Ends after so long, or so many uplinks, whichever is first; infinity where neither is asked. */
  readonly durationMs: number;
  readonly uplinksMax: number;
  readonly connections: number;
  /** Unacknowledged uplinks of each connection. */
  readonly windowMax: number;
  /** So many of all have something wrong (`poison.ts`), 0 to 1. */
  readonly poisonShare: number;
}

/** What happened so far. */
export interface LoadProgress {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Sent more than 100 ms after they were due. */
  readonly late: number;
  readonly errors: number;
}

/** What came of a load. */
export interface LoadResult extends LoadProgress {
  /** How many the rate and the duration ask for; as many as were sent where no rate was asked. */
  readonly asked: number;
  /** Sent, but the connection broke, or the end came, before the broker had acknowledged them. */
  readonly unacknowledged: number;
  readonly lastError?: string;
  /** CPU time of this process, in seconds. */
  readonly cpuS: number;
  readonly tally: Tally;
  readonly devEuiPrefix: string;
  /** The times of its uplinks lie between these, ms UTC. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Publishes a load and gives what came of it; `signal` ends it early. @throws where the broker cannot be reached */
export async function runLoad(
  options: LoadOptions,
  signal: AbortSignal,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadResult> {
  const uplinks = await LoadUplinks.create(options.seed, options.devices, options.encoding);
  const load = new Load(options, uplinks);
  try {
    await load.connect();
    await load.publish(signal, onProgress);
    return await load.finish();
  } finally {
    await load.close();
  }
}

class Load {
  readonly #options: LoadOptions;
  readonly #uplinks: LoadUplinks;
  readonly #tally: Tally;
  readonly #clients: MqttClient[] = [];
  #lanes: Lane[] = [];
  #pace: Pace;
  #startMs = 0;
  #fromMs = 0;
  #cpu = process.cpuUsage();
  #elapsedMs = 0;
  #errors = 0;
  #lastError: string | undefined;
  #turn = 0;

  constructor(options: LoadOptions, uplinks: LoadUplinks) {
    this.#options = options;
    this.#uplinks = uplinks;
    this.#tally = new Tally(options.devices);
    this.#pace = new Pace(options.perS, 0);
  }

  async connect(): Promise<void> {
    const { url, connections } = this.#options;
    for (let index = 0; index < connections; index++) {
      const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 1000 }, false);
      // Many small writes and acknowledgements wait for each other otherwise, 40 ms at a time.
      const undelayed = (): void => {
        if (client.stream instanceof Socket) client.stream.setNoDelay();
      };
      undelayed();
      client.on('connect', undelayed);
      client.on('error', (cause) => this.#failed(messageOf(cause)));
      client.on('close', () => {
        if (!client.disconnecting) this.#failed('the connection was closed');
      });
      this.#clients.push(client);
    }
  }

  #failed(reason: string): void {
    this.#errors++;
    this.#lastError = reason;
  }

  #progress(): LoadProgress {
    return {
      elapsedMs: this.#elapsedMs,
      sent: this.#sent,
      acknowledged: this.#tally.acknowledged,
      late: this.#pace.late,
      errors: this.#errors,
    };
  }

  get #sent(): number {
    return this.#lanes.reduce((sum, { sent }) => sum + sent, 0);
  }

  get #unacked(): number {
    return this.#lanes.reduce((sum, { unacked }) => sum + unacked, 0);
  }

  async publish(signal: AbortSignal, onProgress: (progress: LoadProgress) => void): Promise<void> {
    const { durationMs } = this.#options;
    this.#begin();
    let progressAtMs = this.#startMs + progressMs;
    const uplinksMax = Math.min(this.#options.uplinksMax, this.#options.devices * (fCntMax - 2 * fCntMin));
    while (!signal.aborted && this.#sent < uplinksMax) {
      const nowMs = performance.now();
      this.#elapsedMs = nowMs - this.#startMs;
      // What was due in the last moment still belongs to the time asked for.
      this.#send(Math.min(nowMs, this.#startMs + durationMs), uplinksMax - this.#sent);
      if (this.#elapsedMs >= durationMs) break;
      if (nowMs >= progressAtMs) {
        onProgress(this.#progress());
        progressAtMs += progressMs;
      }
      await sleep(tickMs, undefined);
    }
  }

  #begin(): void {
    const { connections: lanes, perS, devices, windowMax, poisonShare } = this.#options;
    const [uplinks, tally] = [this.#uplinks, this.#tally];
    this.#fromMs = Date.now();
    // Counters go on from run to run as those of real devices do: else the second run would be copies of the first.
    const fCntFrom = fCntMin + 10 * (Math.floor(this.#fromMs / 1000) % 86_400);
    this.#lanes = this.#clients.map(
      (client, index) =>
        new Lane({ client, uplinks, tally, index, lanes, devices, windowMax, fCntFrom, poisonShare }),
    );
    this.#startMs = performance.now();
    this.#pace = new Pace(perS, this.#startMs);
    this.#cpu = process.cpuUsage();
  }

  /** Divides what is due among the connections that have room, beginning with another one each time. */
  #send(nowMs: number, left: number): void {
    const room = this.#lanes.reduce((sum, lane) => sum + Math.min(togetherMax, lane.room), 0);
    let due = this.#pace.take(nowMs, Math.min(left, room));
    const dateMs = Date.now();
    const share = Math.ceil(due / this.#lanes.length);
    for (let pass = 0; pass < 2 && due > 0; pass++) {
      for (let index = 0; index < this.#lanes.length && due > 0; index++) {
        const lane = this.#lanes[(this.#turn + index) % this.#lanes.length];
        const count = Math.min(due, lane?.room ?? 0, pass === 0 ? share : due);
        if (lane && count > 0) lane.send(count, dateMs);
        due -= Math.max(0, count);
      }
    }
    this.#turn++;
  }

  async finish(): Promise<LoadResult> {
    const { perS, durationMs, uplinksMax } = this.#options;
    const untilMs = performance.now() + lastAcksMs;
    while (this.#unacked > 0 && performance.now() < untilMs) await sleep(tickMs);
    for (const lane of this.#lanes) lane.giveUp();
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = performance.now() - this.#startMs;
    const asked = Math.min(uplinksMax, Math.floor((perS * Math.min(durationMs, this.#elapsedMs)) / 1000));
    return {
      ...this.#progress(),
      elapsedMs,
      asked: Number.isFinite(asked) && Number.isFinite(perS) ? asked : this.#sent,
      unacknowledged: this.#tally.unacknowledged,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      cpuS: (user + system) / 1_000_000,
      tally: this.#tally,
      devEuiPrefix: this.#uplinks.devEuiPrefix,
      fromMs: this.#fromMs,
      toMs: Math.max(...this.#lanes.map(({ lastTimeMs }) => lastTimeMs)),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
  }
}
