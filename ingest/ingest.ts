import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type {
  Component,
  DeviceDirectory,
  Logger,
  Registry,
  Spool,
  StateSink,
  TimeSeriesStore,
  Translate,
} from '#core';
import type { ingestConfig } from './config.ts';
import { DataFolderLock } from './data-folder.ts';
import { DuckDbStore } from './duckdb/store.ts';
import { InfluxStore } from './influx/store.ts';
import { Ledger } from './ledger.ts';
import { createIngestMetrics, observe } from './metrics.ts';
import { Pump } from './pump.ts';
import { SegmentLog } from './spool/spool.ts';
import { StoreWriter } from './writer.ts';

export interface IngestParts {
  readonly config: z.infer<typeof ingestConfig>;
  readonly translate: Translate;
  readonly directory: DeviceDirectory;
  readonly state: StateSink;
  readonly registry: Registry;
  readonly log: Logger;
  /** Called when ingest cannot go on: the process should end, so that whoever watches it starts it again. */
  readonly onFatal: (cause: unknown) => void;
}

export interface Ingest {
  /** In the order they start. */
  readonly components: readonly Component[];
  readonly spool: Spool;
  readonly store: TimeSeriesStore;
}

/** Puts ingest together: data folder, spool, ledger, store, pump. Nothing runs before its components are started. */
export function createIngest(parts: IngestParts): Ingest {
  const { config, registry, log } = parts;
  const metrics = createIngestMetrics(registry);
  const spool = new SegmentLog({
    folder: path.join(config.dataDir, 'spool'),
    bytesMax: config.spoolBytesMax,
    log,
    onDamage: (bytes) => metrics.damagedBytes.inc(bytes),
  });
  const ledger = new Ledger(config.dataDir, config.drawerBytesMax);
  const store = createStore(config, log);
  const writer = new StoreWriter(store, (accepted, rejected) => {
    metrics.points.inc({ outcome: 'accepted' }, accepted);
    metrics.points.inc({ outcome: 'rejected' }, rejected);
  });
  const pump = new Pump({ ...parts, spool, ledger, writer, metrics });
  observe(registry, spool, ledger);
  return { components: [new DataFolderLock(config.dataDir), spool, ledger, store, pump], spool, store };
}

/** InfluxDB where an address is given, else the embedded store in the data folder. */
export function createStore(config: z.infer<typeof ingestConfig>, log: Logger): TimeSeriesStore & Component {
  const { influxUrl: url, influxUsername: username, influxPasswordFile } = config;
  const retention = { readings: config.readingsRetention, uplinks: config.uplinksRetention };
  if (url === undefined) {
    const file = path.join(config.dataDir, 'readings.duckdb');
    const memoryBytesMax = config.embeddedMemoryBytesMax;
    return new DuckDbStore({ file, memoryBytesMax, retention, log, now: Date.now });
  }
  return new InfluxStore({
    url,
    database: config.influxDatabase,
    ...(username !== undefined && { username }),
    ...(influxPasswordFile !== undefined && { password: readFileSync(influxPasswordFile, 'utf8').trim() }),
    retention,
    log,
  });
}
