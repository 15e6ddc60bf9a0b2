import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { createLogger } from '#core';
import { bridgeConfig, MqttFeed } from '#gateway-bridge';
import { Mosquitto } from '../services/mosquitto.ts';
import { missing } from '../services/programs.ts';
import { feedContract } from './feed.contract.ts';

function feedAt(mqttUrl: string, writes: boolean): MqttFeed {
  const broker = bridgeConfig.parse({ mqttUrl });
  return new MqttFeed({ broker, prefix: 'stadtpegel/live/test', writes, log: createLogger('silent') });
}

function created<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('create comes first');
  return thing;
}

let mosquitto: Mosquitto | undefined;

feedContract({
  name: 'MQTT 5 on mosquitto',
  missing: missing('mosquitto'),
  async create() {
    mosquitto = await Mosquitto.create({ persistence: true });
  },
  open: (writes) => feedAt(created(mosquitto).url, writes),
  async interrupt() {
    await created(mosquitto).stop();
    await created(mosquitto).start();
  },
  remove: () => created(mosquitto).remove(),
});

/** A broker in this process that speaks MQTT 3.1.1 and keeps retained messages in memory. */
class EmbeddedBroker {
  readonly url: string;
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(aedes: Aedes, server: Server, port: number) {
    this.#aedes = aedes;
    this.#server = server;
    this.url = `mqtt://127.0.0.1:${port}`;
    server.on('connection', (socket) => this.#sockets.add(socket));
  }

  static async create(): Promise<EmbeddedBroker> {
    const aedes = await Aedes.createBroker();
    const server = createServer(aedes.handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new EmbeddedBroker(aedes, server, address.port);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async remove(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    this.#server.close();
  }
}

let embedded: EmbeddedBroker | undefined;

feedContract({
  name: 'MQTT 3.1.1 on aedes',
  missing: false,
  async create() {
    embedded = await EmbeddedBroker.create();
  },
  open: (writes) => feedAt(created(embedded).url, writes),
  interrupt: async () => created(embedded).cut(),
  remove: () => created(embedded).remove(),
});
