import { escape as quote } from 'influx';
import { quantity, themes } from '#core';
import { componentsOf } from '../downsample/aggregate.ts';
import { hourMs, type Step } from '../downsample/buckets.ts';
import type { Ask, HistorySource } from '../downsample/history.ts';
import type { Part, ReadingSeries } from '../downsample/parts.ts';
import { fieldOf, measurementOf, partsIn, policyOf, readingsIn } from './layout.ts';
import { type InfluxQueries, isOneOf, type Selected, within } from './queries.ts';

/** Where the job says how far it has come: `until_ms` at the beginning of time. */
export const progress = { policy: policyOf(hourMs), measurement: 'downsampling' } as const;

/**
 * Reads the past of some assets. The profile's theme is the measurement, and nobody has to know which theme a past
 * device had: all of them are asked, the asset tag decides.
 */
export class InfluxHistory implements HistorySource {
  readonly #queries: InfluxQueries;

  constructor(queries: InfluxQueries) {
    this.#queries = queries;
  }

  async summarisedUntilMs(): Promise<number | undefined> {
    const from = this.#queries.from(progress.policy, [progress.measurement]);
    const [selected] = await this.#queries.run(`SELECT "until_ms" FROM ${from} WHERE time = 0`);
    const until = selected?.rows[0]?.[1];
    return typeof until === 'number' ? until : undefined;
  }

  async readings(ask: Ask): Promise<ReadingSeries[]> {
    const fields = [...ask.quantities, 'flags'];
    return (await this.#select(fields, this.#queries.from('readings', themes), ask)).flatMap(readingsIn);
  }

  async summaries(step: Step, ask: Ask): Promise<Part[]> {
    const fields = ask.quantities.flatMap((key) =>
      componentsOf(quantity(key).aggregate).map((component) => fieldOf(key, component)),
    );
    const measurements = themes.map((theme) => measurementOf(theme, step));
    return (await this.#select(fields, this.#queries.from(policyOf(step), measurements), ask)).flatMap(
      partsIn,
    );
  }

  async #select(fields: readonly string[], from: string, { assets, fromMs, toMs }: Ask): Promise<Selected[]> {
    if (assets.length === 0) return [];
    return this.#queries.run(
      `SELECT ${fields.map((field) => quote.quoted(field)).join(', ')} FROM ${from} ` +
        `WHERE ${isOneOf('asset', assets)} AND ${within(fromMs, toMs)} GROUP BY "asset", "channel", "device"`,
    );
  }
}
