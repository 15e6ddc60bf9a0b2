import { expect } from 'vitest';
import { profileById } from '#device-profiles';
import type { Answer } from './answers.ts';
import type { LastWord } from './observer.ts';
import { type Asset, isAsset, profiles } from './quarters.ts';

/** The last words of what watches an asset, by quantity. */
export type WordsOf = (asset: Asset) => ReadonlyMap<string, LastWord>;

/** Answers and checks are some moments apart. */
const blurMs = 20_000;
/** Answers are rounded to what their quantity is told in: degrees to tenths, lux to ones. */
const roundedMax = 0.51;

/**
 * Holds an answer against the last words that were delivered: the same value, of the same time, and no more trusted than
 * it deserves.
 * @param asset without the name of the quarter
 */
export function checkAnswer(answer: Answer, asset: string, wordsOf: WordsOf, nowMs: number): void {
  if (asset === 'point') checkPoint(answer, wordsOf('point-bay'), wordsOf('point-meter'));
  else if (!isAsset(asset)) throw new Error(`nothing is called ${answer.id}`);
  else if (answer.quantity === 'status') checkBay(answer, wordsOf(asset).get('bay_occupied'));
  else checkMeasurement(answer, asset, wordsOf(asset).get(answer.quantity), nowMs);
}

function checkMeasurement(
  { id, quantity, value, observedAt, freshness }: Answer,
  asset: Asset,
  word: LastWord | undefined,
  nowMs: number,
): void {
  const told = [id, quantity];
  const timeMs = word?.timeMs ?? 0;
  expect([...told, observedAt]).toEqual([...told, new Date(timeMs).toISOString()]);
  expect(Math.abs(Number(value) - Number(word?.value)), told.join(' ')).toBeLessThan(roundedMax);
  const intervalMs = 1000 * (profileById(profiles[asset])?.rhythm.expectedIntervalS ?? 0);
  const limitsMs = [1.5 * intervalMs, 3 * intervalMs];
  const ageMs = nowMs - timeMs;
  if (limitsMs.some((limitMs) => Math.abs(ageMs - limitMs) < blurMs)) return;
  const index = limitsMs.findIndex((limitMs) => ageMs <= limitMs);
  expect([...told, freshness]).toEqual([...told, ['live', 'stale'][index] ?? 'offline']);
}

function checkBay({ id, value, freshness }: Answer, word: LastWord | undefined): void {
  if (word === undefined) {
    expect([id, value, freshness]).toEqual([id, 'UNKNOWN', 'unknown']);
    return;
  }
  expect([id, value]).toEqual([id, word.value === true ? 'OCCUPIED' : 'FREE']);
  // What came after it may have been another word, had it been readable.
  expect([id, freshness]).toEqual([id, word.isDoubtful ? 'stale' : 'live']);
}

/** What a charge point must not say, whatever else it concludes. */
function checkPoint(
  { id, value }: Answer,
  bay: ReadonlyMap<string, LastWord>,
  meter: ReadonlyMap<string, LastWord>,
): void {
  const isOccupied = bay.get('bay_occupied')?.value;
  const isFlowing = Number(meter.get('current')?.value ?? 0) >= 1;
  if (value === 'CHARGING') expect([id, isFlowing]).toEqual([id, true]);
  if (value === 'AVAILABLE') expect([id, isOccupied ?? false]).toEqual([id, false]);
  if (value === 'OCCUPIED' || value === 'BLOCKED') expect([id, isOccupied]).toEqual([id, true]);
}
