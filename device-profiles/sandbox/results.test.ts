import { describe, expect, it } from 'vitest';
import { resultOf } from './results.ts';

describe('results from the child', () => {
  it('are data, warnings and errors', () => {
    const wire = [{ a: [1, null, { b: 'x' }], c: true }, ['w'], []];
    expect(resultOf(wire)).toEqual({ data: wire[0], warnings: ['w'], errors: [] });
  });

  it.each([[null], [{}], [[]], [[1, [], []]], [[[], [], []]], [[{}, 'w', []]], [[{}, [], [1]]]])(
    'are not %j',
    (wire) => expect(resultOf(wire)).toBeUndefined(),
  );

  it('lose numbers no double holds, and keys that would change the object they are copied to', () => {
    const wire: unknown = JSON.parse(
      '[{"far":1e999,"list":[-1e999],"__proto__":{"bad":1},"o":{"__proto__":1}},[],[]]',
    );
    expect(resultOf(wire)).toEqual({ data: { far: null, list: [null], o: {} }, warnings: [], errors: [] });
  });

  it('are errors when they are nested too deep', () => {
    const depth = 40_000;
    const wire: unknown = JSON.parse(`[{"a":${'['.repeat(depth)}${']'.repeat(depth)}},[],[]]`);
    expect(resultOf(wire)?.errors).toEqual(['the data is nested deeper than 32 levels']);
  });
});
