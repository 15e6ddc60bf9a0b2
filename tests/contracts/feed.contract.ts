import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Component, FeedOrigin, FeedValue, LiveStateFeed } from '#core';
import { eventually } from '../services/programs.ts';

/** What the suite needs to know of an implementation. */
export interface FeedUnderTest {
  readonly name: string;
  /** What it needs is not installed. */
  readonly missing: boolean;
  /** An empty feed; called before each test. */
  create(): Promise<void>;
  /** An end of the feed, as a process of its own would have it. One end at a time writes. */
  open(writes: boolean): LiveStateFeed & Component;
  /** Breaks every connection for a moment. */
  interrupt(): Promise<void>;
  remove(): Promise<void>;
}

/** Remembers what it is told, and in which order. */
class Told {
  readonly values = new Map<string, FeedValue>();
  readonly wentBack: FeedValue[] = [];
  readonly origins: FeedOrigin[] = [];
  readyCount = 0;
  valuesAtReady = 0;
  originsAtReady = 0;

  value(value: FeedValue): void {
    const before = this.values.get(value.key);
    if (before !== undefined && before.revision > value.revision) this.wentBack.push(value);
    this.values.set(value.key, value);
  }

  origin(origin: FeedOrigin): void {
    this.origins.push(origin);
  }

  ready(): void {
    this.readyCount++;
    this.valuesAtReady = this.values.size;
    this.originsAtReady = this.origins.length;
  }

  textOf(key: string): string | undefined {
    return this.values.get(key)?.value;
  }
}

const value = (key: string, revision: number, text = `${key} ${revision}`): FeedValue => ({
  key,
  revision,
  value: text,
});
const many = (count: number, revision: number): FeedValue[] =>
  Array.from({ length: count }, (_, n) => value(n.toString(16).padStart(16, '0'), revision));

/** The promises of the port {@link LiveStateFeed}, for any implementation. */
export function feedContract(under: FeedUnderTest): void {
  describe.skipIf(under.missing)(`${under.name} keeps the promises of a live-state feed`, () => {
    let writer: LiveStateFeed & Component;
    let reader: LiveStateFeed & Component;

    const started = async (writes: boolean): Promise<LiveStateFeed & Component> => {
      const feed = under.open(writes);
      await feed.start();
      return feed;
    };
    const listening = async (feed = reader): Promise<Told & { leave: () => Promise<void> }> => {
      const told = new Told();
      const leave = await feed.subscribe(told);
      return Object.assign(told, { leave });
    };
    const isReady = (told: Told): Promise<void> => eventually(() => expect(told.readyCount).toBe(1));
    const putAll = (values: readonly FeedValue[]): Promise<boolean[]> =>
      Promise.all(values.map((one) => writer.put(one)));

    beforeEach(async () => {
      await under.create();
      writer = await started(true);
      reader = await started(false);
    });
    afterEach(async () => {
      await reader.stop();
      await writer.stop();
      await under.remove();
    });

    it('tells that it is ready where it holds nothing', async () => {
      const told = await listening();
      await isReady(told);
      expect(told.values.size).toBe(0);
    });

    it('tells all values, then that it is ready, once, then changes', async () => {
      expect(await putAll(many(20, 1))).toEqual(Array(20).fill(true));
      const told = await listening();
      await isReady(told);
      expect(told.valuesAtReady).toBe(20);
      await putAll([...many(20, 2), value('new', 1)]);
      await eventually(() => expect([...told.values.values()]).toEqual([...many(20, 2), value('new', 1)]));
      expect(told.readyCount).toBe(1);
    });

    it('tells 10,000 values before it is ready', async () => {
      await putAll(many(10_000, 1));
      const told = await listening();
      await isReady(told);
      expect(told.valuesAtReady).toBe(10_000);
    });

    it('holds at ready whatever was put before, while more is being put', async () => {
      for (let round = 0; round < 8; round++) {
        const before = await putAll(many(300 * (round + 1), round + 1));
        const more = putAll(many(300 * (round + 2), round + 100));
        const told = await listening();
        await isReady(told);
        expect(told.valuesAtReady).toBeGreaterThanOrEqual(before.length);
        await more;
        await told.leave();
      }
    });

    it('keeps keys and values as they are', async () => {
      const strange = [value('a/b+c#d e%ä', 1, 'zwei\nZeilen € \u0000'), value('empty', 1, '')];
      await putAll(strange);
      const told = await listening();
      await isReady(told);
      expect([...told.values.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(strange);
    });

    it('refuses what is not newer than what it has', async () => {
      expect(await writer.put(value('a', 5))).toBe(true);
      expect(await writer.put(value('a', 5, 'again'))).toBe(false);
      expect(await writer.put(value('a', 4))).toBe(false);
      expect(await Promise.all([writer.put(value('a', 7)), writer.put(value('a', 6))])).toEqual([
        true,
        false,
      ]);
      const told = await listening();
      await isReady(told);
      expect(told.textOf('a')).toBe('a 7');
    });

    it('refuses it after a restart of the writer too', async () => {
      await putAll(many(1000, 5));
      await writer.stop();
      writer = await started(true);
      expect(new Set(await putAll(many(1000, 4)))).toEqual(new Set([false]));
      expect(await putAll([...many(2, 6), value('new', 1)])).toEqual([true, true, true]);
      const told = await listening();
      await isReady(told);
      expect(told.values.size).toBe(1001);
    });

    it('never loses the last of many, and never goes back', async () => {
      const told = await listening();
      await Promise.all(Array.from({ length: 500 }, (_, n) => writer.put(value('a', n + 1))));
      await eventually(() => expect(told.textOf('a')).toBe('a 500'));
      expect(told.wentBack).toEqual([]);
    });

    it('serves several, and no more who has left', async () => {
      const [first, second] = [await listening(), await listening(writer)];
      await writer.put(value('a', 1));
      for (const told of [first, second]) await eventually(() => expect(told.textOf('a')).toBe('a 1'));
      await first.leave();
      await writer.put(value('a', 2));
      await eventually(() => expect(second.textOf('a')).toBe('a 2'));
      expect(first.textOf('a')).toBe('a 1');
      expect([first.readyCount, second.readyCount]).toEqual([1, 1]);
    });

    it('goes on after an interruption, without a step back and with what was put meanwhile', async () => {
      await putAll(many(100, 1));
      const told = await listening();
      await isReady(told);
      const interrupted = under.interrupt();
      const puts = putAll(many(100, 2));
      await interrupted;
      await puts;
      await putAll([value('new', 1)]);
      await eventually(() => expect([...told.values.values()]).toEqual([...many(100, 2), value('new', 1)]));
      expect(told.wentBack).toEqual([]);
      expect(told.readyCount).toBe(1);
      const late = await listening();
      await isReady(late);
      expect(late.valuesAtReady).toBe(101);
    });

    it('tells who announced itself, before it is ready and whenever that changes', async () => {
      const [first, second] = [
        { inventoryHash: 'a', epoch: 1 },
        { inventoryHash: 'b', epoch: 2 },
      ];
      const early = await listening();
      await isReady(early);
      expect(early.origins).toEqual([]);
      await putAll(many(20, 1));
      expect(await writer.announce(first)).toBe(true);
      expect(await writer.announce({ ...first })).toBe(false);
      const told = await listening();
      await isReady(told);
      expect([told.originsAtReady, told.valuesAtReady]).toEqual([1, 20]);
      await putAll(many(40, 2));
      expect(await writer.announce(second)).toBe(true);
      for (const one of [early, told]) await eventually(() => expect(one.origins).toEqual([first, second]));
    });

    it('knows what was announced after a restart of the writer and an interruption too', async () => {
      const origin = { inventoryHash: 'a', epoch: 1 };
      await putAll([value('a', 1)]);
      await writer.announce(origin);
      await writer.stop();
      writer = await started(true);
      expect(await writer.announce(origin)).toBe(false);
      const told = await listening();
      await isReady(told);
      await under.interrupt();
      await putAll([value('b', 1)]);
      await eventually(() => expect(told.textOf('b')).toBe('b 1'));
      expect(await writer.announce(origin)).toBe(false);
      expect(told.origins).toEqual([origin]);
    });

    it('lets go of what waits when it is stopped', async () => {
      const told = await listening();
      await isReady(told);
      await writer.stop();
      await expect(writer.put(value('a', 1))).rejects.toThrow();
      await expect(writer.announce({ inventoryHash: 'a', epoch: 1 })).rejects.toThrow();
    });
  });
}
