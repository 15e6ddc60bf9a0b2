import { type Logger, messageOf } from '#core';
import { DecoderProcess } from './decoder-process.ts';
import type { SandboxLimits } from './limits.ts';
import type { Answer } from './wire.ts';

/** A life this long is a sign that the next end has another cause. */
const quietMs = 10_000;
const restMsMin = 50;
const restMsMax = 5_000;
/** One that was ready has ended because of a codec, and the breaker sees to that one: all others are waiting. */
const readyRestMsMax = 100;

/** What the keeper tells. */
export interface KeeperEvents {
  answer(answer: Answer): void;
  /** The child has ended unasked; `started`: after it had become ready. */
  gone(reason: string, started: boolean): void;
}

/** Keeps one decoder child process alive while it is needed: starts it at the first need, and again after its end. */
export class Keeper {
  readonly #limits: SandboxLimits;
  readonly #log: Logger;
  readonly #events: KeeperEvents;
  #process: DecoderProcess | undefined;
  #closing: Promise<void> | undefined;
  #bornAtMs = 0;
  #ends = 0;
  #restUntilMs = 0;
  #wakeTimer: NodeJS.Timeout | undefined;
  #failing: string | undefined;

  constructor(limits: SandboxLimits, log: Logger, events: KeeperEvents) {
    this.#limits = limits;
    this.#log = log;
    this.#events = events;
  }

  /** Why the child does not start at all, while that is so. */
  get failing(): string | undefined {
    return this.#failing;
  }

  /** Whether a start has failed and the next attempt is still to come. */
  get resting(): boolean {
    return this.#failing !== undefined && this.#process === undefined && Date.now() < this.#restUntilMs;
  }

  /** The child if it is ready. If not, it will be, and says so with an answer. */
  wake(): DecoderProcess | undefined {
    if (this.#process !== undefined) return this.#process.ready ? this.#process : undefined;
    const restMs = this.#restUntilMs - Date.now();
    if (restMs <= 0) this.#start();
    else this.#wakeTimer ??= setTimeout(() => this.#start(), restMs);
    return undefined;
  }

  /** The child, if there is one that has not been asked to end. */
  get process(): DecoderProcess | undefined {
    return this.#process;
  }

  /** Ends the child and waits until it is gone. */
  async close(): Promise<void> {
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = undefined;
    const process = this.#process;
    this.#process = undefined;
    if (process !== undefined) this.#closing = process.close();
    await this.#closing;
  }

  #start(): void {
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = undefined;
    this.#bornAtMs = Date.now();
    // Until it is known whether it could be started at all.
    this.#restUntilMs = this.#bornAtMs + restMsMin;
    try {
      this.#process = this.#newProcess();
    } catch (cause) {
      setImmediate(() => this.#ended(false, `could not be started: ${messageOf(cause)}`));
    }
  }

  #newProcess(): DecoderProcess {
    const { startMsMax } = this.#limits;
    const process: DecoderProcess = new DecoderProcess(this.#limits, {
      answer: (answer) => {
        if ('ready' in answer) {
          clearTimeout(late);
          this.#failing = undefined;
        }
        this.#events.answer(answer);
      },
      gone: (reason) => {
        clearTimeout(late);
        if (this.#process === process) this.#ended(process.ready, reason);
      },
    });
    const late = setTimeout(() => process.kill(`was not ready after ${startMsMax} ms`), startMsMax);
    return process;
  }

  #ended(ready: boolean, reason: string): void {
    this.#process = undefined;
    const now = Date.now();
    this.#ends = now - this.#bornAtMs > quietMs ? 1 : this.#ends + 1;
    const mostMs = ready ? readyRestMsMax : restMsMax;
    const restMs = this.#ends === 1 ? 0 : Math.min(restMsMin * 2 ** (this.#ends - 2), mostMs);
    this.#restUntilMs = now + restMs;
    // A start that fails again and again for one reason is told once.
    if (ready || this.#failing !== reason) {
      this.#log.warn({ reason, restMs }, `the decoder process ${reason}`);
    }
    if (!ready) {
      this.#failing = reason;
      this.#restUntilMs = now + Math.max(restMs, restMsMin);
    }
    this.#events.gone(reason, ready);
  }
}
