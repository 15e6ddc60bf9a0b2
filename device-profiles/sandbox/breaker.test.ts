import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

const limits = { faultsMax: 3, faultWindowMs: 1000, cutOffMs: 100, cutOffMsMax: 300 };

describe('the breaker', () => {
  it('cuts off after so many faults within a window, not after as many spread out', () => {
    const breaker = new Breaker(limits);
    for (const atMs of [0, 600, 1200, 1800]) breaker.fault(atMs, 'slow', false);
    expect(breaker.admits(1800)).toBe(true);
    breaker.fault(1900, 'slow', false);
    expect(breaker.admits(1900)).toBe(false);
    expect(breaker.cutOff).toEqual({ reason: 'slow', sinceMs: 1900 });
  });

  it('cuts off what has ended the decoder twice', () => {
    const breaker = new Breaker(limits);
    breaker.fault(5, 'ended it', true);
    expect(breaker.admits(6)).toBe(true);
    breaker.fault(7, 'ended it', true);
    expect(breaker.admits(8)).toBe(false);
  });

  it('admits one trial after each cut-off time, and waits longer after each that fails', () => {
    const breaker = new Breaker(limits);
    for (let count = 0; count < 3; count++) breaker.fault(0, 'slow', false);
    expect([99, 100, 101].map((nowMs) => breaker.admits(nowMs))).toEqual([false, true, false]);
    breaker.fault(110, 'again', false);
    expect([309, 310].map((nowMs) => breaker.admits(nowMs))).toEqual([false, true]);
    breaker.fault(320, 'again', false);
    breaker.fault(330, 'again', false);
    expect([629, 630].map((nowMs) => breaker.admits(nowMs))).toEqual([false, true]);
  });

  it('remembers for a while that there was a fault, whatever comes after', () => {
    const breaker = new Breaker(limits);
    expect(breaker.hasRecord(0)).toBe(false);
    for (const atMs of [10, 20, 30]) breaker.fault(atMs, 'slow', false);
    breaker.success();
    expect([1029, 1030].map((nowMs) => breaker.hasRecord(nowMs))).toEqual([true, false]);
  });

  it('cuts off no more after a success', () => {
    const breaker = new Breaker(limits);
    for (let count = 0; count < 3; count++) breaker.fault(0, 'slow', false);
    breaker.success();
    expect(breaker.cutOff).toBeUndefined();
    breaker.fault(10, 'slow', false);
    expect(breaker.admits(10)).toBe(true);
  });
});
