/** Copies of radio frames while the live state is far ahead of what waits for the store. */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CityState, loadInventory } from '#city-state';
import type { Uplink } from '#core';
import { RecentFrames } from '#ingest';
import { translatedUplink } from './services/uplinks.ts';

const inventory = await loadInventory(path.join(import.meta.dirname, '..', 'cities', 'captured'));
const startMs = Date.UTC(2026, 2, 2, 8);
const minuteMs = 60_000;

function uplink(fCnt: number, copy: number): Uplink {
  const time = startMs + fCnt * minuteMs + copy * 700;
  return translatedUplink({
    deduplicationId: `${fCnt} ${copy}`,
    devEui: 'fcd6bd00001a2b3c',
    devAddr: '007e5f43',
    fCnt,
    time,
    data: Buffer.from([fCnt & 1]),
  });
}

/** What is told of each, in order, where the state was given some of them out of turn before each. */
function told(uplinks: readonly Uplink[], outOfTurn: (index: number) => readonly Uplink[]): boolean[] {
  const state = new CityState({ inventory, now: () => startMs });
  const recent = new RecentFrames();
  return uplinks.map((one, index) => {
    for (const other of outOfTurn(index)) state.apply(other);
    return recent.isCopy(one, state.apply(one).duplicate);
  });
}

/** How many of each frame's uplinks count. */
const counted = (uplinks: readonly Uplink[], copies: readonly boolean[]): Map<number, number> =>
  uplinks.reduce(
    (counts, { fCnt }, index) => counts.set(fCnt, (counts.get(fCnt) ?? 0) + (copies[index] ? 0 : 1)),
    new Map<number, number>(),
  );

/** Frames of one device, some of them twice, the second a few messages later. */
const traffic = fc
  .array(fc.record({ twice: fc.boolean(), behind: fc.nat(4) }), { minLength: 80, maxLength: 200 })
  .map((frames) => {
    const placed = frames.flatMap(({ twice, behind }, fCnt) => [
      { at: fCnt, uplink: uplink(fCnt, 0) },
      ...(twice ? [{ at: fCnt + behind + 0.5, uplink: uplink(fCnt, 1) }] : []),
    ]);
    return placed.sort((a, b) => a.at - b.at).map((one) => one.uplink);
  });

describe('of a frame that came twice', () => {
  it('exactly one counts, in whatever order the state was told of them before', () => {
    const jumps = fc.array(
      fc.record({ at: fc.nat(), from: fc.nat(), count: fc.integer({ min: 1, max: 90 }) }),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(traffic, jumps, (uplinks, overtaking) => {
        const outOfTurn = (index: number): Uplink[] =>
          overtaking.flatMap(({ at, from, count }) => {
            if (at % uplinks.length !== index) return [];
            const begin = index + (from % (uplinks.length - index));
            return uplinks.slice(begin, begin + count);
          });
        for (const [fCnt, count] of counted(uplinks, told(uplinks, outOfTurn)))
          expect(count, `frame ${fCnt}`).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it('the second is told to be a copy where nothing was out of turn, and the same for a message that comes again', () => {
    const uplinks = [uplink(1, 0), uplink(1, 1), uplink(2, 0), uplink(1, 1), uplink(1, 0)];
    expect(told(uplinks, () => [])).toEqual([false, true, false, true, false]);
  });
});
