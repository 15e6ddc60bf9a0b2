import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import type { Component, Health, Logger } from '#core';

/**
 * An MQTT 3.1.1 broker inside the process, on 127.0.0.1 only: for the demo town and for trying things out. It keeps
 * sessions in memory, so it promises nothing over a restart; a city runs a broker of its own.
 */
export class EmbeddedBroker implements Component {
  readonly name = 'broker';
  readonly #port: number;
  readonly #portIsWished: boolean;
  readonly #log: Logger;
  readonly #sockets = new Set<Socket>();
  #broker: Aedes | undefined;
  #server: Server | undefined;
  #url = '';

  /** @param portIsWished where someone asked for this very port: then a taken one is an error, else any free one will do */
  constructor(port: number, portIsWished: boolean, log: Logger) {
    this.#port = port;
    this.#portIsWished = portIsWished;
    this.#log = log;
  }

  /** Where it listens, once started. */
  get url(): string {
    return this.#url;
  }

  /** Begins to listen; once, however often it is asked to: its address is needed before the other parts are started. */
  async start(): Promise<void> {
    if (this.#broker) return;
    this.#broker = await Aedes.createBroker();
    const server = createServer(this.#broker.handle);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
    try {
      await listen(server, this.#port);
    } catch (cause) {
      if (this.#portIsWished) throw cause;
      await listen(server, 0);
      this.#log.info({ port: this.#port }, 'the usual MQTT port is taken, using another');
    }
    const address = server.address();
    this.#url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : this.#port}`;
  }

  health(): Health {
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#broker) this.#broker.close(() => resolve());
    else resolve();
    await promise;
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
