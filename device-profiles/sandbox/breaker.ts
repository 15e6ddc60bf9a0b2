import type { SandboxLimits } from './limits.ts';

type BreakerLimits = Pick<SandboxLimits, 'faultsMax' | 'faultWindowMs' | 'cutOffMs' | 'cutOffMsMax'>;

/** An end of the child counts for two: it holds up every codec. */
const fatalWeight = 2;

/**
 * Cuts a codec off for a while that has run over its limits too often. What it throws does not count: that costs
 * nobody else anything, and may be the frame's fault.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  #faultsAtMs: number[] = [];
  #cutOffMs: number;
  #untilMs: number | undefined;
  #sinceMs = 0;
  #reason = '';
  #lastFaultMs = Number.NEGATIVE_INFINITY;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
    this.#cutOffMs = limits.cutOffMs;
  }

  /** Why and since when (ms UTC) the codec is cut off; undefined while it is not. */
  get cutOff(): { readonly reason: string; readonly sinceMs: number } | undefined {
    return this.#untilMs === undefined ? undefined : { reason: this.#reason, sinceMs: this.#sinceMs };
  }

  /** Whether there was a fault not long ago; a success since then does not change that. */
  hasRecord(nowMs: number): boolean {
    return this.#untilMs !== undefined || this.#lastFaultMs > nowMs - this.#limits.faultWindowMs;
  }

  /** Whether a call may go ahead. Once each cut-off time one may, as a trial, whatever becomes of it. */
  admits(nowMs: number): boolean {
    if (this.#untilMs === undefined) return true;
    if (nowMs < this.#untilMs) return false;
    this.#untilMs = nowMs + this.#cutOffMs;
    return true;
  }

  /** A call has run over a limit; `fatal`: it ended the child. */
  fault(nowMs: number, reason: string, fatal: boolean): void {
    const { faultWindowMs, faultsMax, cutOffMsMax } = this.#limits;
    this.#reason = reason;
    this.#lastFaultMs = nowMs;
    if (this.#untilMs !== undefined) {
      this.#cutOffMs = Math.min(2 * this.#cutOffMs, cutOffMsMax);
      this.#untilMs = nowMs + this.#cutOffMs;
      return;
    }
    this.#faultsAtMs = this.#faultsAtMs.filter((atMs) => atMs > nowMs - faultWindowMs);
    for (let count = fatal ? fatalWeight : 1; count > 0; count--) this.#faultsAtMs.push(nowMs);
    if (this.#faultsAtMs.length < faultsMax) return;
    this.#sinceMs = nowMs;
    this.#untilMs = nowMs + this.#cutOffMs;
  }

  /** A call has ended within its limits. */
  success(): void {
    if (this.#untilMs === undefined) return;
    this.#untilMs = undefined;
    this.#faultsAtMs.length = 0;
    this.#cutOffMs = this.#limits.cutOffMs;
  }
}
