import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { eventually, freePort, Program, programPath, temporaryFolder } from './programs.ts';

/** A real mosquitto on a free loopback port with a folder of its own. */
export class Mosquitto {
  readonly port: number;
  readonly #folder: string;
  readonly #remove: () => Promise<void>;
  #program: Program | undefined;

  private constructor(port: number, folder: string, remove: () => Promise<void>) {
    this.port = port;
    this.#folder = folder;
    this.#remove = remove;
  }

  /**
   * Starts one. `persistence` keeps sessions and queued messages over {@link stop} and {@link start}; `inflightMax` is
   * how many messages it sends a client before the first is acknowledged, `queuedMax` how many wait for one that is away,
   * 0 for any number.
   */
  static async create({ persistence = false, inflightMax = 0, queuedMax = 0 } = {}): Promise<Mosquitto> {
    const { folder, remove } = await temporaryFolder('mosquitto');
    const mosquitto = new Mosquitto(await freePort(), folder, remove);
    await writeFile(
      path.join(folder, 'mosquitto.conf'),
      [
        `listener ${mosquitto.port} 127.0.0.1`,
        'allow_anonymous true',
        `persistence ${persistence}`,
        `persistence_location ${folder}/`,
        // As deploy/mosquitto/mosquitto.conf has them; in memory alone it is for measurements, which are not of its limit.
        `max_queued_messages ${queuedMax}`,
        // Seconds between what it tells of itself.
        'sys_interval 1',
        `max_queued_bytes ${persistence ? 1_073_741_824 : 0}`,
        'autosave_interval 30',
        'autosave_on_changes false',
        `max_inflight_messages ${inflightMax}`,
        // Started by root it would become the user mosquitto, who may not read our folder.
        'user root',
        '',
      ].join('\n'),
    );
    await mosquitto.start();
    return mosquitto;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Process id, while it runs. */
  get pid(): number | undefined {
    return this.#program?.child.pid;
  }

  async start(): Promise<void> {
    const program = new Program(programPath('mosquitto') ?? 'mosquitto', [
      '-c',
      path.join(this.#folder, 'mosquitto.conf'),
    ]);
    this.#program = program;
    await eventually(async () => {
      if (!program.running) throw new Error(`mosquitto ended: ${program.output}`);
      const socket = connect(this.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
  }

  /** SIGTERM: with persistence it saves its sessions; SIGKILL: it does not. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#program?.end(signal);
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#remove();
  }
}
