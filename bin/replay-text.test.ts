import { describe, expect, it } from 'vitest';
import { progressLine, type Replay, summary } from './replay-text.ts';

const replay: Replay = {
  id: 4,
  state: 'running',
  from: '2026-05-01T00:00:00.000Z',
  to: '2026-05-02T00:00:00.000Z',
  dryRun: false,
  uplinksTotal: 4000,
  uplinksDone: 1000,
  uplinksPerS: 25,
  secondsLeft: 120,
  waitsFor: null,
  notes: ['a note'],
  profiles: [],
};

describe('the progress line', () => {
  it('says how far it is, how fast, and how long it takes', () => {
    expect(progressLine(replay, 200)).toBe(
      '[#####...............] 25 %  1,000 of 4,000 uplinks  25/s  2 min left',
    );
    expect(progressLine({ ...replay, secondsLeft: 3 }, 200)).toContain('3 s left');
    expect(progressLine({ ...replay, secondsLeft: 9000 }, 200)).toContain('3 h left');
  });

  it('says what it waits for, and fits the terminal', () => {
    const waiting = { ...replay, uplinksPerS: null, secondsLeft: null, waitsFor: 'the store' };
    expect(progressLine(waiting, 200)).toMatch(/uplinks {2}waits for: the store$/);
    expect(progressLine(waiting, 30)).toHaveLength(29);
  });

  it('is full where there is nothing to do, and where more came than was counted', () => {
    expect(progressLine({ ...replay, uplinksTotal: 0, uplinksDone: 0 }, 200)).toContain('100 %');
    expect(progressLine({ ...replay, uplinksDone: 5000 }, 200)).toContain('100 %');
  });
});

describe('the summary', () => {
  it('says what has changed, and what stayed and why', () => {
    const counts = {
      profile: 'acme/w1',
      uplinks: 10,
      withheld: 2,
      failed: 3,
      failure: 'the codec ended',
      same: 5,
      changed: 6,
      new: 7,
      gone: 8,
      rejected: 1,
      examples: [
        { device: 'd', time: 't', channel: 'l1', quantity: 'co2', before: 1, after: null },
        { device: 'd', time: 't', channel: null, quantity: 'bay_occupied', before: null, after: true },
      ],
    };
    expect(
      summary({ ...replay, state: 'done', profiles: [counts] }),
    ).toBe(`replay 4: done, 1,000 uplinks of ${replay.from} to ${replay.to}
  note: a note
acme/w1: 10 uplinks decoded anew
  readings 6 changed, 7 new, 8 gone, 5 the same
  2 uplinks stay as they are: their payload was never kept
  3 uplinks stay as they are: they cannot be decoded now (the codec ended)
  1 points were refused by the store; the log says why
  d t co2 l1: 1 -> nothing
  d t bay_occupied: nothing -> true
`);
  });

  it('shows the progress of one that runs, and says that a dry run changes nothing', () => {
    expect(summary(replay)).toContain('\n  [#####');
    expect(summary({ ...replay, dryRun: true })).toMatch(/^dry run 4, nothing is changed: running/);
  });
});
