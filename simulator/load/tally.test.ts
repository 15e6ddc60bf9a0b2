import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tally } from './tally.ts';

const good = { missing: 0, surplus: 0, otherThanSent: 0 };

describe('the tally of a load', () => {
  const uplinks = fc.uniqueArray(
    fc.record({
      device: fc.integer({ min: 0, max: 5 }),
      fCnt: fc.integer({ min: 1_000_000, max: 1_000_050 }),
      outcome: fc.constantFrom('acknowledged', 'open and stored', 'open and lost'),
    }),
    { selector: ({ device, fCnt }) => `${device} ${fCnt}`, minLength: 1 },
  );
  const tallied = (all: readonly { device: number; fCnt: number; outcome: string }[]) => {
    const tally = new Tally(6);
    for (const { device, fCnt, outcome } of all) {
      if (outcome === 'acknowledged') tally.acknowledge(device, fCnt);
      else tally.giveUp(device, fCnt);
    }
    return tally;
  };
  const storedOf = (rows: readonly { device: number; fCnt: number }[]) => (device: number) => {
    const own = rows.filter((row) => row.device === device);
    return { count: own.length, sum: own.reduce((sum, { fCnt }) => sum + fCnt, 0) };
  };

  it('is content where every acknowledged uplink is stored, whatever became of the others', () => {
    fc.assert(
      fc.property(uplinks, (all) => {
        const stored = all.filter(({ outcome }) => outcome !== 'open and lost');
        expect(tallied(all).verify(storedOf(stored))).toEqual({ ...good, stored: stored.length });
      }),
    );
  });

  it('finds what is missing, what is doubled, and what is another', () => {
    const tally = new Tally(3);
    for (const device of [0, 1, 2]) for (const fCnt of [10, 11, 12]) tally.acknowledge(device, fCnt);
    const three = { count: 3, sum: 33 };
    const verdict = (other: { count: number; sum: number } | undefined) =>
      tally.verify((device) => (device === 1 ? other : three));
    expect(verdict(three)).toEqual({ ...good, stored: 9 });
    expect(verdict(undefined)).toEqual({ ...good, stored: 6, missing: 3 });
    expect(verdict({ count: 4, sum: 44 })).toEqual({ ...good, stored: 10, surplus: 1 });
    expect(verdict({ count: 3, sum: 34 })).toEqual({ ...good, stored: 9, otherThanSent: 1 });
  });

  it('expects of poison only what an uplink can be read from', () => {
    const tally = new Tally(1);
    tally.acknowledge(0, 10);
    tally.acknowledge(0, 11, 'undecodable');
    tally.acknowledge(0, 12, 'oversize');
    tally.acknowledge(0, 13, 'malformed');
    tally.giveUp(0, 14, 'malformed');
    expect([tally.acknowledged, tally.storable, tally.unacknowledged]).toEqual([4, 2, 1]);
    expect(tally.poisoned).toEqual({ malformed: 1, oversize: 1, undecodable: 1 });
    expect(tally.verify(() => ({ count: 2, sum: 21 }))).toEqual({ ...good, stored: 2 });
    expect(tally.verify(() => ({ count: 3, sum: 33 }))).toEqual({ ...good, stored: 3, surplus: 1 });
  });
});
