import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import {
  type Component,
  type Health,
  type Logger,
  messageOf,
  type RawMessage,
  type Spool,
  type StateSink,
  type Translate,
} from '#core';
import { answersWithin } from './within.ts';

/** How long a message may stay behind others before the live picture gets it out of turn. */
const everyMs = 250;
/** What is applied in one go, before the event loop has its turn. */
const sliceMessages = 100;
/** How long strangers' codecs are waited for; the pump waits for the others. */
const strangersMs = 100;

export interface OvertakerParts {
  readonly spool: Pick<Spool, 'newest'>;
  readonly translate: Translate;
  readonly state: Pick<StateSink, 'apply'>;
  readonly log: Logger;
}

/**
 * Keeps the city's live picture fresh while a backlog waits for the store: what came last is applied at once, out of
 * turn. The pump applies it again in its turn, which changes nothing, because the state is the same for any order and
 * repetition. Nothing is confirmed, stored or put into the drawer here.
 */
export class Overtaker implements Component {
  readonly name = 'overtaker';
  readonly #parts: OvertakerParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: OvertakerParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      const newest = this.#parts.spool.newest();
      for (let at = 0; at < newest.length && !signal.aborted; at += sliceMessages) {
        await this.#apply(newest.slice(at, at + sliceMessages));
        await turn();
      }
    }
  }

  async #apply(messages: readonly RawMessage[]): Promise<void> {
    try {
      const answers = await answersWithin(messages.map(this.#parts.translate), strangersMs);
      for (const translated of answers) {
        if (translated === undefined) continue;
        if (translated.kind === 'uplink' || translated.kind === 'event')
          this.#parts.state.apply(translated, true);
      }
    } catch (cause) {
      // The pump comes to the same message and has a drawer for it.
      this.#parts.log.debug({ reason: messageOf(cause) }, 'a message could not be applied out of turn');
    }
  }

  health(): Health {
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
