import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { dataSourceUid } from './data-source.ts';

/** A query as Grafana's InfluxDB data source keeps it in a panel. */
interface InfluxTarget extends Dataquery {
  readonly datasource: { readonly type: 'influxdb'; readonly uid: string };
  readonly refId: string;
  readonly rawQuery: true;
  readonly query: string;
  readonly resultFormat: 'time_series' | 'table';
  readonly alias: string;
}

/**
 * One InfluxQL statement of a panel; the SDK has builders for other databases only. Grafana puts in `$timeFilter`,
 * `$__interval` and variables.
 * Keys: https://grafana.com/docs/grafana/latest/datasources/influxdb/query-editor/ (raw query, alias patterns).
 */
export class InfluxQuery implements Builder<Dataquery> {
  readonly #query: string;
  #format: InfluxTarget['resultFormat'] = 'time_series';
  #alias = '';
  #refId = 'A';

  constructor(query: string) {
    this.#query = query;
  }

  /** Rows and columns instead of one series per group. */
  asTable(): this {
    this.#format = 'table';
    return this;
  }

  /** What a series is called, e.g. `$tag_asset`. */
  alias(alias: string): this {
    this.#alias = alias;
    return this;
  }

  /** Tells the queries of one panel apart: `A`, `B`, … */
  refId(refId: string): this {
    this.#refId = refId;
    return this;
  }

  build(): InfluxTarget {
    return {
      datasource: { type: 'influxdb', uid: dataSourceUid },
      refId: this.#refId,
      rawQuery: true,
      query: this.#query,
      resultFormat: this.#format,
      alias: this.#alias,
      // Only marks the type; functions do not appear in JSON.
      _implementsDataqueryVariant: () => {},
    };
  }
}
