import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '../services/programs.ts';

/** Sees what passes through one connection of a {@link Relay}. */
export interface Watcher {
  fromClient(bytes: Buffer): void;
  fromServer(bytes: Buffer): void;
}

/** The two ends of a connection. Silent: it takes bytes of either and passes none on, nor that either has gone. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
  /** The next bytes of the server are passed on by half, then the connection is reset. */
  breaking: boolean;
}

/** A network between the platform and a server, on a port of its own: slow, cut, or silent, as it is told. */
export class Relay {
  /** So long what the server says is on its way. */
  delayMs = 0;
  /** Connections accepted so far. */
  accepted = 0;
  readonly #serverPort: number;
  readonly #watch: (() => Watcher) | undefined;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();

  private constructor(serverPort: number, watch?: () => Watcher) {
    this.#serverPort = serverPort;
    this.#watch = watch;
    this.#listener = createServer((client) => this.#accept(client));
  }

  /** @param watch called for each connection */
  static async create(serverPort: number, watch?: () => Watcher): Promise<Relay> {
    const relay = new Relay(serverPort, watch);
    relay.#listener.listen(0, '127.0.0.1');
    await once(relay.#listener, 'listening');
    return relay;
  }

  get port(): number {
    const address = this.#listener.address();
    if (address === null || typeof address === 'string') throw new Error('the relay is closed');
    return address.port;
  }

  #accept(client: Socket): void {
    this.accepted++;
    const server = connect(this.#serverPort, '127.0.0.1');
    const pair: Pair = { client, server, silent: false, breaking: false };
    this.#pairs.add(pair);
    const watcher = this.#watch?.();
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      // What breaks shows in `close`.
      from.on('error', () => undefined);
      from.on('close', () => this.#closed(pair, to));
    }
    client.on('data', (bytes) => {
      watcher?.fromClient(bytes);
      if (!pair.silent) pass(bytes, client, server);
    });
    server.on('data', (bytes) => {
      if (pair.silent) return;
      if (pair.breaking) this.#break(pair, bytes);
      else if (this.delayMs > 0) setTimeout(() => this.#deliver(pair, watcher, bytes), this.delayMs);
      else this.#deliver(pair, watcher, bytes);
    });
  }

  #deliver({ client, server }: Pair, watcher: Watcher | undefined, bytes: Buffer): void {
    if (client.destroyed) return;
    watcher?.fromServer(bytes);
    pass(bytes, server, client);
  }

  #break(pair: Pair, bytes: Buffer): void {
    pair.client.write(bytes.subarray(0, bytes.length >> 1), () => reset(pair));
  }

  #closed(pair: Pair, other: Socket): void {
    if (pair.silent && !other.destroyed) return;
    this.#pairs.delete(pair);
    // What was on its way still arrives, as from a peer that closes.
    other.end(() => other.destroy());
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const pair of this.#pairs) reset(pair);
  }

  /** Lets every connection there is break in the middle of what its server says next. */
  breakNext(): void {
    for (const pair of this.#pairs) pair.breaking = true;
  }

  /** Every connection there is falls silent for ever, as where a firewall forgets it; new ones are as they should be. */
  silence(): void {
    for (const pair of this.#pairs) {
      pair.silent = true;
      // Nobody who could be told is there any more, and what still comes is drained.
      pair.server.resume();
      pair.client.resume();
    }
  }

  /** Resolves when no client is left: then all they had sent was seen. */
  async untilNobody(): Promise<void> {
    await eventually(() => {
      const left = [...this.#pairs].filter(({ client }) => !client.destroyed).length;
      if (left > 0) throw new Error(`${left} clients are still connected`);
    });
  }

  async close(): Promise<void> {
    this.#listener.close();
    this.cut();
  }
}

function reset({ client, server }: Pair): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}

/** Passes bytes on no faster than they are taken. */
function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.writableEnded || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
