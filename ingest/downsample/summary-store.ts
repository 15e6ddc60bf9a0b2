import type { Theme } from '#core';
import type { DeviceHours, ReadingSeries, StoredPart } from './parts.ts';

/** Readings of this device lie in this hour. */
export interface Heard {
  readonly theme: Theme;
  readonly device: string;
  readonly hourMs: number;
}

/**
 * What the one downsampling job asks of a store. All reject where the store cannot be reached or does not take it;
 * repeating any of it is harmless.
 */
export interface SummaryStore {
  /** The readings that count, under all their tags. */
  readings(of: DeviceHours): Promise<ReadingSeries[]>;
  /** What is stored of these devices and this hour is then these summaries, nothing else. Durable when it resolves. */
  replace(of: DeviceHours, parts: readonly StoredPart[]): Promise<void>;
  /** Up to when (exclusive, ms UTC) all readings are summed up; undefined where none are. */
  summarisedUntilMs(): Promise<number | undefined>;
  declareSummarised(untilMs: number): Promise<void>;
  /** Time of the oldest reading, undefined where there is none. */
  oldestReadingMs(): Promise<number | undefined>;
  /** Every device and hour with readings in a span of whole hours. */
  heard(fromMs: number, toMs: number): Promise<Heard[]>;
  /** Deletes a theme's readings older than that, not their summaries. */
  forgetReadings(theme: Theme, beforeMs: number): Promise<void>;
}
