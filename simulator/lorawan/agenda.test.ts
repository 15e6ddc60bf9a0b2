import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda } from './agenda.ts';

it('an agenda does things by time, and at the same time in the order they were planned', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (times) => {
      const agenda = new Agenda();
      const done: [number, number][] = [];
      for (const [index, timeMs] of times.entries()) agenda.plan(timeMs, () => done.push([timeMs, index]));
      while (agenda.nextMs < Number.POSITIVE_INFINITY) agenda.step();
      const expected = times.map((timeMs, index): [number, number] => [timeMs, index]);
      expect(done).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j));
    }),
  );
});
