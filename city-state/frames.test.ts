import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameWindow, windowItemsMax } from './frames.ts';
import { hourMs, minuteMs, type Said, startMs, uplink } from './testing.ts';

const device = '70b3d50000002001';

function windowOf(...frames: Said[]): FrameWindow {
  const window = new FrameWindow();
  for (const said of frames) window.add(uplink(device, {}, said));
  return window;
}

/** Frames of these counters, a minute apart unless a time is given in minutes. */
function counted(...frames: (number | [fCnt: number, minute: number, devAddr?: string])[]): Said[] {
  return frames.map((frame, index) => {
    const [fCnt, minute, devAddr = '01000001'] = typeof frame === 'number' ? [frame, index] : frame;
    return { fCnt, time: startMs + minute * minuteMs, devAddr };
  });
}

/** Whether a value measured with the first frame still holds, and until which minute it is known to have held. */
function confirmation(frames: Said[], minute = 0): [confirmed: boolean, untilMinute: number] {
  const { confirmed, untilMs } = windowOf(...frames).confirmationOf(startMs + minute * minuteMs);
  return [confirmed, (untilMs - startMs) / minuteMs];
}

describe('a value is confirmed', () => {
  it('by every later frame while none is missing', () => {
    expect(confirmation(counted(5))).toEqual([true, 0]);
    expect(confirmation(counted(5, 6, 7))).toEqual([true, 2]);
  });

  it('until a frame was lost', () => {
    expect(confirmation(counted(5, 6, 8))).toEqual([false, 1]);
    expect(confirmation(counted(5, 6, 8), 2)).toEqual([true, 2]);
  });

  it('again once the missing frame has come after all', () => {
    expect(confirmation([...counted(5, 6, [8, 3]), ...counted([7, 2])])).toEqual([true, 3]);
  });

  it('by frames that are only out of order', () => {
    expect(confirmation(counted([5, 0], [7, 0.1], [6, 0.2]))).toEqual([true, 0.2]);
  });

  it('not across a rejoin', () => {
    expect(confirmation(counted(5, 6, [0, 3, '01000002'], [1, 4, '01000002']))).toEqual([false, 1]);
    expect(confirmation(counted(5, [6, 1, '01000002']))).toEqual([false, 0]);
  });

  it('not across a counter reset, even one that meets the same counters again', () => {
    expect(confirmation(counted(5, 6, [0, 10]))).toEqual([false, 1]);
    expect(confirmation(counted(0, 1, [0, 11], [1, 21]))).toEqual([false, 1]);
    expect(confirmation(counted(0, 1, [0, 11], [1, 21]), 11)).toEqual([true, 21]);
  });

  it('across the sixteen-bit rollover, which the network server counts on from', () => {
    expect(confirmation(counted(65_534, 65_535, 65_536, 65_537))).toEqual([true, 3]);
  });

  it('by a device that sends once a day', () => {
    const daily = (counters: number[]): Said[] =>
      counters.map((fCnt, day) => ({ fCnt, time: startMs + day * 24 * hourMs }));
    const [whole, broken] = [windowOf(...daily([1, 2, 3, 4])), windowOf(...daily([1, 2, 4, 5]))];
    expect(whole.frames).toHaveLength(1);
    expect(whole.confirmationOf(startMs)).toMatchObject({ confirmed: true, untilMs: startMs + 72 * hourMs });
    expect(broken.confirmationOf(startMs).confirmed).toBe(false);
    expect(broken.confirmationOf(startMs + 48 * hourMs).confirmed).toBe(true);
  });

  it('by a chain longer than what is kept, out of order here and there', () => {
    const frames = Array.from({ length: 200 }, (_, at) => ({ fCnt: at ^ 1, time: startMs + at * 30_000 }));
    const window = windowOf(...frames);
    expect(window.frames).toHaveLength(windowItemsMax);
    expect(window.confirmationOf(startMs)).toEqual({
      confirmed: true,
      untilMs: startMs + 199 * 30_000,
      lastUplinkMs: startMs + 199 * 30_000,
    });
  });
});

describe('a copy of a frame', () => {
  const frame = { fCnt: 1, data: 'free', time: startMs, id: 'a' };

  it('is known by counter and payload within ten minutes, and told to whoever asks when it comes', () => {
    const window = windowOf(frame);
    const add = (said: Said): boolean => window.add(uplink(device, {}, { ...frame, ...said })).cameAsCopy;
    expect(add({ id: 'b', time: startMs + 10 * minuteMs })).toBe(true);
    expect(add({ id: 'c', time: startMs + 21 * minuteMs })).toBe(false);
    expect(add({ id: 'd', time: startMs + minuteMs, data: 'occupied' })).toBe(false);
    expect(add({ id: 'e', time: startMs + minuteMs, devAddr: '01000002' })).toBe(false);
  });

  it('is not the same message delivered again', () => {
    const window = windowOf(frame);
    const copy = uplink(device, {}, { ...frame, id: 'b', time: startMs + minuteMs });
    expect(window.add(uplink(device, {}, frame)).cameAsCopy).toBe(false);
    expect(window.add(copy).cameAsCopy).toBe(true);
    expect(window.add(uplink(device, {}, frame)).cameAsCopy).toBe(false);
    expect(window.add(copy).cameAsCopy).toBe(true);
    expect(window.frames).toHaveLength(2);
  });

  it('does not count, whichever came first', () => {
    const copy = { ...frame, id: 'b', time: startMs + minuteMs };
    for (const order of [
      [frame, copy],
      [copy, frame],
    ])
      expect(windowOf(...order).frames.map(({ time, duplicate }) => [time, duplicate])).toEqual([
        [startMs, false],
        [copy.time, true],
      ]);
  });
});

describe('a window of frames', () => {
  /** A life of at most two hours: frames get lost, copied, dated wrongly; the device rejoins or starts anew. */
  const life = fc
    .array(
      fc.record({
        minutes: fc.integer({ min: 0, max: 4 }),
        what: fc.constantFrom('next', 'next', 'next', 'lost', 'rejoin', 'reset', 'copy', 'early'),
      }),
      { maxLength: 30, size: 'max' },
    )
    .map((steps) => {
      let [minute, fCnt, session] = [0, 0, 0];
      return steps.map(({ minutes, what }, at): Said => {
        minute += minutes;
        if (what !== 'copy') fCnt += what === 'lost' ? 2 : 1;
        if (what === 'rejoin') session++;
        if (what === 'rejoin' || what === 'reset') fCnt = 0;
        const time = startMs + minute * minuteMs - (what === 'early' ? 30_000 : 0);
        return { fCnt, time, devAddr: `0100000${session}`, id: `${at}`, data: 'x' };
      });
    });

  it('is the same for any order and repetition', () => {
    const shuffled = life.chain((frames) =>
      fc.tuple(
        fc.constant(frames),
        fc.shuffledSubarray([...frames, ...frames], { minLength: frames.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: 120 }), ([frames, order], minute) => {
        const [one, other] = [windowOf(...frames), windowOf(...order)];
        const told = (window: FrameWindow): unknown =>
          window.frames.map(({ cameAsCopy: _, ...frame }) => frame);
        expect(told(other)).toEqual(told(one));
        const atMs = startMs + minute * minuteMs;
        expect(other.confirmationOf(atMs)).toEqual(one.confirmationOf(atMs));
      }),
    );
  });

  it('tells of each frame in its turn the same, whatever was taken in early', () => {
    const overtaken = life.chain((frames) =>
      fc.record({
        turns: fc.shuffledSubarray([...frames, ...frames], { minLength: frames.length }),
        early: fc.array(fc.tuple(fc.nat({ max: 60 }), fc.subarray(frames)), { maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(overtaken, ({ turns, early }) => {
        const told = (overtaking: typeof early): unknown => {
          const window = new FrameWindow();
          return turns.map((said, turn) => {
            for (const [before, ahead] of overtaking)
              if (before === turn) for (const one of ahead) window.add(uplink(device, {}, one), true);
            const { cameAsCopy, following } = window.add(uplink(device, {}, said));
            return [cameAsCopy, following === 'again'];
          });
        };
        expect(told(early)).toEqual(told([]));
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for any delay within it, however long the life', () => {
    const day = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 50 })), {
      minLength: 100,
      maxLength: 200,
    });
    fc.assert(
      fc.property(day, (steps) => {
        const frames = steps
          .map(([lost, delay], at) => ({
            fCnt: at,
            time: startMs + at * 2 * minuteMs,
            lost: lost && at % 7 === 0,
            delay,
          }))
          .filter(({ lost }) => !lost);
        const delayed = frames.toSorted((a, b) => a.time + a.delay * minuteMs - b.time - b.delay * minuteMs);
        const [one, other] = [windowOf(...frames), windowOf(...delayed)];
        expect([other.frames, other.folded]).toEqual([one.frames, one.folded]);
        expect(other.confirmationOf(startMs)).toEqual(one.confirmationOf(startMs));
      }),
      { numRuns: 50 },
    );
  });
});
