/** The judge finds every kind of loss and doubling that is planted. */
import { describe, expect, it } from 'vitest';
import type { Uplink } from './load.ts';
import { type Held, judge, type Row } from './verdict.ts';

const uplinks: readonly Uplink[] = [
  { id: 'a', device: '01', timeMs: 1000, fCnt: 1 },
  { id: 'copy-a', device: '01', timeMs: 1040, fCnt: 1 },
  { id: 'b', device: '01', timeMs: 2000, fCnt: 2 },
];
const published = new Map(uplinks.map((uplink) => [uplink.id, uplink]));
const acknowledged = new Set(published.keys());
const rows: readonly Row[] = [
  { device: '01', timeMs: 1000, isCopy: false },
  { device: '01', timeMs: 1040, isCopy: true },
  { device: '01', timeMs: 2000, isCopy: false },
];
const whole: Held = { uplinks: rows, readings: rows };
const nothing = { missing: [], tooMany: [], miscounted: [] };

describe('judge', () => {
  it('finds nothing where each is there once', () => {
    expect(judge(published, acknowledged, whole)).toEqual({ once: 3, ...nothing });
  });

  it('does not mind which of two copies counts, nor what was not acknowledged', () => {
    const other = rows.map((row) => ({ ...row, isCopy: row.timeMs === 1000 }));
    expect(judge(published, acknowledged, { uplinks: other, readings: other })).toEqual({
      once: 3,
      ...nothing,
    });
    const without = rows.slice(0, 2);
    const held = { uplinks: without, readings: without };
    expect(judge(published, new Set(['a', 'copy-a']), held)).toEqual({ once: 2, ...nothing });
  });

  it.for(['uplinks', 'readings'] as const)('finds what is missing, doubled or strange in %s', (table) => {
    const [first] = rows;
    if (!first) throw new Error('no rows');
    const changed = (to: readonly Row[]): Held => ({ ...whole, [table]: to });
    expect(judge(published, acknowledged, changed(rows.slice(0, 2)))).toMatchObject({
      once: 2,
      missing: ['b'],
    });
    expect(judge(published, acknowledged, changed([...rows, first]))).toMatchObject({
      once: 2,
      tooMany: ['01 at 1000'],
    });
    const strange = { ...first, timeMs: 3000 };
    expect(judge(published, acknowledged, changed([...rows, strange]))).toMatchObject({
      once: 3,
      tooMany: ['01 at 3000'],
    });
  });

  it('finds frames that count twice, or not at all', () => {
    const all = (isCopy: boolean): Held => {
      const same = rows.map((row) => ({ ...row, isCopy }));
      return { uplinks: same, readings: rows };
    };
    expect(judge(published, acknowledged, all(false)).miscounted).toEqual(['01 frame 1']);
    expect(judge(published, acknowledged, all(true)).miscounted).toEqual(['01 frame 1', '01 frame 2']);
  });
});
