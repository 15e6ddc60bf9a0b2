/** Every query of every panel and variable, on a real InfluxDB that ingest has filled with the captured messages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CityState, createDirectory, loadInventory } from '#city-state';
import {
  createLogger,
  createMetrics,
  type Point,
  type RawMessage,
  startAll,
  stopAll,
  type Theme,
} from '#core';
import { dashboards } from '#dashboards';
import { createTranslate } from '#gateway-bridge';
import { createIngest, type Ingest, ingestConfig } from '#ingest';
import { capturedMessages } from './services/captured.ts';
import { InfluxServer } from './services/influxdb.ts';
import { eventually, missing, temporaryFolder } from './services/programs.ts';

/** What no captured message says, as ingest would write it. */
function morePoints(time: number): Point[] {
  const tags = { device: '24e124746c876543', asset: 'laadplein-meter-1', site: 'laadplein' };
  const reading = (measurement: Theme, fields: Point['fields']): Point => ({
    retention: 'readings',
    measurement,
    time,
    tags,
    fields,
  });
  return [
    reading('energy', { active_power: 7400 }),
    reading('environment', { tvoc: 120, pm2_5: 8, pm10: 14 }),
    reading('waste', { battery_level: 12 }),
    {
      retention: 'uplinks',
      measurement: 'uplink',
      time,
      tags: { device: tags.device },
      fields: { f_cnt: 1, error: 'decode_failed', error_message: 'nothing could be read' },
    },
  ];
}

interface Asked {
  readonly where: string;
  readonly query: string;
}

const asked: readonly Asked[] = Object.entries(dashboards()).flatMap(
  ([name, { panels = [], templating }]) => [
    ...panels.flatMap((panel) =>
      ('targets' in panel ? (panel.targets ?? []) : []).map((target, index) => ({
        where: `${name}: ${panel.title}, query ${index + 1}`,
        query: 'query' in target ? String(target.query) : '',
      })),
    ),
    ...(templating?.list ?? []).map((variable) => ({
      where: `${name}: variable ${variable.name}`,
      query: String(variable.query),
    })),
  ],
);

/** What Grafana puts in where someone looks at all sites and the time of the captured messages. */
function substituted(query: string, timeFilter: string): string {
  return query
    .replaceAll('$timeFilter', timeFilter)
    .replaceAll('$__interval', '1m')
    .replaceAll('$site', '.*');
}

function rawMessages(): RawMessage[] {
  return capturedMessages()
    .filter(({ topic }) => topic.includes('/event/'))
    .map(({ at, topic, payload }) => ({
      receivedAtMs: Date.parse(at),
      broker: 'captured',
      topic,
      payload: Buffer.from(payload),
    }));
}

describe.skipIf(missing('influxd'))('dashboards on a filled InfluxDB', () => {
  let influx: InfluxServer;
  let ingest: Ingest;
  let timeFilter = '';
  let remove = async (): Promise<void> => {};

  beforeAll(async () => {
    const messages = rawMessages();
    const times = messages.map(({ receivedAtMs }) => receivedAtMs);
    timeFilter = `time >= ${Math.min(...times) - 3_600_000}ms and time <= ${Math.max(...times) + 60_000}ms`;
    let folder = '';
    ({ folder, remove } = await temporaryFolder('dashboards'));
    influx = await InfluxServer.create();
    const inventory = await loadInventory('cities/captured');
    const directory = createDirectory(inventory);
    ingest = createIngest({
      config: ingestConfig.parse({
        dataDir: folder,
        influxUrl: influx.url,
        readingsRetention: '0s',
        uplinksRetention: '0s',
      }),
      translate: createTranslate(directory),
      directory,
      state: new CityState({ inventory, now: () => Math.max(...times) }),
      registry: createMetrics(),
      log: createLogger('silent'),
      onFatal: (cause) => {
        throw cause;
      },
    });
    await startAll(ingest.components);
    await ingest.spool.append(messages);
    await eventually(() => {
      const { pending } = ingest.spool.status();
      if (pending > 0) throw new Error(`${pending} messages are not stored yet`);
    });
    await ingest.store.write(morePoints(Math.max(...times)));
  });

  afterAll(async () => {
    await stopAll(ingest.components);
    await influx.remove();
    await remove();
  });

  it.each(asked)('answers $where', async ({ query }) => {
    expect(query).not.toBe('');
    const found = await influx.query(substituted(query, timeFilter));
    expect(found).not.toEqual([]);
  });
});
