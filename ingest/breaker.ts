import { setTimeout as sleep } from 'node:timers/promises';

const backoffMsMin = 200;
/** Long enough to be no load for a store in trouble, short enough to notice soon that it is back. */
const backoffMsMax = 5000;

/**
 * Keeps writers off a store that does not answer: while it is open, one at a time may try, after a pause that grows with
 * every failure; the first success lets all of them go on at once.
 */
export class Breaker {
  readonly #now: () => number;
  #failures = 0;
  #dueMs = 0;
  #openSinceMs: number | undefined;
  /** The one who tries; settled when it is known how that went. */
  #probe: PromiseWithResolvers<void> | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Since when the store has not answered, in ms UTC; undefined while it does. */
  get openSinceMs(): number | undefined {
    return this.#openSinceMs;
  }

  /**
   * Resolves when the caller may write, which then tells {@link answered} how that went, with what it is given here:
   * whether it is the one who tries. At once while the breaker is closed. Rejects with the signal's reason.
   */
  async turn(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    while (this.#openSinceMs !== undefined) {
      if (this.#probe === undefined) return this.#becomeProbe(signal);
      await this.#probe.promise;
      signal.throwIfAborted();
    }
    return false;
  }

  async #becomeProbe(signal: AbortSignal): Promise<true> {
    this.#probe = Promise.withResolvers();
    try {
      await sleep(Math.max(0, this.#dueMs - performance.now()), undefined, { signal });
    } catch (cause) {
      this.#endProbe();
      throw cause;
    }
    return true;
  }

  /**
   * Tells how it went.
   * @param retryAfterMs how long the store wants to be left alone, if it said so
   */
  answered(isProbe: boolean, tookSome: boolean, retryAfterMs?: number): void {
    // Those who had begun to write before it opened tell nothing new.
    if (this.#openSinceMs !== undefined && !isProbe) return;
    if (tookSome) {
      this.#failures = 0;
      this.#openSinceMs = undefined;
    } else {
      this.#openSinceMs ??= this.#now();
      this.#dueMs = performance.now() + (retryAfterMs ?? backoffMs(this.#failures++));
    }
    this.#endProbe();
  }

  #endProbe(): void {
    this.#probe?.resolve();
    this.#probe = undefined;
  }
}

// Half of the pause is chance, so that many writers do not come back at once.
function backoffMs(failures: number): number {
  const limitMs = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(failures, 10));
  return (limitMs * (1 + Math.random())) / 2;
}
