/**
 * Time and chance inside the sandbox. Both depend on the frame's time of receipt alone, so that the same frame decoded
 * again (after a crash, from the archive, in another order) gives the same.
 */
const RealDate = Date;
const construct = Reflect.construct;
const imul = Math.imul;
let pinnedMs = 0;
let seed = 0;

/** What time it really is, in ms, for limits; codecs cannot reach it. */
export const realNowMs = Date.now;

/**
 * Sets what the codec takes for now, and begins its random numbers anew.
 * @param {number} timeMs milliseconds UTC
 */
export function pinClock(timeMs) {
  pinnedMs = timeMs;
  seed = timeMs | 0;
}

/** @type {(timeMs: number) => Date} */
export const dateOf = (timeMs) => new RealDate(timeMs);

/**
 * Between 0 and 1: mulberry32 by Tommy Ettinger, a generator in the public domain.
 * @returns {number}
 */
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** Puts the pinned clock and the seeded chance in the place of the real ones. */
export function installClock() {
  /** @param {unknown[]} parts */
  function PinnedDate(...parts) {
    if (new.target === undefined) return new RealDate(pinnedMs).toString();
    return construct(RealDate, parts.length === 0 ? [pinnedMs] : parts, new.target);
  }
  const hidden = { writable: true, configurable: true };
  Object.defineProperties(PinnedDate, {
    name: { value: 'Date', configurable: true },
    length: { value: 7, configurable: true },
    prototype: { value: RealDate.prototype, writable: false },
    now: { value: () => pinnedMs, ...hidden },
    parse: { value: RealDate.parse, ...hidden },
    UTC: { value: RealDate.UTC, ...hidden },
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: PinnedDate, ...hidden });
  Object.defineProperty(globalThis, 'Date', { value: PinnedDate, ...hidden });
  Math.random = random;
}
