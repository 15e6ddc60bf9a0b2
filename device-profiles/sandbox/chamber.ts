import type { Logger } from '#core';
import type { DecoderProcess } from './decoder-process.ts';
import { Keeper } from './keeper.ts';
import type { Group, Lane } from './lane.ts';
import type { SandboxLimits } from './limits.ts';
import type { Answer } from './wire.ts';

/** How often the child's memory and silence are looked at while it has work. */
const watchMs = 100;

/** A group under way in the child. */
interface Flight {
  readonly group: Group;
  readonly sentAtMs: number;
  /** It was found to be late once: the answer may still lie unread where this process was busy itself. */
  late: boolean;
}

/** What a child said of a group: the answer without its number. */
export type GroupAnswer = Exclude<Answer, { readonly ready: true }>;

/** How a child ended, and what was under way in it. */
export interface ChamberEnd {
  readonly reason: string;
  /** After it had become ready. */
  readonly started: boolean;
  /** It was ended for giving no answer to these; then all others under way are innocent. */
  readonly silent: readonly Group[];
  readonly others: readonly Group[];
}

export interface ChamberEvents {
  /** There is room for another group. */
  free(): void;
  answer(group: Group, answer: GroupAnswer): void;
  gone(end: ChamberEnd): void;
}

/** How many groups at a time, and how long each may leave us without an answer. */
export interface ChamberLimits {
  readonly runningMax: number;
  readonly silenceMsMax: number;
}

/** One decoder child with the codecs it holds and the groups under way in it. It knows no retries and no blame. */
export class Chamber {
  readonly #limits: SandboxLimits;
  readonly #own: ChamberLimits;
  readonly #events: ChamberEvents;
  readonly #keeper: Keeper;
  readonly #flights = new Map<number, Flight>();
  /** What the child holds under an id, the one not used for longest first. */
  readonly #loaded = new Map<string, Lane>();
  #flightId = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(limits: SandboxLimits, own: ChamberLimits, log: Logger, events: ChamberEvents) {
    this.#limits = limits;
    this.#own = own;
    this.#events = events;
    this.#keeper = new Keeper(limits, log, {
      answer: (answer) => this.#answered(answer),
      gone: (reason, started) => this.#gone(reason, started),
    });
  }

  /** The child's process id while there is one. */
  get pid(): number | undefined {
    return this.#keeper.process?.pid;
  }

  /** Why the child does not start, and whether the next attempt is still to come. */
  get failing(): { readonly reason: string; readonly resting: boolean } | undefined {
    const reason = this.#keeper.failing;
    return reason === undefined ? undefined : { reason, resting: this.#keeper.resting };
  }

  /** Groups under way. */
  get running(): Group[] {
    return [...this.#flights.values()].map(({ group }) => group);
  }

  /** Whether a group can be sent now. If only the child is missing, it is started, and says so when it is ready. */
  hasRoom(): boolean {
    return this.#flights.size < this.#own.runningMax && this.#keeper.wake() !== undefined;
  }

  /** Sends a group; there must be room. */
  send(group: Group): void {
    const process = this.#keeper.process;
    if (process === undefined) throw new Error('there is no decoder process');
    const { lane, calls } = group;
    this.#load(process, lane);
    this.#flights.set(++this.#flightId, { group, sentAtMs: performance.now(), late: false });
    const frames = `[${calls.map(({ text }) => text).join(',')}]`;
    process.send({ op: 'run', id: this.#flightId, codec: lane.codec.id, frames });
    this.#watch ??= setInterval(() => this.#look(), watchMs);
  }

  /** Lets the child forget a codec; what is under way of it ends or is never answered for. */
  unload(id: string): void {
    if (this.#loaded.delete(id)) this.#keeper.process?.send({ op: 'drop', codec: id });
  }

  /** Ends the child for something it did. */
  kill(reason: string): void {
    this.#keeper.process?.kill(reason);
  }

  /** Forgets all that is under way, and waits until the child is gone. */
  async close(): Promise<void> {
    await this.#keeper.close();
    this.#loaded.clear();
    this.#flights.clear();
    this.#rest();
  }

  /** Sees to it that the child holds the codec, and marks it as the one used last. */
  #load(process: DecoderProcess, lane: Lane): void {
    const { id, source, stateful = false } = lane.codec;
    if (!this.#loaded.delete(id)) {
      if (this.#loaded.size >= this.#limits.realmsMax) this.#unloadIdle();
      process.send({ op: 'load', codec: id, source, stateful });
    }
    this.#loaded.set(id, lane);
  }

  /** Makes room for another codec. */
  #unloadIdle(): void {
    const idle = [...this.#loaded].find(([, { running }]) => running === undefined);
    if (idle !== undefined) this.unload(idle[0]);
  }

  /** Ends a child that has grown too large or does not come back from a call. */
  #look(): void {
    const { silenceMsMax } = this.#own;
    const process = this.#keeper.process;
    if (process === undefined) return;
    const now = performance.now();
    for (const flight of this.#flights.values()) {
      if (now - flight.sentAtMs <= silenceMsMax) continue;
      if (flight.late) process.kill(`gave no answer for ${silenceMsMax} ms`);
      flight.late = true;
    }
    const { rssBytes } = process;
    const { rssBytesMax } = this.#limits;
    if (rssBytes > rssBytesMax) process.kill(`took more than ${rssBytesMax} bytes of memory`);
    else if (rssBytes > rssBytesMax / 2) this.#unloadIdle();
  }

  #answered(answer: Answer): void {
    if ('ready' in answer) {
      this.#events.free();
      return;
    }
    const flight = this.#flights.get(answer.id);
    if (flight === undefined) return;
    this.#flights.delete(answer.id);
    if (this.#flights.size === 0) this.#rest();
    this.#events.answer(flight.group, answer);
    this.#events.free();
  }

  #gone(reason: string, started: boolean): void {
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    this.#loaded.clear();
    this.#rest();
    const groupsOf = (late: boolean) => flights.filter((one) => one.late === late).map(({ group }) => group);
    const [silent, others] = [groupsOf(true), groupsOf(false)];
    this.#events.gone({ reason, started, silent, others });
    this.#events.free();
  }

  #rest(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}
