import { describe, expect, it } from 'vitest';
import { type Figures, statusText } from './status-line.ts';

const none: Figures = {
  ...{ uplinks: 0, decoded: 0, written: 0, undecoded: 0, letters: 0, rejected: 0, spool: 0 },
  atMs: 5000,
};

describe('the status line', () => {
  it('shows rates over the time between two moments, and sums of what went wrong', () => {
    const now = { ...none, uplinks: 12_345, decoded: 12_340, written: 25, spool: 1234, atMs: 15_000 };
    expect(statusText(none, now, 100)).toBe(
      ' 1,235 uplinks/s   1,234 decoded/s     2.5 written/s  spool 1,234  errors 0',
    );
    const wrong = { ...now, undecoded: 2, rejected: 1 };
    expect(statusText(none, wrong, 200)).toMatch(/ {2}errors 3 \(2 not decoded, 1 points rejected\)$/);
  });

  it('keeps its columns, whatever the figures', () => {
    const columnOf = (uplinks: number): number =>
      statusText(none, { ...none, uplinks, atMs: 6000 }, 100).indexOf('decoded/s');
    expect([0, 9.94, 9.96, 500, 99_999].map(columnOf)).toEqual(Array(5).fill(25));
  });

  it('shows nothing wrong at its very beginning', () => {
    expect(statusText(none, none, 80)).toMatch(/^ +0\.0 uplinks\/s .* errors 0$/);
  });

  it('leaves out from its end what a narrow terminal has no room for', () => {
    for (let columns = 1; columns <= 100; columns++)
      expect(statusText(none, none, columns).length).toBeLessThan(columns);
    expect(statusText(none, none, 40).trim()).toBe('0.0 uplinks/s     0.0 decoded/s');
    expect(statusText(none, none, 10)).toBe('   0.0 up');
  });
});
