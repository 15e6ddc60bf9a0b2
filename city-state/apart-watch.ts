import { type Component, Gauge, type Health, type Logger, type Registry } from '#core';
import { type Apart, Comparison, textOf } from './apart.ts';
import type { CityState } from './state.ts';

/** How often is looked whether the next hour has begun. */
const checkMs = 60_000;

interface ApartWatchOptions {
  readonly state: Pick<CityState, 'alike'>;
  readonly now: () => number;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Watches for sensors that drift away from others of their kind: a figure for alarms, and a log line that says which. */
export class ApartWatch implements Component {
  readonly name = 'sensor-comparison';
  readonly #parts: ApartWatchOptions;
  readonly #comparison = new Comparison();
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
    if (this.#comparison.isDue(nowMs))
      for (const apart of this.#comparison.look(nowMs, state.alike(nowMs))) this.#tell(apart);
    return this.#comparison.devices;
  }

  #tell(apart: Apart): void {
    const { device, asset, quantity, channel, value, middle, members, sinceMs } = apart;
    const since = new Date(sinceMs).toISOString();
    const facts = { device, asset, quantity, channel, value, middle, members, since };
    this.#parts.log.warn(facts, textOf(apart));
  }
}
