import { escape as quote } from 'influx';
import { type Theme, themes, type Value } from '#core';
import { hourMs, quarterMs, steps } from '../downsample/buckets.ts';
import type { DeviceHours, Part, ReadingSeries, StoredPart } from '../downsample/parts.ts';
import type { Heard, SummaryStore } from '../downsample/summary-store.ts';
import { fieldsOf, measurementOf, partsIn, policyOf, readingsIn } from './layout.ts';
import { lineOf } from './line-protocol.ts';
import { type InfluxQueries, isOneOf, within } from './queries.ts';
import { InfluxHistory, progress } from './series.ts';

const linesMax = 5000;

/** {@link SummaryStore} on InfluxDB: a point per series and period, its tags those of the readings. */
export class InfluxSummaries implements SummaryStore {
  readonly #queries: InfluxQueries;
  readonly #history: InfluxHistory;

  constructor(queries: InfluxQueries) {
    this.#queries = queries;
    this.#history = new InfluxHistory(queries);
  }

  async readings({ theme, hourMs: hour, devices }: DeviceHours): Promise<ReadingSeries[]> {
    const from = this.#queries.from('readings', [theme]);
    const where = `${isOneOf('device', devices)} AND ${within(hour, hour + hourMs)}`;
    return (await this.#queries.run(`SELECT * FROM ${from} WHERE ${where} GROUP BY *`)).flatMap(readingsIn);
  }

  async replace(of: DeviceHours, parts: readonly StoredPart[]): Promise<void> {
    await this.#deleteStale(of, parts);
    for (const step of steps) {
      const lines = linesOf(
        measurementOf(of.theme, step),
        parts.filter((part) => part.step === step),
      );
      for (let from = 0; from < lines.length; from += linesMax) {
        await this.#queries.write(policyOf(step), lines.slice(from, from + linesMax));
      }
    }
  }

  /** Writing replaces a summary; one whose readings are gone has to be deleted, which is dear and seldom needed. */
  async #deleteStale(
    { theme, hourMs: hour, devices }: DeviceHours,
    parts: readonly StoredPart[],
  ): Promise<void> {
    const from = this.#queries.from(policyOf(quarterMs), [measurementOf(theme, quarterMs)]);
    const when = within(hour, hour + hourMs);
    const stored = await this.#queries.run(
      `SELECT * FROM ${from} WHERE ${isOneOf('device', devices)} AND ${when} GROUP BY *`,
    );
    const kept = new Set(parts.filter(({ step }) => step === quarterMs).map(idOf));
    const stale = stored.flatMap(partsIn).filter((part) => !kept.has(idOf(part)));
    const stalest = [...new Set(stale.flatMap(({ tags }) => tags.device ?? []))];
    if (stalest.length === 0) return;
    for (const step of steps) {
      const measurement = quote.quoted(measurementOf(theme, step));
      await this.#queries.run(`DELETE FROM ${measurement} WHERE ${isOneOf('device', stalest)} AND ${when}`);
    }
  }

  summarisedUntilMs(): Promise<number | undefined> {
    return this.#history.summarisedUntilMs();
  }

  async declareSummarised(untilMs: number): Promise<void> {
    await this.#queries.write(progress.policy, [`${progress.measurement} until_ms=${untilMs} 0`]);
  }

  async oldestReadingMs(): Promise<number | undefined> {
    const found = await this.#queries.run(
      `SELECT first("flags") FROM ${this.#queries.from('readings', themes)}`,
    );
    const times = found.flatMap(({ rows }) => rows.map(([time]) => Number(time)));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async heard(fromMs: number, toMs: number): Promise<Heard[]> {
    const from = this.#queries.from('readings', themes);
    const counts = await this.#queries.run(
      `SELECT count("flags") FROM ${from} WHERE ${within(fromMs, toMs)} GROUP BY time(1h), "device" fill(none)`,
    );
    return counts.flatMap(({ measurement, tags: { device }, rows }) => {
      const theme = themes.find((one) => one === measurement);
      if (theme === undefined || device === undefined) return [];
      return rows.map(([time]) => ({ theme, device, hourMs: Number(time) }));
    });
  }

  async forgetReadings(theme: Theme, beforeMs: number): Promise<void> {
    await this.#queries.run(`DELETE FROM ${quote.quoted(theme)} WHERE time < ${Math.trunc(beforeMs)}ms`);
  }
}

function idOf({ tags, quantity: key, startMs }: Part): string {
  return JSON.stringify([startMs, key, Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** A line per series and period, with all its quantities. */
function linesOf(measurement: string, parts: readonly StoredPart[]): string[] {
  const points = new Map<string, { tags: Part['tags']; time: number; fields: Record<string, Value> }>();
  for (const part of parts) {
    const { tags, startMs: time } = part;
    const id = JSON.stringify([time, tags]);
    const fields = { ...points.get(id)?.fields, ...fieldsOf(part) };
    points.set(id, { tags, time, fields });
  }
  return [...points.values()].flatMap((point) => lineOf({ retention: 'means', measurement, ...point }) ?? []);
}
