import { type Delivery, type Logger, messageOf, type Position, type RawMessage, type Spool } from '#core';
import type { Ledger } from './ledger.ts';
import { readMark } from './redrive-mark.ts';

/**
 * The spool as the pump sees it: messages that were sent again from the drawer come under their broker's own name, and
 * the drawer hears what becomes of them. All others pass as they are.
 */
export class RedrivingSpool implements Spool {
  readonly #spool: Spool;
  readonly #ledger: Ledger;
  readonly #log: Logger;
  /** Done with, but the drawer could not be told yet: confirmed together with what comes next. */
  #held: Position[] = [];

  constructor(spool: Spool, ledger: Ledger, log: Logger) {
    this.#spool = spool;
    this.#ledger = ledger;
    this.#log = log;
  }

  append(messages: readonly RawMessage[]): Promise<void> {
    return this.#spool.append(messages);
  }

  /** Waits where the drawer is behind: letters that are not written down yet take memory. */
  async consume(...[limit, signal]: Parameters<Spool['consume']>): Promise<Delivery[]> {
    await this.#ledger.room(signal);
    const deliveries = await this.#spool.consume(limit, signal);
    return deliveries.map((delivery) => {
      const known = readMark(delivery.message);
      if (!known) return delivery;
      this.#ledger.inHand(delivery.position, known.mark);
      return { ...delivery, message: known.message };
    });
  }

  newest(): RawMessage[] {
    return this.#spool.newest().map((message) => readMark(message)?.message ?? message);
  }

  release(): void {
    this.#spool.release();
  }

  confirm(positions: readonly Position[]): void {
    if (!this.#ledger.anyInHand) {
      this.#spool.confirm(positions);
      return;
    }
    this.#spool.confirm(positions.filter((position) => !this.#ledger.isInHand(position)));
    this.#held.push(...positions.filter((position) => this.#ledger.isInHand(position)));
    if (this.#held.length > 0) this.#confirmHeld();
  }

  /** First the drawer, durably, then the spool: the other way round a crash would leave a letter on its way for ever. */
  #confirmHeld(): void {
    try {
      this.#ledger.settle(this.#held);
    } catch (cause) {
      this.#log.warn({ reason: messageOf(cause) }, 'the drawer cannot be written, letters stay on their way');
      return;
    }
    this.#spool.confirm(this.#held.sort((a, b) => a - b));
    this.#held = [];
  }

  status(): ReturnType<Spool['status']> {
    return this.#spool.status();
  }
}
