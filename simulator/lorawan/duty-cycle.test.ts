import { describe, expect, it } from 'vitest';
import { DutyCycle } from './duty-cycle.ts';

describe('duty cycle', () => {
  it('closes a sub-band, and only that one, for a hundred times the airtime where 1 % is allowed', () => {
    const duty = new DutyCycle();
    duty.sent(868_100_000, 1000, 60);
    expect(duty.freeAtMs(868_500_000)).toBe(1000 + 6000);
    // As soon as the frame has ended.
    expect(duty.freeAtMs(867_100_000)).toBe(1060);
    duty.sent(869_525_000, 1000, 60);
    expect(duty.freeAtMs(869_525_000)).toBe(1000 + 600);
    duty.sent(869_000_000, 1000, 60);
    expect(duty.freeAtMs(868_800_000)).toBeCloseTo(1000 + 60_000);
  });

  it('is for all sub-bands together what the server says', () => {
    const duty = new DutyCycle();
    duty.limitTo(10);
    duty.sent(868_100_000, 0, 60);
    expect(duty.freeAtMs(867_100_000)).toBe(60 * 1024);
  });

  it('knows no frequency outside the sub-bands', () => {
    const duty = new DutyCycle();
    expect(duty.freeAtMs(868_650_000)).toBe(Number.POSITIVE_INFINITY);
    expect(() => duty.sent(915_000_000, 0, 60)).toThrow(RangeError);
  });
});
