import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type {
  Component,
  DeviceDirectory,
  Logger,
  OperatorPort,
  Redecoder,
  Registry,
  ReplayPort,
  ReplayStore,
  Spool,
  StateSink,
  TimeSeriesStore,
  Translate,
} from '#core';
import type { ingestConfig } from './config.ts';
import { DataFolderLock } from './data-folder.ts';
import { DirtyBuckets } from './downsample/dirty.ts';
import { Downsampler } from './downsample/downsampler.ts';
import { observeDownsampling, summarisedCounter } from './downsample/metrics.ts';
import { type CounterWraps, neverWraps } from './downsample/parts.ts';
import type { SummaryStore } from './downsample/summary-store.ts';
import { DuckDbStore } from './duckdb/store.ts';
import { summaryPolicies } from './influx/layout.ts';
import { InfluxStore } from './influx/store.ts';
import { Ledger } from './ledger.ts';
import { createIngestMetrics, observe } from './metrics.ts';
import { Operator } from './operator.ts';
import { Overtaker } from './overtaker.ts';
import { Pump } from './pump.ts';
import { RedrivingSpool } from './redriving-spool.ts';
import { Replayer } from './replay/replayer.ts';
import { keptMs, readingsRetention } from './retention.ts';
import { SegmentLog } from './spool/spool.ts';
import { StateLog } from './state-log.ts';
import { StoreWriter } from './writer.ts';
import { observeWriter } from './writer-metrics.ts';

/** With more waiting for the store a replay pauses. */
const busyPoints = 5000;

export interface IngestParts {
  readonly config: z.infer<typeof ingestConfig>;
  readonly translate: Translate;
  readonly directory: DeviceDirectory;
  readonly state: StateSink;
  readonly registry: Registry;
  readonly log: Logger;
  /** Called when ingest cannot go on: the process should end, so that whoever watches it starts it again. */
  readonly onFatal: (cause: unknown) => void;
  /** Where counters wrap; without it each that shows less than before counts as begun again at zero. */
  readonly wrapsAt?: CounterWraps;
  /** Decodes anew what the radio log kept; without it there is no replay. */
  readonly redecoder?: Redecoder;
}

export interface Ingest {
  /** In the order they start. */
  readonly components: readonly Component[];
  readonly spool: Spool;
  readonly store: TimeSeriesStore;
  readonly operator: OperatorPort;
  readonly replay: ReplayPort | undefined;
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
  const ledger = new Ledger(config.dataDir, config.drawerBytesMax, {
    drawerAgeMsMax: keptMs(config.drawerRetention),
    onEvicted: (letters, why) => metrics.evicted.inc({ why }, letters),
    onMissing: (letters) =>
      log.error({ letters }, 'the drawer: files with the bytes of these letters are missing'),
  });
  const store = createStore(config, log, parts.wrapsAt);
  const dirty = new DirtyBuckets(config.dataDir);
  const writer = new StoreWriter(store, (accepted, rejected) => {
    metrics.points.inc({ outcome: 'accepted' }, accepted);
    metrics.points.inc({ outcome: 'rejected' }, rejected);
  });
  const redriving = new RedrivingSpool(spool, ledger, log);
  const pump = new Pump({
    ...parts,
    archive: config.uplinkArchive === 'on',
    spool: redriving,
    ledger,
    stateLog: new StateLog(path.join(config.dataDir, 'state')),
    writer,
    dirty,
    metrics,
  });
  const downsampler = layDownsampler(parts, store.summaries, dirty);
  const replay = layReplay(parts, store.past, dirty, writer);
  const overtaker = new Overtaker({ ...parts, spool: redriving });
  observe(registry, spool, ledger);
  observeWriter(registry, writer);
  const operator = new Operator({ ledger, spool, folder: path.join(config.dataDir, 'spool'), now: Date.now });
  const lock = new DataFolderLock(config.dataDir);
  return {
    components: [
      ...[lock, spool, ledger, dirty, store, pump, overtaker, downsampler],
      ...(replay ? [replay] : []),
    ],
    spool,
    store,
    operator,
    replay,
  };
}

function layReplay(
  { config, log, redecoder, directory }: IngestParts,
  store: ReplayStore,
  dirty: DirtyBuckets,
  writer: StoreWriter,
): Replayer | undefined {
  if (!redecoder) return undefined;
  const kept = readingsRetention(config.readingsRetention, config.readingsRetentionByTheme);
  return new Replayer({
    folder: config.dataDir,
    store,
    redecoder,
    directory,
    dirty,
    limits: { uplinksKeptMs: keptMs(config.uplinksRetention), archive: config.uplinkArchive === 'on' },
    keptMs: kept.keptMs,
    isBusy: () => writer.waiting > busyPoints,
    now: Date.now,
    log,
  });
}

function layDownsampler(parts: IngestParts, store: SummaryStore, dirty: DirtyBuckets): Downsampler {
  const { config, registry, log, wrapsAt = neverWraps } = parts;
  const { keptMs: kept, trimmed } = readingsRetention(
    config.readingsRetention,
    config.readingsRetentionByTheme,
  );
  const summarised = summarisedCounter(registry);
  const job = new Downsampler({
    store,
    dirty,
    wrapsAt,
    keptMs: kept,
    trimmed,
    now: Date.now,
    log,
    onSummarised: (deviceHours) => summarised.inc(deviceHours),
  });
  observeDownsampling(registry, dirty, job);
  return job;
}

/** InfluxDB where an address is given, else the embedded store in the data folder. */
export function createStore(
  config: z.infer<typeof ingestConfig>,
  log: Logger,
  wrapsAt: CounterWraps = neverWraps,
): TimeSeriesStore & Component & { readonly summaries: SummaryStore; readonly past: ReplayStore } {
  const { influxUrl: url, influxUsername: username, influxPasswordFile, influxTokenFile } = config;
  const { longest } = readingsRetention(config.readingsRetention, config.readingsRetentionByTheme);
  const retention = { readings: longest, uplinks: config.uplinksRetention };
  if (url === undefined) {
    const file = path.join(config.dataDir, 'readings.duckdb');
    const memoryBytesMax = config.embeddedMemoryBytesMax;
    return new DuckDbStore({ file, memoryBytesMax, retention, log, now: Date.now, wrapsAt });
  }
  return new InfluxStore({
    url,
    database: config.influxDatabase,
    ...(username !== undefined && { username }),
    ...(influxPasswordFile !== undefined && { password: readFileSync(influxPasswordFile, 'utf8').trim() }),
    ...(influxTokenFile !== undefined && { token: readFileSync(influxTokenFile, 'utf8').trim() }),
    retention: { ...retention, ...summaryPolicies },
    log,
    wrapsAt,
  });
}
