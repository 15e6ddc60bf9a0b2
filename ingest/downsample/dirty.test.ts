import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Point } from '#core';
import { hourMs } from './buckets.ts';
import { DirtyBuckets, type Place, type Taken } from './dirty.ts';

let folder = '';
let dirty: DirtyBuckets;

async function open(): Promise<void> {
  dirty = new DirtyBuckets(folder);
  await dirty.start();
}
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-dirty-'));
  await open();
});
afterEach(async () => {
  await dirty.stop();
  await rm(folder, { recursive: true, force: true });
});

const point = (
  hour: number,
  device = 'd',
  measurement = 'environment',
  over: Partial<Point> = {},
): Point => ({
  retention: 'readings',
  measurement,
  time: hour * hourMs + 1234,
  tags: { device },
  fields: {},
  ...over,
});
const end = 1000 * hourMs;

/** All that waits, in the order the job would take it. */
function all(devicesMax = 100): [hour: number, theme: string, devices: readonly string[]][] {
  const found: [number, string, readonly string[]][] = [];
  for (let place: Place; ; ) {
    const taken = dirty.take(place, end, devicesMax);
    if (!taken) return found;
    found.push([taken.hourMs / hourMs, taken.theme, taken.devices]);
    place = taken.place;
  }
}

describe('what is marked', () => {
  it('is taken oldest first, the devices of an hour and theme together, as many as asked for', () => {
    dirty.mark([point(7, 'b'), point(7, 'a', 'water'), point(3, 'z'), point(7, 'a'), point(7, 'c')]);
    expect(all(2)).toEqual([
      [3, 'environment', ['z']],
      [7, 'environment', ['a', 'b']],
      [7, 'environment', ['c']],
      [7, 'water', ['a']],
    ]);
    expect(dirty.oldestMs()).toBe(3 * hourMs);
  });

  it('is neither the radio log nor a theme nobody knows', () => {
    dirty.mark([point(1, 'a', 'environment', { retention: 'uplinks' }), point(2, 'a', 'weather'), point(3)]);
    expect(all()).toEqual([[3, 'environment', ['d']]]);
    expect(dirty.waiting).toBe(1);
  });

  it('stays when it is marked again while it is in work, and goes when it is done', () => {
    dirty.mark([point(1, 'a'), point(1, 'b')]);
    const taken = dirty.take(undefined, end, 10);
    dirty.mark([point(1, 'b')]);
    if (taken) dirty.done(taken);
    expect(all()).toEqual([[1, 'environment', ['b']]]);
  });

  it('is told of once where it lies before what is watched', () => {
    let told = 0;
    dirty.watch(5 * hourMs, () => {
      told++;
    });
    dirty.mark([point(5), point(6)]);
    expect(told).toBe(0);
    dirty.mark([point(4), point(3)]);
    expect(told).toBe(1);
  });

  it('is forgotten where its readings are gone, for good', async () => {
    dirty.mark([point(1), point(9), point(1, 'd', 'water')]);
    dirty.drop('environment', 5 * hourMs);
    expect(all()).toEqual([
      [1, 'water', ['d']],
      [9, 'environment', ['d']],
    ]);
    await dirty.stop();
    await open();
    dirty.mark([point(1), point(4)]);
    expect(dirty.oldestMs()).toBe(hourMs);
    expect(all()).toHaveLength(2);
  });

  it('waits where it cannot be written down, until it is asked to be', () => {
    const points = Array.from({ length: 12_000 }, (_, n) => point(1, `device ${String(n).padStart(5, '0')}`));
    const other = new DatabaseSync(path.join(folder, 'downsampling.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    dirty.mark(points);
    expect(() => dirty.flush()).toThrow('locked');
    other.exec('COMMIT');
    other.close();
    dirty.flush();
    expect(dirty.take(undefined, end, 20_000)?.devices).toEqual(points.map(({ tags }) => tags.device));
  });

  it('is the same whether it is unpacked before it is taken, however it was packed', async () => {
    const names = Array.from({ length: 4500 }, (_, n) => `device ${String(n).padStart(4, '0')}`);
    for (const hour of [1, 2, 1]) {
      dirty.mark(names.map((name) => point(hour, name)));
      dirty.flush();
      // A process that knows nothing of what is written down: it writes it down again.
      await open();
    }
    expect(dirty.oldestMs()).toBe(hourMs);
    await dirty.unpack(2 * hourMs);
    expect(dirty.waiting).toBe(9000);
    expect(all(5000)).toEqual([
      [1, 'environment', names],
      [2, 'environment', names],
    ]);
    expect(dirty.waiting).toBe(9000);
  });

  it('waits until it is done, and no longer, whatever is marked, taken and done, with the process ending in between', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ hour: fc.nat(3), device: fc.constantFrom('a', 'b', 'c') }) },
      fc.constantFrom('flush' as const, 'take' as const, 'done' as const, 'crash' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await dirty.stop();
        await rm(folder, { recursive: true, force: true });
        await open();
        /** What has to wait: flushed, and what a crash may forget. */
        const durable = new Set<string>();
        const fresh = new Set<string>();
        let taken: Taken | undefined;
        let again = new Set<string>();
        const flushed = (): void => {
          for (const one of fresh) durable.add(one);
          fresh.clear();
        };
        for (const one of steps) {
          if (typeof one === 'object') {
            dirty.mark([point(one.hour, one.device)]);
            fresh.add(`${one.hour} ${one.device}`);
            again.add(`${one.hour} ${one.device}`);
          } else if (one === 'flush') {
            dirty.flush();
            flushed();
          } else if (one === 'take') {
            taken = dirty.take(undefined, end, 2);
            flushed();
            again = new Set();
          } else if (one === 'done' && taken) {
            dirty.done(taken);
            const hour = taken.hourMs / hourMs;
            for (const device of taken.devices)
              if (!again.has(`${hour} ${device}`)) durable.delete(`${hour} ${device}`);
            taken = undefined;
          } else if (one === 'crash') {
            // What was flushed is in the file at once; the first one is left behind open, as a killed process leaves it.
            await open();
            fresh.clear();
            taken = undefined;
          }
        }
        const waiting = all().flatMap(([hour, , devices]) => devices.map((device) => `${hour} ${device}`));
        expect(waiting.toSorted()).toEqual([...new Set([...durable, ...fresh])].sort());
      }),
      { numRuns: 100 },
    );
  });
});
