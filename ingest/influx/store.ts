import type { InfluxDB } from 'influx';
import {
  type Component,
  type Health,
  messageOf,
  OutageLog,
  type Point,
  type Retention,
  type Series,
  type SeriesQuery,
  StadtpegelError,
  type TimeSeriesStore,
  type WriteResult,
} from '#core';
import { lineOf } from './line-protocol.ts';
import { createClient, ensureSchema, type InfluxOptions } from './schema.ts';
import { readSeries } from './series.ts';
import { InfluxWrites } from './writes.ts';

const requestCharsMax = 4 * 1_048_576;

interface Line {
  readonly index: number;
  readonly text: string;
}

/** Collects the three outcomes while a write goes on. */
interface Outcome {
  readonly rejected: { index: number; reason: string }[];
  readonly keep: number[];
  keepReason?: string;
  retryAfterMs?: number;
}

/** {@link TimeSeriesStore} on InfluxDB 1.x: one database, one retention policy for readings and one for the radio log. */
export class InfluxStore implements TimeSeriesStore, Component {
  readonly name = 'influxdb';
  readonly #options: InfluxOptions;
  readonly #client: InfluxDB;
  readonly #writes: InfluxWrites;
  readonly #outage: OutageLog;
  #schemaReady = false;

  constructor(options: InfluxOptions) {
    this.#options = options;
    this.#client = createClient(options);
    this.#writes = new InfluxWrites(options);
    this.#outage = new OutageLog(options.log, 'influxdb');
  }

  /** Prepares the schema; a store that is away does not keep the platform from starting. */
  async start(): Promise<void> {
    await this.#prepare();
  }

  async #prepare(): Promise<boolean> {
    if (this.#schemaReady) return true;
    try {
      await ensureSchema(this.#client, this.#options);
      this.#schemaReady = true;
    } catch (cause) {
      this.#outage.away(messageOf(cause));
    }
    return this.#schemaReady;
  }

  async write(points: readonly Point[]): Promise<WriteResult> {
    const outcome: Outcome = { rejected: [], keep: [] };
    const lines: Record<Retention, Line[]> = { readings: [], uplinks: [] };
    for (const [index, point] of points.entries()) {
      const text = lineOf(point);
      if (text === undefined) outcome.rejected.push({ index, reason: 'no field that can be stored' });
      else lines[point.retention].push({ index, text });
    }
    const ready = await this.#prepare();
    if (!ready) keep([...lines.readings, ...lines.uplinks], this.#outage.reason, outcome);
    else await Promise.all(Object.entries(lines).map(([name, some]) => this.#send(name, some, outcome)));
    if (ready && outcome.keep.length === 0) this.#outage.back();
    return outcome;
  }

  /**
   * Sends lines; where some are refused, halves them until the culprits stand alone (writing a line twice is harmless).
   * Gives whether the store answered: where it did not, the lines behind are kept without asking again.
   */
  async #send(retention: string, lines: readonly Line[], outcome: Outcome): Promise<boolean> {
    if (lines.length === 0) return true;
    if (lines.length > 1 && sumChars(lines) > requestCharsMax)
      return this.#sendHalves(retention, lines, outcome);
    const reply = await this.#writes.post(
      retention,
      lines.map(({ text }) => text),
    );
    if (reply.kind === 'stored') return true;
    if (reply.kind === 'later') {
      if (reply.schema) this.#schemaReady = false;
      if (reply.retryAfterMs !== undefined) outcome.retryAfterMs = reply.retryAfterMs;
      this.#outage.away(reply.reason);
      keep(lines, reply.reason, outcome);
      return false;
    }
    const reason = reply.kind === 'refused' ? reply.reason : 'larger than InfluxDB takes';
    if (lines.length === 1 || allDropped(reason, lines.length)) {
      outcome.rejected.push(...lines.map(({ index }) => ({ index, reason })));
      return true;
    }
    return this.#sendHalves(retention, lines, outcome);
  }

  async #sendHalves(retention: string, lines: readonly Line[], outcome: Outcome): Promise<boolean> {
    const middle = Math.ceil(lines.length / 2);
    if (await this.#send(retention, lines.slice(0, middle), outcome)) {
      return this.#send(retention, lines.slice(middle), outcome);
    }
    keep(lines.slice(middle), outcome.keepReason ?? '', outcome);
    return false;
  }

  /** @throws `store_unavailable` where InfluxDB does not answer. */
  async series(query: SeriesQuery): Promise<Series[]> {
    try {
      return await readSeries(this.#client, this.#options.database, query);
    } catch (cause) {
      throw new StadtpegelError('store_unavailable', `influxdb: ${messageOf(cause)}`, { cause });
    }
  }

  health(): Health {
    const { sinceMs, reason } = this.#outage;
    return sinceMs === undefined ? { status: 'ok' } : { status: 'down', detail: reason, sinceMs };
  }

  async stop(): Promise<void> {
    await this.#writes.close();
  }
}

function sumChars(lines: readonly Line[]): number {
  return lines.reduce((sum, { text }) => sum + text.length + 1, 0);
}

/** InfluxDB says how many points lie beyond the retention; where it is all of them, no need to find out which. */
function allDropped(reason: string, count: number): boolean {
  return /beyond retention policy/.test(reason) && Number(/dropped=(\d+)/.exec(reason)?.[1]) === count;
}

function keep(lines: readonly Line[], reason: string, outcome: Outcome): void {
  outcome.keep.push(...lines.map(({ index }) => index));
  outcome.keepReason = reason;
}
