import type { Component, Health, Registry } from '#core';

const everyMs = 1000;
/** Rates are means over so many seconds: steady enough to read, quick enough to follow. */
const windowS = 10;
/** Of a terminal that does not know its size. */
const columnsUsual = 80;

/** What the line shows, as it stands in the metrics: all of a metric, or what has (or has not) a label's value. */
const shown = {
  uplinks: { metric: 'stadtpegel_mqtt_received_total' },
  decoded: { metric: 'stadtpegel_messages_translated_total', no: 'dead-letter' },
  written: { metric: 'stadtpegel_points_total', only: 'accepted' },
  undecoded: { metric: 'stadtpegel_decode_errors_total' },
  letters: { metric: 'stadtpegel_dead_letters_total' },
  rejected: { metric: 'stadtpegel_points_total', only: 'rejected' },
  spool: { metric: 'stadtpegel_spool_pending_messages' },
} as const satisfies Record<string, { metric: string; only?: string; no?: string }>;

type Figure = keyof typeof shown;

/** The figures of one moment, ms of a steady clock. */
export type Figures = Readonly<Record<Figure, number>> & { readonly atMs: number };

/**
 * One line, rewritten every second, on a terminal; nothing elsewhere, where plain logs are wanted, nor where TERM is
 * `dumb`. It has no colours. Its cursor waits at its beginning, so that a log line takes its place.
 */
export class StatusLine implements Component {
  readonly name = 'status line';
  readonly #registry: Registry;
  readonly #output: NodeJS.WriteStream;
  readonly #term: string | undefined;
  readonly #figures: Figures[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(registry: Registry, output: NodeJS.WriteStream, term = process.env.TERM) {
    this.#registry = registry;
    this.#output = output;
    this.#term = term;
  }

  async start(): Promise<void> {
    if (!this.#output.isTTY || this.#term === 'dumb') return;
    this.#figures.push(await figuresOf(this.#registry));
    this.#timer = setInterval(() => {
      this.#show().catch(() => clearInterval(this.#timer));
    }, everyMs);
    this.#timer.unref();
  }

  async #show(): Promise<void> {
    const now = await figuresOf(this.#registry);
    this.#figures.push(now);
    if (this.#figures.length > windowS + 1) this.#figures.shift();
    // Asked each time: a terminal may have been resized.
    const line = statusText(this.#figures[0] ?? now, now, this.#output.columns || columnsUsual);
    if (this.#timer) this.#output.write(`\r${line}\x1b[K\r`);
  }

  health(): Health {
    return { status: 'ok' };
  }

  async stop(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#output.write('\r\x1b[K');
  }
}

/** The line for what happened between two moments, at most `columns` − 1 characters: what does not fit is left out, from the end. */
export function statusText(since: Figures, now: Figures, columns: number): string {
  const elapsedS = Math.max(1, now.atMs - since.atMs) / 1000;
  const rate = (figure: Figure): string => rateText((now[figure] - since[figure]) / elapsedS).padStart(6);
  const parts = [
    `${rate('uplinks')} uplinks/s`,
    `${rate('decoded')} decoded/s`,
    `${rate('written')} written/s`,
    `spool ${count(now.spool)}`,
    errorText(now),
  ];
  while (parts.length > 1 && parts.join('  ').length >= columns) parts.pop();
  return parts.join('  ').slice(0, Math.max(0, columns - 1));
}

const count = (value: number): string => value.toLocaleString('en');

/** Rates below ten have a decimal: a small town says a few things a minute. */
function rateText(perS: number): string {
  return perS < 9.95 ? perS.toFixed(1) : count(Math.round(perS));
}

/** Since the start; the operator's metrics and drawer say more. */
function errorText({ undecoded, letters, rejected }: Figures): string {
  const kinds = [
    [undecoded, 'not decoded'],
    [letters, 'dead letters'],
    [rejected, 'points rejected'],
  ] as const;
  const found = kinds.filter(([value]) => value > 0).map(([value, what]) => `${count(value)} ${what}`);
  const sum = undecoded + letters + rejected;
  return `errors ${count(sum)}${found.length === 0 ? '' : ` (${found.join(', ')})`}`;
}

async function figuresOf(registry: Registry): Promise<Figures> {
  const sumOf = async (figure: Figure): Promise<number> => {
    const { metric, only, no }: { metric: string; only?: string; no?: string } = shown[figure];
    const values = (await registry.getSingleMetric(metric)?.get())?.values ?? [];
    return values.reduce((sum, { value, labels }) => {
      const named = Object.values(labels);
      const counts =
        (only === undefined || named.includes(only)) && (no === undefined || !named.includes(no));
      return counts ? sum + value : sum;
    }, 0);
  };
  const [uplinks, decoded, written, undecoded, letters, rejected, spool] = await Promise.all([
    sumOf('uplinks'),
    sumOf('decoded'),
    sumOf('written'),
    sumOf('undecoded'),
    sumOf('letters'),
    sumOf('rejected'),
    sumOf('spool'),
  ]);
  return { uplinks, decoded, written, undecoded, letters, rejected, spool, atMs: performance.now() };
}
