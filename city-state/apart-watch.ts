import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Component, Gauge, type Health, type Logger, messageOf, type Registry } from '#core';
import { type Apart, Comparison, keptSchema, textOf } from './apart.ts';
import type { CityState } from './state.ts';

/** How often is looked whether the next hour has begun. */
const checkMs = 60_000;

interface ApartWatchOptions {
  /** Where what has been seen outlives the process: a day must not begin anew with each restart. */
  readonly file: string;
  readonly state: Pick<CityState, 'alike'>;
  readonly now: () => number;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Watches for sensors that drift away from others of their kind: a figure for alarms, and a log line that says which. */
export class ApartWatch implements Component {
  readonly name = 'sensor-comparison';
  readonly #parts: ApartWatchOptions;
  #known: Comparison | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ApartWatchOptions) {
    this.#parts = parts;
    const look = (): number => this.#look();
    new Gauge({
      name: 'stadtpegel_devices_apart',
      help:
        'Devices of the inventory one of whose numbers has been apart for a day or more from those of at least four others of ' +
        'its model at places of its kind; the log names them',
      registers: [parts.registry],
      collect() {
        this.set(look());
      },
    });
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.#look(), checkMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  health(): Health {
    return { status: 'ok' };
  }

  /** Looks where an hour has begun; gives how many are apart. */
  #look(): number {
    const { state, now } = this.#parts;
    const nowMs = now();
    this.#known ??= this.#restored();
    if (this.#known.isDue(nowMs)) {
      for (const apart of this.#known.look(nowMs, state.alike(nowMs))) this.#tell(apart);
      this.#keep(this.#known);
    }
    return this.#known.devices;
  }

  /** A file that is missing or damaged costs no more than the days it knew. */
  #restored(): Comparison {
    const { file, log } = this.#parts;
    try {
      return new Comparison(keptSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
    } catch (cause) {
      const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      if (!isMissing) log.warn({ file, reason: messageOf(cause) }, 'the comparison of sensors begins anew');
      return new Comparison();
    }
  }

  #keep({ kept }: Comparison): void {
    const { file, log } = this.#parts;
    try {
      writeFileSync(`${file}.new`, JSON.stringify(kept));
      renameSync(`${file}.new`, file);
    } catch (cause) {
      log.warn({ file, reason: messageOf(cause) }, 'the comparison of sensors cannot be kept');
    }
  }

  #tell(apart: Apart): void {
    const { device, asset, quantity, channel, value, middle, members, sinceMs } = apart;
    const since = new Date(sinceMs).toISOString();
    const facts = { device, asset, quantity, channel, value, middle, members, since };
    this.#parts.log.warn(facts, textOf(apart));
  }
}
