import { Breaker } from './breaker.ts';
import type { SandboxLimits } from './limits.ts';
import { later, type StrangerResult } from './results.ts';

/** A payload for a stranger's codec. */
export interface StrangerFrame {
  readonly codecId: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  /** Milliseconds UTC; what the codec takes for now. */
  readonly receivedAtMs: number;
}

/** A codec written by others. */
export interface StrangerCodec {
  readonly id: string;
  /** The vendor's JavaScript, as its file. */
  readonly source: string;
  /** Whether each call needs a realm of its own, because one call changes the next (see `probeState`). */
  readonly stateful?: boolean;
}

/** A frame on its way through the child; `text` is it on the wire. */
export interface Call {
  readonly text: string;
  /** When it came, on the clock of `performance.now`. */
  readonly sinceMs: number;
  settle(result: StrangerResult): void;
}

/** Calls of one codec that travel together. */
export interface Group {
  readonly lane: Lane;
  readonly calls: readonly Call[];
  /** How often this very group has hit a limit. */
  readonly faults: number;
  /** It has hit a limit, or was under way when a child died: it is tried again where it can harm nobody else. */
  readonly suspect: boolean;
}

/** Processor time of a codec after which its mean is looked at. */
const chargeMs = 1000;

/** One codec, and what is waiting for it. One group at a time, so that it can keep no more than one thread busy. */
export class Lane {
  readonly #limits: SandboxLimits;
  codec: StrangerCodec;
  breaker: Breaker;
  running: Group | undefined;
  /** The codec was taken away: what is under way ends, and is not tried again. */
  gone = false;
  #waiting: Call[] = [];
  #again: Group[] = [];
  #spentMs = 0;
  #frames = 0;

  constructor(codec: StrangerCodec, limits: SandboxLimits) {
    this.#limits = limits;
    this.codec = codec;
    this.breaker = new Breaker(limits);
  }

  /** Takes another version of the codec; what was held against the old one is forgotten. */
  replace(codec: StrangerCodec): void {
    this.codec = codec;
    this.breaker = new Breaker(this.#limits);
    this.#spentMs = 0;
    this.#frames = 0;
  }

  /** What calls are told while the codec is cut off. */
  get cutOffText(): string {
    return `the codec ${this.codec.id} is cut off for a while: ${this.breaker.cutOff?.reason ?? ''}${later}`;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#again.length === 0 && this.#waiting.length === 0;
  }

  /** Whether what comes next is not to run among others. */
  isSuspect(nowMs: number): boolean {
    return this.#again[0]?.suspect === true || this.breaker.hasRecord(nowMs);
  }

  /**
   * Notes what frames have cost. Once that comes to a second of processor time: how much too slow the codec was, if it
   * was. A call within its time limit harms nobody, but a thousand of them would keep all that wait behind them.
   */
  charge(cpuMs: number, frames: number): string | undefined {
    this.#spentMs += cpuMs;
    this.#frames += frames;
    if (this.#spentMs < chargeMs) return undefined;
    const meanMs = this.#spentMs / this.#frames;
    this.#spentMs = 0;
    this.#frames = 0;
    const { meanMsMax } = this.#limits;
    return meanMs > meanMsMax ? `takes ${Math.round(meanMs)} ms a frame, at most ${meanMsMax}` : undefined;
  }

  add(call: Call): void {
    this.#waiting.push(call);
  }

  /** Puts groups before everything that waits. */
  addFirst(groups: readonly Group[]): void {
    this.#again.unshift(...groups);
  }

  /** The group to send next, if there is work. */
  next(): Group | undefined {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    if (this.#waiting.length === 0) return undefined;
    const calls = this.#waiting.slice(0, this.#limits.batchFramesMax);
    this.#waiting = this.#waiting.slice(calls.length);
    return { lane: this, calls, faults: 0, suspect: false };
  }

  /** Everything that waits, which then waits no longer. */
  clear(): Call[] {
    const calls = [...this.#again.flatMap((group) => group.calls), ...this.#waiting];
    this.#again = [];
    this.#waiting = [];
    return calls;
  }

  /** The calls that came before a time (on the clock of `performance.now`) and are not under way; they wait no longer. */
  expire(beforeMs: number): Call[] {
    const isLate = ({ sinceMs }: Call) => sinceMs < beforeMs;
    const first = [this.#again[0]?.calls[0], this.#waiting[0]];
    if (!first.some((call) => call !== undefined && isLate(call))) return [];
    const late = [...this.#again.flatMap(({ calls }) => calls), ...this.#waiting].filter(isLate);
    this.#waiting = this.#waiting.filter((call) => !isLate(call));
    this.#again = this.#again
      .map((group) => ({ ...group, calls: group.calls.filter((call) => !isLate(call)) }))
      .filter(({ calls }) => calls.length > 0);
    return late;
  }
}
