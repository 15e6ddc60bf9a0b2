import { connect, type MqttClient } from 'mqtt';
import type { Inventory } from '#city-state';
import { type Component, type Health, type Logger, messageOf, OutageLog } from '#core';
import {
  createFaultyTown,
  createTown,
  deviceEventWriter,
  type Encoding,
  type MqttMessage,
  placesOf,
  type Scenario,
  Simulation,
  upEventWriter,
} from '#simulator';

/** What to simulate, and where to. */
export interface TownOptions {
  readonly mqttUrl: string;
  readonly inventory: Inventory;
  readonly seed: number;
  readonly backfillMs: number;
  readonly speed: number;
  readonly encoding: Encoding;
  /** Whether joins and statuses are told too, not uplinks alone; not with a scenario. */
  readonly allEvents?: boolean;
  /** What goes wrong; nothing where it is not given. */
  readonly scenario?: Scenario;
  readonly log: Logger;
  /** Waited for before the first uplink: what nobody is subscribed to would be lost. */
  readonly whenHeard: () => Promise<void>;
}

/** The sensors of an inventory, simulated, publishing to a broker as ChirpStack would. */
export class SimulatedTown implements Component {
  readonly name = 'simulation';
  readonly #options: TownOptions;
  readonly #outage: OutageLog;
  /** Of what is under way to the broker: how each is given up. */
  readonly #underWay = new Set<(reason: Error) => void>();
  #client: MqttClient | undefined;
  #simulation: Simulation | undefined;

  constructor(options: TownOptions) {
    this.#options = options;
    this.#outage = new OutageLog(options.log, "the simulation's broker");
  }

  async start(): Promise<void> {
    const { backfillMs, speed, log, whenHeard } = this.#options;
    this.#client = this.#connect();
    this.#simulation = new Simulation({
      ...(await this.#town()),
      publish: (message) => this.#publish(message),
      backfillMs,
      speed,
      now: Date.now,
      onBackfill: ({ share, uplinks }) => {
        if (share === 1) log.info({ uplinks }, 'simulation: the past of the town is told');
      },
    });
    await whenHeard();
    await this.#simulation.start();
  }

  async #town() {
    const { inventory, seed, encoding, scenario, allEvents = false } = this.#options;
    const town = { places: placesOf(inventory), seed, write: await upEventWriter(encoding) };
    if (scenario === undefined && allEvents) {
      const { events } = createTown({ ...town, writeEvent: await deviceEventWriter(encoding) });
      return { town: { uplinks: events } };
    }
    if (scenario === undefined) return { town: createTown(town) };
    const faulty = createFaultyTown({ ...town, scenario });
    // Not taken leave of, so that mqtt.js sends again what is not acknowledged, as DUP.
    const breakConnection = (): void => void this.#client?.stream.destroy();
    return { town: faulty, interruptions: { breaks: faulty.breaks, breakConnection } };
  }

  health(): Health {
    return this.#simulation?.health() ?? { status: 'down', detail: 'not started' };
  }

  /** What is under way to the broker is given up: it may be away for hours. */
  async stop(): Promise<void> {
    const stopped = this.#simulation?.stop();
    for (const giveUp of this.#underWay) giveUp(new Error('the simulation is stopping'));
    await stopped;
    await this.#client?.endAsync(true);
  }

  /** Connects again every second for as long as it is not stopped, also where the broker refuses us. */
  #connect(): MqttClient {
    const client = connect(this.#options.mqttUrl, {
      protocolVersion: 4,
      reconnectPeriod: 1000,
      reconnectOnConnackError: true,
    });
    client.on('error', (cause) => this.#outage.away(`${reasonOf(cause)}; trying again every second`));
    client.on('close', () => {
      if (!client.disconnecting) this.#outage.away('the connection is closed; trying again every second');
    });
    client.on('connect', () => this.#outage.back());
    return client;
  }

  async #publish({ topic, payload }: MqttMessage): Promise<void> {
    const client = this.#client;
    // mqtt.js would keep it in memory; the town can say it again.
    if (!client?.connected) throw new Error(this.#outage.reason || 'not connected yet');
    await new Promise<void>((resolve, reject) => {
      this.#underWay.add(reject);
      client.publish(topic, payload, { qos: 1 }, (cause) => {
        this.#underWay.delete(reject);
        if (cause) reject(cause);
        else resolve();
      });
    });
  }
}

/** Node gives several reasons at once where a name has several addresses, and then no text of its own. */
function reasonOf(cause: unknown): string {
  return cause instanceof AggregateError ? cause.errors.map(messageOf).join(', ') : messageOf(cause);
}
