import type { FastifyInstance } from 'fastify';
import type { Component, Health } from '#core';

/** How long running requests may take to finish when the server stops, before their connections are cut. */
const stopMsMax = 3000;

/** An app on a port. `stop` takes no new requests, ends open streams and lets running requests finish, within a limit. */
export class HttpListener implements Component {
  readonly name: string;
  readonly #app: FastifyInstance;
  readonly #at: { readonly host: string; readonly port: number };
  #url: string | undefined;

  /** @param at Port 0 takes any free one. */
  constructor(name: string, app: FastifyInstance, at: { readonly host: string; readonly port: number }) {
    this.name = name;
    this.#app = app;
    this.#at = at;
  }

  /** Where it listens, e.g. `http://127.0.0.1:8080`; undefined while it does not. */
  get url(): string | undefined {
    return this.#url;
  }

  async start(): Promise<void> {
    this.#url = await this.#app.listen(this.#at);
  }

  async stop(): Promise<void> {
    this.#url = undefined;
    // A connection that never asked for anything (browsers open some in advance) does not count as idle and would be waited for.
    const cut = setTimeout(() => this.#app.server.closeAllConnections(), stopMsMax);
    await this.#app.close().finally(() => clearTimeout(cut));
  }

  health(): Health {
    return this.#url === undefined ? { status: 'down', detail: 'not listening' } : { status: 'ok' };
  }
}
