export { ConfigError, type ConfigMistake, type ConfigSchema, readConfig, variableOf } from './config.ts';
export { type ErrorCode, type ErrorKind, errorTable, messageOf, StadtpegelError } from './errors.ts';
export { type Component, type Health, startAll, stopAll } from './lifecycle.ts';
export { createLogger, type Logger, OutageLog } from './log.ts';
export { Counter, createMetrics, Gauge, Histogram, Registry } from './metrics.ts';
export type {
  Delivery,
  DeviceDirectory,
  FeedListener,
  FeedOrigin,
  FeedValue,
  LetterFacts,
  LetterFilter,
  LetterInFull,
  LetterState,
  LiveStateFeed,
  OperatorPort,
  Place,
  Point,
  Position,
  Redrive,
  Retention,
  Series,
  SeriesQuery,
  Spool,
  SpoolStatus,
  StateSink,
  TimeSeriesStore,
  Translate,
  WriteResult,
} from './ports.ts';
export {
  type Aggregation,
  isQuantityKey,
  type Quantity,
  type QuantityKey,
  quantities,
  quantity,
  type Value,
} from './quantities.ts';
export { isPlausible, isValueOf, type Reading, type ReadingFlag, readingFlags } from './reading.ts';
export {
  type DeadLetter,
  type DecodeError,
  type DeviceEvent,
  type GatewayReception,
  type GatewayStats,
  type Json,
  type ProfileFacts,
  type RawMessage,
  type Rhythm,
  type Theme,
  type Translation,
  themes,
  type Uplink,
} from './uplink.ts';
