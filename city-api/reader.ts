import type { FastifyReply } from 'fastify';
import { Outbox, type StreamEvent } from './outbox.ts';

/** How long a stream may take to end when the server does, before its connection is cut. */
const endMsMax = 1000;

/** One open stream: sends what waits in its outbox at the pace of the one who reads. */
export class Reader {
  readonly #reply: FastifyReply;
  readonly #nextId: () => string;
  readonly #blockedMsMax: number;
  readonly #outbox = new Outbox();
  #wake: () => void = () => undefined;
  #giveUp: () => void = () => undefined;

  /** @param blockedMsMax After so long without the reader taking anything, its connection is cut. */
  constructor(reply: FastifyReply, nextId: () => string, blockedMsMax: number) {
    this.#reply = reply;
    this.#nextId = nextId;
    this.#blockedMsMax = blockedMsMax;
  }

  put(event: StreamEvent): void {
    this.#outbox.put(event);
    this.#wake();
  }

  /** Sends until the connection ends, from either side. */
  async run(): Promise<void> {
    const { sse } = this.#reply;
    sse.onClose(() => {
      this.#wake();
      this.#giveUp();
    });
    while (sse.isConnected) {
      const event = this.#outbox.take();
      if (event === undefined) await this.#woken();
      else await this.#send(event);
    }
  }

  /** Ends the stream cleanly if the reader still takes it, and soon in any case. */
  end(): void {
    const { sse, raw } = this.#reply;
    const { socket } = raw;
    sse.close();
    // Otherwise the connection would stay open for another request that is not to come.
    socket?.destroySoon();
    setTimeout(() => socket?.destroy(), endMsMax).unref();
  }

  async #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
  }

  async #send({ event, data }: StreamEvent): Promise<void> {
    const { sse, raw } = this.#reply;
    const cut = setTimeout(() => raw.destroy(), this.#blockedMsMax);
    const { promise, resolve } = Promise.withResolvers<void>();
    // `send` ends when there is room again, but never where the connection ends while there is none.
    this.#giveUp = resolve;
    sse.send({ id: this.#nextId(), event, data }).then(resolve, resolve);
    await promise;
    clearTimeout(cut);
  }
}
