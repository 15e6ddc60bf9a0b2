import { describe, expect, it } from 'vitest';
import type { Uplink } from '#core';
import { RecentFrames } from './recent-frames.ts';
import { anUplink, receivedAtMs } from './testing-messages.ts';

const uplink = (fCnt: number, said: Partial<Uplink> = {}): Uplink =>
  anUplink({ deduplicationId: `${fCnt}`, fCnt, time: receivedAtMs + fCnt, ...said });

const [live, later] = [receivedAtMs + 1000, receivedAtMs + 3_600_000];

describe('what is kept of a backlog', () => {
  it('tells the next process of copies of what this one has handled', () => {
    const first = new RecentFrames();
    expect(first.isCopy(uplink(1), false, later)).toBe(false);
    const next = new RecentFrames();
    next.restore(first.kept);
    expect(next.isCopy(uplink(1, { time: receivedAtMs + 700 }), false, later)).toBe(true);
    expect(next.isCopy(uplink(1), false, later)).toBe(false);
    expect(next.isCopy(uplink(2), false, later)).toBe(false);
    expect(next.kept).toHaveLength(3);
  });

  it('are its last 10,000 frames', () => {
    const recent = new RecentFrames();
    for (let fCnt = 0; fCnt < 25_000; fCnt++) recent.isCopy(uplink(fCnt), false, later);
    expect(recent.kept).toHaveLength(10_000);
    expect(recent.kept.at(-1)?.[1]).toBe(uplink(24_999).time);
  });

  it('is nothing of what is live, and nothing more once the backlog has ended', () => {
    const recent = new RecentFrames();
    recent.isCopy(uplink(1), false, live);
    expect(recent.kept).toEqual([]);
    recent.isCopy(uplink(2), false, later);
    expect(recent.kept).toHaveLength(1);
    recent.isCopy(uplink(3), false, live);
    expect(recent.kept).toEqual([]);
  });
});
