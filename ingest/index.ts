export { ingestConfig } from './config.ts';
export { DuckDbStore } from './duckdb/store.ts';
export { InfluxStore } from './influx/store.ts';
export { createIngest, createStore, type Ingest } from './ingest.ts';
export { type DrawerEntry, Ledger } from './ledger.ts';
export { SegmentLog } from './spool/spool.ts';
