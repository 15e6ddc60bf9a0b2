import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowItemsMax } from './frames.ts';
import { hourMs, minuteMs, startMs } from './testing.ts';
import { type Entry, entryOf, itemsMaxOf, ReadingWindow } from './windows.ts';

function windowOf(entries: readonly Entry[], itemsMax = windowItemsMax): ReadingWindow {
  const window = new ReadingWindow(itemsMax);
  for (const entry of entries) window.add(entry);
  return window;
}

const at = (minute: number, value: number, rank: 0 | 1 = 1): Entry => ({
  time: startMs + minute * minuteMs,
  value,
  rank,
  from: 0,
  duplicate: false,
});

const any = (): boolean => true;

describe('a window of readings', () => {
  it('keeps two hours before the newest, and the last one before', () => {
    const window = windowOf([at(0, 1), at(60, 2), at(180, 3), at(190, 4)]);
    expect(window.entries.map(({ value }) => value)).toEqual([2, 3, 4]);
    expect(windowOf([at(0, 1), at(120, 2)]).entries).toHaveLength(2);
  });

  it('keeps 64, and the last one before', () => {
    const window = windowOf(Array.from({ length: 100 }, (_, second) => at(second / 60, second)));
    expect(window.entries.map(({ value }) => value)).toEqual(Array.from({ length: 65 }, (_, n) => n + 35));
  });

  it('keeps 8 of what is measured, and 64 of what is a state', () => {
    expect([itemsMaxOf('air_temperature'), itemsMaxOf('bay_occupied')]).toEqual([8, 64]);
    const window = windowOf(
      Array.from({ length: 100 }, (_, second) => at(second / 60, second)),
      8,
    );
    expect(window.entries.map(({ value }) => value)).toEqual(Array.from({ length: 9 }, (_, n) => n + 91));
  });

  it('takes what comes late in by its time', () => {
    const window = windowOf([at(10, 2), at(0, 1)]);
    expect(window.newest(any)?.value).toBe(2);
  });

  it('prefers what carries no flag, then the greater value, of two at the same time', () => {
    for (const order of [
      [at(0, 9, 0), at(0, 1), at(0, 2)],
      [at(0, 2), at(0, 1), at(0, 9, 0)],
    ])
      expect(windowOf(order).newest(any)?.value).toBe(2);
    const history = { device: '', quantity: 'co2', time: startMs, value: 9, flags: ['history'] } as const;
    expect(entryOf(history, undefined).rank).toBe(0);
  });

  it('passes over copies and what is not accepted', () => {
    const window = windowOf([at(0, 1), at(1, 2), { ...at(2, 3), duplicate: true }]);
    expect(window.newest(any)?.value).toBe(2);
    expect(window.newest((timeMs) => timeMs < startMs + minuteMs)?.value).toBe(1);
    expect(window.newest(() => false)).toBeUndefined();
  });

  it('counts what a frame brought no more when that frame turns out to be a copy, and the other way round', () => {
    const window = windowOf([
      { ...at(0, 1), from: 7 },
      { ...at(1, 2), from: 4_294_967_295 },
    ]);
    window.mark(4_294_967_295, true);
    window.mark(4_294_967_295, true);
    expect(window.newest(any)?.value).toBe(1);
    window.mark(4_294_967_295, false);
    expect(window.newest(any)).toEqual({ ...at(1, 2), from: 4_294_967_295 });
  });

  it('keeps numbers, booleans and texts as they are, however many texts there were', () => {
    const values = [0, -0.5, true, false, 'open', 'closed', 'open', ''];
    const window = windowOf(values.map((value, minute) => ({ ...at(minute, 0), value })));
    expect(window.entries.map(({ value }) => value)).toEqual(values);
    for (let n = 0; n < 1000; n++) window.add({ ...at(10 + n, 0), value: `text ${n}` });
    expect(window.newest(any)?.value).toBe('text 999');
    expect(window.entries.at(0)?.value).toBe('text 935');
    expect(window.texts?.length).toBeLessThan(300);
  });

  it('knows since when it holds a value and no other', () => {
    const sinceMinute = (...entries: Entry[]): number =>
      (windowOf(entries).sinceMs(entries.at(-1)?.value ?? 0, any) - startMs) / minuteMs;
    expect(sinceMinute(at(0, 1))).toBe(0);
    expect(sinceMinute(at(0, 1), at(5, 2), at(9, 2), at(10, 2))).toBe(5);
    expect(sinceMinute(at(0, 2), at(5, 1), at(9, 2))).toBe(9);
    expect(sinceMinute(at(0, 1), at(150, 1))).toBe(0);
    expect(windowOf([at(0, 1)]).sinceMs(2, any)).toBe(Infinity);
  });

  it('is the same for any order and repetition, whatever falls out of it', () => {
    const entries = fc.array(
      fc.record({
        time: fc.integer({ min: 0, max: 6 * hourMs }).map((ms) => startMs + ms - (ms % minuteMs)),
        value: fc.integer({ min: 0, max: 3 }),
        rank: fc.constantFrom<0 | 1>(0, 1),
        from: fc.integer({ min: 0, max: 2 }),
        duplicate: fc.constant(false),
      }),
      { maxLength: 150, size: 'max' },
    );
    const orders = entries.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray([...some, ...some], { minLength: some.length * 2 })),
    );
    fc.assert(
      fc.property(orders, fc.constantFrom(8, 64), ([some, order], itemsMax) => {
        expect(windowOf(order, itemsMax).entries).toEqual(windowOf(some, itemsMax).entries);
      }),
    );
  });
});
