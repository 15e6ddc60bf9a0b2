import { describe, expect, it } from 'vitest';
import { answersWithin } from './within.ts';

const never = new Promise<string>(() => {});

describe('answers within a time', () => {
  it('are all there as soon as the last is', async () => {
    const soon = new Promise<string>((resolve) => setTimeout(resolve, 5, 'b'));
    expect(await answersWithin(['a', soon, Promise.resolve('c')], 60_000)).toEqual(['a', 'b', 'c']);
  });

  it('are undefined where they are late, and stay so', async () => {
    const late = new Promise<string>((resolve) => setTimeout(resolve, 60, 'b'));
    const answers = await answersWithin(['a', late, never, Promise.resolve('c')], 20);
    await late;
    expect(answers).toEqual(['a', undefined, undefined, 'c']);
  });

  it('reject where one does in time, and not where one does later', async () => {
    await expect(answersWithin([never, Promise.reject(new Error('no'))], 60_000)).rejects.toThrow('no');
    const later = new Promise<string>((_, reject) => setTimeout(reject, 40, new Error('no')));
    expect(await answersWithin([later], 5)).toEqual([undefined]);
    await expect(later).rejects.toThrow('no');
  });
});
