import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ranges } from './ranges.ts';

describe('Ranges', () => {
  it('holds what a plain set holds, sorted, disjoint and not touching', () => {
    const number = fc.integer({ min: 0, max: 60 });
    const step = fc.oneof(
      fc.tuple(fc.constant('range' as const), number, fc.integer({ min: 0, max: 8 })),
      fc.tuple(
        fc.constant('list' as const),
        fc.uniqueArray(number).map((all) => all.toSorted((a, b) => a - b)),
      ),
      fc.tuple(fc.constant('drop' as const), number),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const ranges = new Ranges();
        let model = new Set<number>();
        for (const one of steps) {
          if (one[0] === 'range') {
            ranges.add(one[1], one[1] + one[2]);
            for (let i = one[1]; i <= one[1] + one[2]; i++) model.add(i);
          } else if (one[0] === 'list') {
            ranges.addAll(one[1]);
            model = model.union(new Set(one[1]));
          } else {
            ranges.dropBelow(one[1]);
            model = new Set([...model].filter((i) => i >= one[1]));
          }
        }
        expect(ranges.size).toBe(model.size);
        for (let i = 0; i < 70; i++) expect(ranges.has(i)).toBe(model.has(i));
        for (let i = 0; i < 70; i++) {
          let missing = i;
          while (model.has(missing)) missing++;
          expect(ranges.firstMissing(i)).toBe(missing);
        }
        const pairs = ranges.toJSON();
        for (const [i, [first, last]] of pairs.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          expect(first).toBeGreaterThan((pairs[i - 1]?.[1] ?? -2) + 1);
        }
      }),
    );
  });
});
