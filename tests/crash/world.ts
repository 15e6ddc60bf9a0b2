import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Rng } from '#simulator';
import { Mosquitto } from '../services/mosquitto.ts';
import { Platform } from '../services/platform.ts';
import { eventually, temporaryFolder } from '../services/programs.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Load } from './load.ts';
import { Relay } from './relay.ts';
import type { Scale, Scenario } from './scenario.ts';
import { SmallDisk } from './small-disk.ts';
import { embeddedStore, influxStore, type StoreSeen } from './stores.ts';

const readySchema = z.object({
  ready: z.boolean(),
  components: z.record(z.string(), z.object({ status: z.string(), detail: z.string().optional() })),
});
const lettersSchema = z.object({ letters: z.array(z.object({ code: z.string(), reason: z.string() })) });
const recoveryMsMax = 120_000;

/** Thrown where this machine cannot show a scenario. */
export class NotHere extends Error {}

/** Everything real a scenario needs, each with a port and a folder of its own. */
export class World {
  readonly scale: Scale;
  readonly rng: Rng;
  readonly load: Load;
  readonly acks: Acknowledgements;
  readonly broker: Mosquitto;
  /** Between broker and platform. */
  readonly line: Relay;
  readonly store: StoreSeen;
  /** Between platform and store, where the scenario asks for it. */
  readonly storeLine: Relay | undefined;
  readonly disk: SmallDisk | undefined;
  /** What told an operator of it. */
  readonly signs: string[] = [];
  /** A folder for whatever. */
  readonly scratch: string;
  readonly #scenario: Scenario;
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>;
  #dataDir: string;
  /** All that were started, the one under test last. */
  readonly #platforms: Platform[] = [];

  private constructor(scenario: Scenario, scale: Scale, seed: number, parts: Parts) {
    this.#scenario = scenario;
    this.scale = scale;
    this.rng = new Rng(seed);
    this.load = new Load(scale.uplinks, seed);
    this.broker = parts.broker;
    this.line = parts.line;
    this.acks = parts.acks;
    this.store = parts.store;
    this.storeLine = parts.storeLine;
    this.disk = parts.disk;
    this.#folder = parts.folder;
    this.scratch = parts.folder.folder;
    this.#dataDir = parts.disk?.folder ?? path.join(this.scratch, 'data');
  }

  /** @throws {NotHere} */
  static async create(scenario: Scenario, scale: Scale, seed: number): Promise<World> {
    const disk = scenario.diskBytes === undefined ? undefined : await SmallDisk.create(scenario.diskBytes);
    if (typeof disk === 'string') throw new NotHere(disk);
    const [broker, store, folder] = await Promise.all([
      Mosquitto.create({ persistence: true }),
      scenario.store === 'influxdb' ? influxStore() : embeddedStore,
      temporaryFolder('crash'),
    ]);
    const acks = new Acknowledgements();
    const line = await Relay.create(broker.port, () => acks.watch());
    const port = store.server?.port;
    const storeLine = scenario.isStoreRelayed && port !== undefined ? await Relay.create(port) : undefined;
    return new World(scenario, scale, seed, { broker, line, acks, store, storeLine, disk, folder });
  }

  /** The one under test: it runs, or was the last to run. */
  get platform(): Platform {
    const platform = this.#platforms.at(-1);
    if (!platform) throw new Error('start comes first');
    return platform;
  }

  /** Its data folder, as this process sees it. */
  get dataDir(): string {
    return this.disk?.outside ?? this.#dataDir;
  }

  /** Starts the platform, with the data it had. */
  async start(): Promise<Platform> {
    const storePort = this.storeLine?.port ?? this.store.server?.port;
    const platform = await Platform.start({
      mqttUrl: `mqtt://127.0.0.1:${this.line.port}`,
      ...(storePort !== undefined && { influxUrl: `http://127.0.0.1:${storePort}` }),
      dataDir: this.#dataDir,
      env: this.#scenario.env?.(this.scratch) ?? {},
      ...(this.disk && { wrapper: this.disk.wrapper }),
    });
    this.#platforms.push(platform);
    return platform;
  }

  /** Starts another one beside it, with data of its own, which from now on is the one under test. */
  async succeed(): Promise<Platform> {
    this.#dataDir = path.join(this.scratch, 'successor');
    return this.start();
  }

  /** Ends the platform, and resolves when all it had acknowledged was seen. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const how = await this.platform.stop(signal);
    await this.line.untilNobody();
    return how;
  }

  /** What its health says for those who run it. */
  async health(of: Platform = this.platform): Promise<z.infer<typeof readySchema>> {
    return readySchema.parse((await of.operator('/health/ready')).body);
  }

  /** Resolves when it says by itself that it is ready, without anybody having done anything. */
  async untilReady(): Promise<void> {
    await eventually(
      async () => {
        const { ready, components } = await this.health();
        if (!ready) throw new Error(`not ready: ${JSON.stringify(components)}`);
      },
      recoveryMsMax,
      200,
    );
  }

  /** Resolves when something an operator can see is as it should be, and notes it. */
  async sign(text: string, seen: () => Promise<boolean> | boolean): Promise<void> {
    await eventually(
      async () => {
        if (!(await seen())) throw new Error(`no sign for the operator: ${text}`);
      },
      60_000,
      100,
    );
    if (!this.signs.includes(text)) this.signs.push(text);
  }

  /** What lies in the drawer, a thousand at most. */
  async deadLetters(): Promise<readonly { readonly code: string; readonly reason: string }[]> {
    const { body } = await this.platform.operator('/v1/operator/letters?limit=1000');
    return lettersSchema.parse(body).letters;
  }

  /** A moment within a span, in ms, which the seed decides. */
  async pause(msMin: number, msMax = msMin): Promise<void> {
    await sleep(this.rng.int(msMin, msMax));
  }

  async remove(): Promise<void> {
    await Promise.all(this.#platforms.map((platform) => platform.stop('SIGKILL')));
    await Promise.all([this.line.close(), this.storeLine?.close()]);
    await Promise.all([this.store.close(), this.broker.remove(), this.disk?.remove()]);
    await this.#folder.remove();
  }
}

interface Parts {
  readonly broker: Mosquitto;
  readonly line: Relay;
  readonly acks: Acknowledgements;
  readonly store: StoreSeen;
  readonly storeLine: Relay | undefined;
  readonly disk: SmallDisk | undefined;
  readonly folder: Awaited<ReturnType<typeof temporaryFolder>>;
}
