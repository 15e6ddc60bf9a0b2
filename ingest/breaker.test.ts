import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

const { signal } = new AbortController();

describe('a breaker', () => {
  it('lets everyone through while the store answers', async () => {
    const breaker = new Breaker();
    expect(await Promise.all([breaker.turn(signal), breaker.turn(signal)])).toEqual([false, false]);
    expect(breaker.openSinceMs).toBeUndefined();
  });

  it('lets one at a time try when it does not, and all when it does again', async () => {
    const breaker = new Breaker(() => 1_795_305_600_000);
    breaker.answered(false, false, 1);
    expect(breaker.openSinceMs).toBe(1_795_305_600_000);
    const through: boolean[] = [];
    const three = [1, 2, 3].map(async () => through.push(await breaker.turn(signal)));
    await expect.poll(() => through).toEqual([true]);
    await sleep(20);
    expect(through).toEqual([true]);
    breaker.answered(true, false, 1);
    await expect.poll(() => through).toEqual([true, true]);
    breaker.answered(true, true);
    await Promise.all(three);
    expect(through).toEqual([true, true, false]);
    expect(breaker.openSinceMs).toBeUndefined();
  });

  it('heeds only the one who tries: those who had begun before tell nothing new', async () => {
    const breaker = new Breaker();
    breaker.answered(false, false, 1);
    breaker.answered(false, false, 60_000);
    breaker.answered(false, true);
    expect(breaker.openSinceMs).toBeDefined();
    expect(await breaker.turn(signal)).toBe(true);
  });

  it('waits longer and longer, up to 5 s, never twice the same', async () => {
    const breaker = new Breaker();
    const pausesMs: number[] = [];
    breaker.answered(false, false);
    for (let failures = 0; failures < 3; failures++) {
      const beganMs = performance.now();
      expect(await breaker.turn(signal)).toBe(true);
      pausesMs.push(performance.now() - beganMs);
      breaker.answered(true, false);
    }
    for (const [failures, pauseMs] of pausesMs.entries()) {
      expect(pauseMs).toBeGreaterThanOrEqual(100 * 2 ** failures - 2);
      expect(pauseMs).toBeLessThan(200 * 2 ** failures + 150);
    }
  });

  it('keeps nobody waiting when it is over', async () => {
    const stopping = new AbortController();
    const breaker = new Breaker();
    breaker.answered(false, false, 60_000);
    const turns = Promise.allSettled([1, 2, 3].map(() => breaker.turn(stopping.signal)));
    await turn();
    stopping.abort();
    expect((await turns).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(breaker.turn(stopping.signal)).rejects.toThrow();
  });
});
