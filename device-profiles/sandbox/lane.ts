import { Breaker } from './breaker.ts';
import type { SandboxLimits } from './limits.ts';
import type { StrangerResult } from './results.ts';

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
  settle(result: StrangerResult): void;
}

/** Calls of one codec that travel together. */
export interface Group {
  readonly lane: Lane;
  readonly calls: readonly Call[];
  /** How often this very group has hit a limit. */
  readonly faults: number;
  /** It was under way when the child died: until it is cleared nothing else may be, so that the next blame is certain. */
  readonly suspect: boolean;
}

/** One codec, and what is waiting for it. One group at a time, so that it can keep no more than one thread busy. */
export class Lane {
  readonly #limits: SandboxLimits;
  codec: StrangerCodec;
  breaker: Breaker;
  running: Group | undefined;
  /** The codec was taken away: what is under way ends, and is not tried again. */
  gone = false;
  #waiting: Call[] = [];
  readonly #again: Group[] = [];

  constructor(codec: StrangerCodec, limits: SandboxLimits) {
    this.#limits = limits;
    this.codec = codec;
    this.breaker = new Breaker(limits);
  }

  /** Takes another version of the codec; what was held against the old one is forgotten. */
  replace(codec: StrangerCodec): void {
    this.codec = codec;
    this.breaker = new Breaker(this.#limits);
  }

  /** What calls are told while the codec is cut off. */
  get cutOffText(): string {
    return `the codec ${this.codec.id} is cut off for a while: ${this.breaker.cutOff?.reason ?? ''}`;
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
    this.#again.length = 0;
    this.#waiting = [];
    return calls;
  }
}
