import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

const event = (about: string, data: string) => ({ about, event: 'parking', data });

describe('Outbox', () => {
  it('gives in order, the newest of each', () => {
    const outbox = new Outbox();
    for (const [about, data] of [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
    ] as const) {
      outbox.put(event(about, data));
    }
    expect([outbox.take(), outbox.take(), outbox.take()]).toEqual([
      event('a', '2'),
      event('b', '1'),
      undefined,
    ]);
  });

  it('never holds more than one event per site and never loses the last', () => {
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('take' as const));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const outbox = new Outbox();
        const put = new Map<string, string>();
        const seen = new Map<string, string>();
        const take = (): boolean => {
          const taken = outbox.take();
          if (taken !== undefined) seen.set(taken.about, taken.data);
          return taken !== undefined;
        };
        for (const [index, what] of steps.entries()) {
          if (what === 'take') {
            take();
            continue;
          }
          put.set(what, String(index));
          outbox.put(event(what, String(index)));
          expect(outbox.size).toBeLessThanOrEqual(3);
        }
        while (take());
        expect(seen).toEqual(put);
      }),
    );
  });
});
