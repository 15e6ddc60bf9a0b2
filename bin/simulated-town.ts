import { connect, type MqttClient } from 'mqtt';
import type { Inventory } from '#city-state';
import type { Component, Health, Logger } from '#core';
import { createTown, placesOf, Simulation } from '#simulator';

/** What to simulate, and where to. */
export interface TownOptions {
  readonly mqttUrl: string;
  readonly inventory: Inventory;
  readonly seed: number;
  readonly backfillMs: number;
  readonly speed: number;
  readonly log: Logger;
  /** Waited for before the first uplink: what nobody is subscribed to would be lost. */
  readonly whenHeard: () => Promise<void>;
}

/** The sensors of an inventory, simulated, publishing to a broker as ChirpStack would. */
export class SimulatedTown implements Component {
  readonly name = 'simulation';
  readonly #options: TownOptions;
  #client: MqttClient | undefined;
  #simulation: Simulation | undefined;

  constructor(options: TownOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { mqttUrl, inventory, seed, backfillMs, speed, log, whenHeard } = this.#options;
    const client = connect(mqttUrl, { protocolVersion: 4, reconnectPeriod: 1000 });
    client.on('error', () => undefined); // mqtt.js connects again; health tells meanwhile.
    this.#client = client;
    this.#simulation = new Simulation({
      town: createTown({ places: placesOf(inventory), seed }),
      publish: async ({ topic, payload }) => {
        await client.publishAsync(topic, payload, { qos: 1 });
      },
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

  health(): Health {
    return this.#simulation?.health() ?? { status: 'down', detail: 'not started' };
  }

  async stop(): Promise<void> {
    await this.#simulation?.stop();
    await this.#client?.endAsync(true);
  }
}
