import type { Component, Health, Registry } from '#core';

const everyMs = 1000;

/** What the line shows, as it stands in the metrics. */
const shown = {
  received: 'stadtpegel_mqtt_received_total',
  translated: 'stadtpegel_messages_translated_total',
  written: 'stadtpegel_points_total',
  errors: 'stadtpegel_decode_errors_total',
  letters: 'stadtpegel_dead_letters_total',
  pending: 'stadtpegel_spool_pending_messages',
} as const;

type Figures = Record<keyof typeof shown, number>;

/** One line, rewritten every second, on a terminal; nothing elsewhere, where plain logs are wanted. */
export class StatusLine implements Component {
  readonly name = 'status line';
  readonly #registry: Registry;
  readonly #output: NodeJS.WriteStream;
  #timer: NodeJS.Timeout | undefined;
  #last: Figures | undefined;

  constructor(registry: Registry, output: NodeJS.WriteStream) {
    this.#registry = registry;
    this.#output = output;
  }

  async start(): Promise<void> {
    if (!this.#output.isTTY) return;
    this.#timer = setInterval(() => {
      this.#show().catch(() => clearInterval(this.#timer));
    }, everyMs);
    this.#timer.unref();
  }

  async #show(): Promise<void> {
    const now = await figuresOf(this.#registry);
    const before = this.#last ?? now;
    this.#last = now;
    const rate = (key: keyof Figures): string => `${now[key] - before[key]}`.padStart(6);
    this.#output.write(
      `\r\x1b[K${rate('received')} uplinks/s ${rate('translated')} decoded/s ${rate('written')} points/s` +
        `  ${now.errors} decode errors  ${now.letters} dead letters  spool ${now.pending}`,
    );
  }

  health(): Health {
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#last) this.#output.write('\n');
  }
}

async function figuresOf(registry: Registry): Promise<Figures> {
  const sums = await Promise.all(
    Object.entries(shown).map(async ([key, name]) => {
      const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      return [key, values.reduce((sum, { value }) => sum + value, 0)] as const;
    }),
  );
  return {
    received: 0,
    translated: 0,
    written: 0,
    errors: 0,
    letters: 0,
    pending: 0,
    ...Object.fromEntries(sums),
  };
}
