import { escape as quote } from 'influx';
import { z } from 'zod';
import type { InfluxHttp } from './http.ts';

const cell = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const answerSchema = z.object({
  error: z.string().optional(),
  results: z
    .array(
      z.object({
        error: z.string().optional(),
        series: z
          .array(
            z.object({
              name: z.string(),
              tags: z.record(z.string(), z.string()).optional(),
              columns: z.array(z.string()),
              values: z.array(z.array(cell)),
            }),
          )
          .optional(),
      }),
    )
    .default([]),
});

/** Rows of one measurement and combination of tags. */
export interface Selected {
  readonly measurement: string;
  /** Those that are there. */
  readonly tags: Readonly<Record<string, string>>;
  /** Names of the cells of a row; the first is `time`, ms UTC. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly z.infer<typeof cell>[])[];
}

/** Asks in InfluxQL; whoever calls has escaped what is not his own. */
export class InfluxQueries {
  readonly #http: InfluxHttp;
  readonly #database: string;

  constructor(http: InfluxHttp, database: string) {
    this.#http = http;
    this.#database = database;
  }

  /** A measurement's full name, to stand behind FROM. */
  from(policy: string, measurements: readonly string[]): string {
    const database = quote.quoted(this.#database);
    return measurements.map((name) => `${database}.${quote.quoted(policy)}.${quote.quoted(name)}`).join(', ');
  }

  /** @throws with InfluxDB's own words, or where it does not answer; a retention policy it has not got has no rows */
  async run(text: string): Promise<Selected[]> {
    const form = new URLSearchParams({ db: this.#database, q: text, epoch: 'ms' });
    const reply = await this.#http.request('POST', '/query', {
      type: 'application/x-www-form-urlencoded',
      text: form.toString(),
    });
    const { error, results } = answerSchema.parse(jsonOf(reply.text, reply.status));
    const failure = error ?? results.find((result) => result.error !== undefined)?.error;
    if (failure?.startsWith('retention policy not found')) return [];
    if (failure !== undefined) throw new Error(failure);
    if (reply.status >= 300) throw new Error(`${reply.status} at /query`);
    return results.flatMap(({ series = [] }) =>
      series.map(({ name, tags = {}, columns, values }) => ({
        measurement: name,
        tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== '')),
        columns,
        rows: values,
      })),
    );
  }

  /** Stores lines; durable when it resolves. @throws where InfluxDB has not taken all of them */
  async write(policy: string, lines: readonly string[]): Promise<void> {
    const query = new URLSearchParams({ db: this.#database, rp: policy, precision: 'ms' });
    const { status, text } = await this.#http.request('POST', `/write?${query}`, {
      type: 'text/plain; charset=utf-8',
      text: lines.join('\n'),
    });
    if (status >= 300) throw new Error(`${status} ${text.slice(0, 300)}`);
  }
}

function jsonOf(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${status} ${text.slice(0, 300)}`);
  }
}

/** A condition that holds where the tag is one of these. */
export function isOneOf(tag: string, values: readonly string[]): string {
  return `(${values.map((value) => `${quote.quoted(tag)} = ${quote.stringLit(value)}`).join(' OR ')})`;
}

/** A condition on time, inclusive and exclusive, ms UTC. */
export function within(fromMs: number, toMs: number): string {
  return `time >= ${fromMs}ms AND time < ${toMs}ms`;
}
