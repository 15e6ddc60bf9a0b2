import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Stored } from './tally.ts';

/** So long nothing new may come before we believe that nothing will. */
const quietMs = 30_000;
const everyMs = 1000;
const answerMsMax = 120_000;

/** The InfluxDB the platform under load writes to. */
export interface LoadStore {
  readonly url: string;
  /** Of the platform; a name that needs no escaping. */
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
}

/** Which uplinks are those of a run. Times in ms UTC, both included. */
export interface Run {
  readonly devEuiPrefix: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const answerSchema = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z
        .array(
          z.object({
            tags: z.object({ device: z.string() }).optional(),
            values: z.array(z.tuple([z.unknown(), z.number().nullable(), z.number().nullable().optional()])),
          }),
        )
        .default([]),
    }),
  ),
});
type Row = z.infer<typeof answerSchema>['results'][number]['series'][number];

/**
 * Waits until the radio log holds so many uplinks of a run, or until none has come for half a minute, and gives what it
 * holds of each device, by number.
 * @throws where InfluxDB does not answer
 */
export async function storedUplinks(
  store: LoadStore,
  run: Run,
  expected: number,
): Promise<ReadonlyMap<number, Stored>> {
  let [before, changedMs] = [-1, performance.now()];
  while (performance.now() - changedMs < quietMs) {
    const count = (await ask(store, run, ''))[0]?.values[0]?.[1] ?? 0;
    if (count >= expected) break;
    if (count !== before) [before, changedMs] = [count, performance.now()];
    await sleep(everyMs);
  }
  const rows = await ask(store, run, 'GROUP BY device');
  return new Map(
    rows.map(({ tags, values }) => {
      const device = Number.parseInt(tags?.device.slice(run.devEuiPrefix.length) ?? '', 16);
      return [device, { count: values[0]?.[1] ?? 0, sum: values[0]?.[2] ?? 0 }];
    }),
  );
}

async function ask(store: LoadStore, { devEuiPrefix, fromMs, toMs }: Run, grouping: string): Promise<Row[]> {
  const query =
    `SELECT count(f_cnt), sum(f_cnt) FROM uplinks.uplink ` +
    `WHERE time >= ${fromMs}ms AND time <= ${toMs}ms AND device =~ /^${devEuiPrefix}/ ${grouping}`;
  const parameters = new URLSearchParams({ db: store.database, epoch: 'ms', q: query });
  const basic = Buffer.from(`${store.username}:${store.password ?? ''}`).toString('base64');
  const response = await fetch(`${store.url.replace(/\/$/, '')}/query?${parameters}`, {
    headers: store.username === undefined ? {} : { authorization: `Basic ${basic}` },
    signal: AbortSignal.timeout(answerMsMax),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status}: ${text.slice(0, 300)}`);
  const [result] = answerSchema.parse(JSON.parse(text)).results;
  if (result?.error !== undefined) throw new Error(`InfluxDB: ${result.error}`);
  return result?.series ?? [];
}
