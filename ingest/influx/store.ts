import type { InfluxDB } from 'influx';
import {
  type Component,
  type Health,
  messageOf,
  OutageLog,
  type Point,
  type ReplayStore,
  type Retention,
  type Series,
  type SeriesQuery,
  StadtpegelError,
  type TimeSeriesStore,
  type WriteResult,
} from '#core';
import { readHistory } from '../downsample/history.ts';
import { type CounterWraps, neverWraps } from '../downsample/parts.ts';
import type { SummaryStore } from '../downsample/summary-store.ts';
import { InfluxHttp } from './http.ts';
import { lineOf } from './line-protocol.ts';
import { InfluxQueries } from './queries.ts';
import { InfluxReplay } from './replay.ts';
import { createClient, ensureSchema, type InfluxOptions } from './schema.ts';
import { InfluxHistory } from './series.ts';
import { InfluxSummaries } from './summaries.ts';
import { type Line, type Settled, settle, type Target, targetOf } from './writes.ts';

export interface InfluxStoreOptions extends InfluxOptions {
  /** Where counters wrap; without it every one that shows less than before has begun again at zero. */
  readonly wrapsAt?: CounterWraps;
}

/**
 * {@link TimeSeriesStore} on InfluxDB 1.x, or 2.x by its 1.x endpoints: one database, one retention policy for readings
 * and one for the radio log.
 */
export class InfluxStore implements TimeSeriesStore, Component {
  readonly name = 'influxdb';
  readonly summaries: SummaryStore;
  readonly past: ReplayStore;
  readonly #options: InfluxStoreOptions;
  readonly #client: InfluxDB;
  readonly #http: InfluxHttp;
  readonly #history: InfluxHistory;
  readonly #targets: Readonly<Record<Retention, Target>>;
  readonly #outage: OutageLog;
  #schemaReady = false;
  /** What the operator has to create, where we may not. */
  #needed: string | undefined;

  constructor(options: InfluxStoreOptions) {
    this.#options = options;
    this.#client = createClient(options);
    this.#http = new InfluxHttp(options);
    const queries = new InfluxQueries(this.#http, options.database);
    this.#history = new InfluxHistory(queries);
    this.summaries = new InfluxSummaries(queries);
    this.past = new InfluxReplay(queries, (points) => this.write(points));
    this.#targets = {
      readings: targetOf(this.#http, options.database, 'readings'),
      uplinks: targetOf(this.#http, options.database, 'uplinks'),
    };
    this.#outage = new OutageLog(options.log, 'influxdb');
  }

  /** Prepares the schema; a store that is away does not keep the platform from starting. */
  async start(): Promise<void> {
    await this.#prepare();
  }

  async #prepare(): Promise<boolean> {
    if (this.#schemaReady) return true;
    try {
      const needed = await ensureSchema(this.#client, this.#http, this.#options);
      if (needed !== undefined && needed !== this.#needed) this.#options.log.warn(`influxdb: ${needed}`);
      this.#needed = needed;
      this.#schemaReady = true;
    } catch (cause) {
      this.#outage.away(messageOf(cause));
    }
    return this.#schemaReady;
  }

  async write(points: readonly Point[]): Promise<WriteResult> {
    if (!(await this.#prepare()))
      return { rejected: [], keep: [...points.keys()], keepReason: this.#outage.reason };
    const rejected: { index: number; reason: string }[] = [];
    const lines: Record<Retention, Line[]> = { readings: [], uplinks: [] };
    for (let index = 0; index < points.length; index++) {
      const point = points[index];
      if (point === undefined) continue;
      const text = lineOf(point);
      if (text === undefined) rejected.push({ index, reason: 'no field that can be stored' });
      else lines[point.retention].push({ index, text, point });
    }
    const settled = await Promise.all([
      settle(lines.readings, this.#targets.readings),
      settle(lines.uplinks, this.#targets.uplinks),
    ]);
    this.#note(settled);
    return resultOf(rejected, settled);
  }

  #note(settled: readonly Settled[]): void {
    const away = settled.find((some) => some.away);
    const schemaMissing = settled.some((some) => some.schemaMissing);
    if (schemaMissing) this.#schemaReady = false;
    if (!away) this.#outage.back();
    else if (schemaMissing && this.#needed !== undefined)
      this.#outage.away(`${away.keepReason}; ${this.#needed}`);
    else this.#outage.away(away.keepReason ?? '');
  }

  /** @throws `store_unavailable` where InfluxDB does not answer. */
  async series(query: SeriesQuery): Promise<Series[]> {
    try {
      return await readHistory(this.#history, query, this.#options.wrapsAt ?? neverWraps);
    } catch (cause) {
      throw new StadtpegelError('store_unavailable', `influxdb: ${messageOf(cause)}`, { cause });
    }
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'down', detail: reason, sinceMs };
  }

  async stop(): Promise<void> {
    await this.#http.close();
  }
}

function resultOf(unstorable: WriteResult['rejected'], settled: readonly Settled[]): WriteResult {
  const waitsMs = settled.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  const keepReason = settled.find((some) => some.keep.length > 0)?.keepReason;
  return {
    rejected: [...unstorable, ...settled.flatMap((some) => some.rejected)],
    keep: settled.flatMap((some) => some.keep),
    ...(keepReason !== undefined && { keepReason }),
    ...(waitsMs.length > 0 && { retryAfterMs: Math.max(...waitsMs) }),
  };
}
