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

/** So late that all of it is of a backlog. */
const nowMs = startMs + 24 * 60 * minuteMs;

/** What outlives a process: its state, what ingest kept with it, and which of the messages were copies. */
interface Kept {
  readonly rows: readonly Uint8Array[];
  readonly frames: RecentFrames['kept'];
  readonly copies: ReadonlySet<Uplink>;
}

/** A process that works off a backlog. */
class Process {
  readonly #state = new CityState({ inventory, now: () => nowMs });
  readonly #recent = new RecentFrames();
  readonly #copies: Set<Uplink>;

  constructor(kept?: Kept) {
    this.#copies = new Set(kept?.copies);
    if (kept === undefined) return;
    this.#state.restore(kept.rows);
    this.#recent.restore(kept.frames);
  }

  /** Whether the one whose turn it is is told to be a copy, where these had been taken in early. */
  take(one: Uplink, early: readonly Uplink[]): boolean {
    for (const other of early) this.#state.apply(other, true);
    const isCopy = this.#recent.isCopy(one, this.#state.apply(one).duplicate, nowMs) || this.#copies.has(one);
    if (isCopy) this.#copies.add(one);
    return isCopy;
  }

  get kept(): Kept {
    const rows = Array.from(this.#state.rows('all'), (row) => Uint8Array.from(row));
    return { rows, frames: this.#recent.kept, copies: new Set(this.#copies) };
  }
}

/** Which were taken in early before the one of an index. */
type Early = (index: number) => readonly Uplink[];

/** What is told of each, in order. */
function told(uplinks: readonly Uplink[], early: Early): boolean[] {
  const process = new Process();
  return uplinks.map((one, index) => process.take(one, early(index)));
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

/** Jumps of the live state ahead of what waits. */
const jumps = fc.array(fc.record({ at: fc.nat(), from: fc.nat(), count: fc.integer({ min: 1, max: 90 }) }), {
  maxLength: 6,
});

function earlyBy(
  uplinks: readonly Uplink[],
  overtaking: readonly { readonly at: number; readonly from: number; readonly count: number }[],
): Early {
  return (index) =>
    overtaking.flatMap(({ at, from, count }) => {
      if (at % uplinks.length !== index) return [];
      const begin = index + (from % (uplinks.length - index));
      return uplinks.slice(begin, begin + count);
    });
}

function expectOneEach(uplinks: readonly Uplink[], copies: readonly boolean[]): void {
  for (const [fCnt, count] of counted(uplinks, copies)) expect(count, `frame ${fCnt}`).toBe(1);
}

describe('of a frame that came twice', () => {
  it('exactly one counts, in whatever order the state was told of them before', () => {
    fc.assert(
      fc.property(traffic, jumps, (uplinks, overtaking) =>
        expectOneEach(uplinks, told(uplinks, earlyBy(uplinks, overtaking))),
      ),
      { numRuns: 500 },
    );
  });

  it('the same one counts behind a crash, wherever it was, and whatever had been confirmed', () => {
    const places = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(traffic, jumps, jumps, places, (uplinks, before, behind, [a, b, c]) => {
        const [confirmed = 0, snapshot = 0, crash = 0] = [a, b, c]
          .map((at) => at % uplinks.length)
          .sort((one, other) => one - other);
        const [earlyBefore, earlyBehind] = [earlyBy(uplinks, before), earlyBy(uplinks, behind)];
        const first = new Process();
        let kept = first.kept;
        const copies = uplinks.slice(0, crash + 1).map((one, index) => {
          const isCopy = first.take(one, earlyBefore(index));
          if (index === snapshot) kept = first.kept;
          return isCopy;
        });
        const second = new Process(kept);
        for (const [index, one] of uplinks.entries()) {
          if (index < confirmed) continue;
          const isCopy = second.take(one, earlyBehind(index));
          if (index <= crash) expect(isCopy, `message ${index}, as before`).toBe(copies[index]);
          copies[index] = isCopy;
        }
        expectOneEach(uplinks, copies);
      }),
      { numRuns: 500 },
    );
  });

  it('the second is told to be a copy where nothing was out of turn, and the same for a message that comes again', () => {
    const uplinks = [uplink(1, 0), uplink(1, 1), uplink(2, 0), uplink(1, 1), uplink(1, 0)];
    expect(told(uplinks, () => [])).toEqual([false, true, false, true, false]);
  });
});
