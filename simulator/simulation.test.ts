import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hourMs } from './calendar.ts';
import { type BackfillProgress, Simulation, type SimulationOptions } from './simulation.ts';
import { hamlet, mondayMs } from './testing.ts';
import { createTown } from './town.ts';
import type { MqttMessage } from './up-event.ts';

const town = createTown({ places: hamlet, seed: 1 });
const startMs = mondayMs + 12 * hourMs;
const backfillMs = 3 * hourMs;

const messagesOf = (fromMs: number, toMs: number): MqttMessage[] =>
  Array.from(town.uplinks(fromMs, toMs), ({ message }) => message);

async function until(done: () => boolean): Promise<void> {
  for (let waited = 0; !done(); waited++) {
    if (waited > 1000) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A running simulation, its clock, and what it has published. */
async function running(options: Partial<SimulationOptions> = {}) {
  const published: MqttMessage[] = [];
  const progress: BackfillProgress[] = [];
  const clock = { nowMs: startMs };
  const simulation = new Simulation({
    town,
    backfillMs,
    now: () => clock.nowMs,
    onBackfill: (report) => progress.push(report),
    publish: (message) => {
      published.push(message);
      return Promise.resolve();
    },
    ...options,
  });
  await simulation.start();
  return { simulation, published, progress, clock };
}

describe('a simulation', () => {
  it('tells its past, then goes on with the clock, and catches up after a long sleep', async () => {
    const { simulation, published, progress, clock } = await running();
    await until(() => progress.at(-1)?.share === 1);
    expect(published).toEqual(messagesOf(startMs - backfillMs, startMs));
    expect(progress.map(({ share }) => share)).toEqual([1 / 3, 2 / 3, 1].map((x) => expect.closeTo(x)));
    expect(progress.at(-1)?.uplinks).toBe(published.length);
    for (const sleptMs of [5000, 7 * hourMs]) {
      clock.nowMs += sleptMs;
      const expected = messagesOf(startMs - backfillMs, clock.nowMs);
      await until(() => published.length >= expected.length);
      expect(published).toEqual(expected);
    }
    expect(simulation.health()).toEqual({ status: 'ok' });
    await simulation.stop();
  });

  it('lets time pass faster where it is told to', async () => {
    const { simulation, published, clock } = await running({ backfillMs: 0, speed: 60 });
    clock.nowMs += 60_000;
    const expected = messagesOf(startMs, startMs + hourMs);
    await until(() => published.length >= expected.length);
    expect(published).toEqual(expected);
    await simulation.stop();
  });

  it('reports the end of the past where there is none', async () => {
    const { simulation, progress } = await running({ backfillMs: 0 });
    await until(() => progress.length > 0);
    await simulation.stop();
    expect(progress).toEqual([{ share: 1, uplinks: 0 }]);
  });

  it('offers again what was not accepted, and says meanwhile what is wrong', async () => {
    const published: MqttMessage[] = [];
    let away = true;
    const { simulation, progress } = await running({
      backfillMs: hourMs,
      publish: async (message) => {
        if (away) throw new Error('connection refused');
        published.push(message);
      },
    });
    await until(() => simulation.health().status === 'degraded');
    expect(simulation.health()).toMatchObject({
      detail: 'the broker takes no uplinks: connection refused',
      sinceMs: startMs,
    });
    away = false;
    await until(() => progress.at(-1)?.share === 1);
    expect(published).toEqual(messagesOf(startMs - hourMs, startMs));
    expect(simulation.health()).toEqual({ status: 'ok' });
    await simulation.stop();
  });

  it('breaks the connection when it is told to, while messages are under way', async () => {
    const breakMs = startMs - hourMs;
    const brokenWith: number[] = [];
    const { simulation, published, progress } = await running({
      publish: (message) => {
        published.push(message);
        return sleep(5);
      },
      interruptions: {
        breaks: (fromMs, toMs) => (breakMs >= fromMs && breakMs < toMs ? [breakMs] : []),
        breakConnection: () => brokenWith.push(published.length),
      },
    });
    await until(() => progress.at(-1)?.share === 1);
    expect(brokenWith).toEqual([messagesOf(startMs - backfillMs, breakMs).length]);
    await simulation.stop();
  });

  it('stops at any time, with nothing under way', async () => {
    let underWay = 0;
    const { simulation } = await running({
      publish: async () => {
        underWay++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        underWay--;
      },
    });
    await until(() => underWay > 0);
    expect(simulation.health()).toEqual({ status: 'ok', detail: 'telling the past: 0 %' });
    await simulation.stop();
    expect(underWay).toBe(0);
    await simulation.stop();
  });

  it('that was never started stops too', async () => {
    await new Simulation({ town, backfillMs, now: () => startMs, publish: () => Promise.resolve() }).stop();
  });
});
