import { describe, expect, it } from 'vitest';
import { type Component, startAll, stopAll } from './lifecycle.ts';
import { createLogger, OutageLog } from './log.ts';

function part(name: string, steps: string[], failing = ''): Component {
  const step = (what: string) => async (): Promise<void> => {
    steps.push(`${what} ${name}`);
    if (failing === what) throw new Error(`${name} cannot ${what}`);
  };
  return { name, start: step('start'), stop: step('stop'), health: () => ({ status: 'ok' }) };
}

describe('startAll and stopAll', () => {
  it('stop in reverse what was started when one fails to start', async () => {
    const steps: string[] = [];
    const parts = [part('a', steps), part('b', steps), part('c', steps, 'start'), part('d', steps)];
    await expect(startAll(parts)).rejects.toThrow('c cannot start');
    expect(steps).toEqual(['start a', 'start b', 'start c', 'stop b', 'stop a']);
  });

  it('stop all even if one fails to', async () => {
    const steps: string[] = [];
    await expect(stopAll([part('a', steps), part('b', steps, 'stop')])).rejects.toThrow('failed to stop');
    expect(steps).toEqual(['stop b', 'stop a']);
  });
});

describe('OutageLog', () => {
  it('knows since when, and forgets when it is over', () => {
    let now = 1000;
    const outage = new OutageLog(createLogger('silent'), 'x', () => now);
    outage.away('first');
    now = 2000;
    outage.away('second');
    expect(outage.sinceMs).toBe(1000);
    expect(outage.reason).toBe('second');
    outage.back();
    expect(outage.sinceMs).toBeUndefined();
  });
});
