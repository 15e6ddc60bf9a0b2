import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('does one thing after the other, whatever becomes of each', async () => {
  const turns = new Turns();
  const said: string[] = [];
  const work = (name: string, fails: boolean) => async (): Promise<string> => {
    said.push(`${name} begins`);
    await sleep(5);
    said.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const first = turns.take(work('first', true));
  const second = turns.take(work('second', false));
  await expect(first).rejects.toThrow('first');
  await turns.over();
  expect(said).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(await second).toBe('second');
});
