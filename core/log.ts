import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * A logger writing JSON lines to standard error, so that standard output stays free for what a command is asked for.
 * Log what an operator can act on: never one line per message, and an outage once when it begins and once when it ends.
 */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** Says once that something is away and once that it is back, however often it is told. */
export class OutageLog {
  readonly #log: Logger;
  readonly #what: string;
  readonly #now: () => number;
  #since: number | undefined;
  #reason = '';

  constructor(log: Logger, what: string, now: () => number = Date.now) {
    this.#log = log;
    this.#what = what;
    this.#now = now;
  }

  /** Since when it has been away, in ms UTC; undefined while all is well. */
  get sinceMs(): number | undefined {
    return this.#since;
  }

  get reason(): string {
    return this.#reason;
  }

  away(reason: string): void {
    this.#reason = reason;
    if (this.#since !== undefined) return;
    this.#since = this.#now();
    this.#log.warn({ what: this.#what, reason }, `${this.#what} is away: ${reason}`);
  }

  back(): void {
    if (this.#since === undefined) return;
    const awayS = Math.round((this.#now() - this.#since) / 100) / 10;
    this.#since = undefined;
    this.#reason = '';
    this.#log.info({ what: this.#what, awayS }, `${this.#what} is back after ${awayS} s`);
  }
}
