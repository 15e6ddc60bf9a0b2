import type { Json } from '#core';

/** What a device says, in the words of its profile. */
export interface Said {
  readonly data: { readonly [key: string]: Json };
  /** Where the same words can be said in several kinds of frame. */
  readonly fPort?: number;
}

/** One radio frame. Cheap until it is asked what it says. */
export interface SensorFrame {
  /** Milliseconds UTC. */
  readonly timeMs: number;
  readonly fCnt: number;
  say(): Said;
}

/** What a device that speaks at intervals has to say in its n-th frame: at a moment, and since the frame before. Times in ms UTC. */
export type Saying = (timeMs: number, fCnt: number, sinceMs: number) => Said;

/** A device of the town; a pure function of seed, place and time. */
export interface Sensor {
  /** Its frames from `fromMs` (inclusive) to `toMs` (exclusive), by time, without looking at those before. */
  frames(fromMs: number, toMs: number): SensorFrame[];
  /** What it would say if it were asked at that moment, out of turn; what it counts since its last report, until then. */
  asked(timeMs: number): Said;
}
