import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, type FeedListener, type FeedValue, type Logger } from '#core';
import { FeedFollower } from './feed-follower.ts';
import type { CityState } from './state.ts';
import {
  batteryStatus,
  eui,
  inventoryOf,
  minuteMs,
  rowsOf,
  smallCity,
  startMs,
  stateOf,
  uplink,
} from './testing.ts';

const inventory = inventoryOf(smallCity);
const answersOf = (state: CityState, nowMs: number): unknown => [
  state.chargingStations(nowMs),
  state.parkingSites(nowMs),
  state.environmentStations(nowMs),
];

/** When each value that is answered was measured. */
function observedTimes(state: CityState): Map<string, string> {
  const nowMs = startMs + 60 * minuteMs;
  const bays = state
    .parkingSites(nowMs)
    .flatMap((site) => site.bays.map(({ id, observedAt }) => [id, observedAt ?? ''] as const));
  const measured = state
    .environmentStations(nowMs)
    .flatMap((site) => site.measurements.map((one) => [one.quantity, one.observedAt ?? ''] as const));
  return new Map([...bays, ...measured]);
}

/** Uplinks of some devices; the counter goes with the minute, so that any order tells the same. */
const uplinks = fc
  .array(
    fc.record({
      device: fc.constantFrom(1, 2, 3, 4, 7),
      minute: fc.nat(59),
      value: fc.boolean(),
      silent: fc.boolean(),
    }),
    { maxLength: 60, size: 'max' },
  )
  .map((all) =>
    all.map(({ device, minute, value, silent }, index) =>
      uplink(
        eui(device),
        silent ? {} : { bay_occupied: value, current: value ? 6 : 0, air_temperature: index },
        { fCnt: minute, time: startMs + minute * minuteMs, id: `${index}`, data: `${index}` },
      ),
    ),
  );

describe('a state told by another', () => {
  it('answers the same in the end, and never goes back on the way', () => {
    fc.assert(
      fc.property(uplinks, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (all, tellsAfter) => {
        const [publisher, follower] = [stateOf(inventory), stateOf(inventory)];
        let observed = observedTimes(follower);
        const tell = (): void => {
          for (const { value } of publisher.changedDevices()) follower.takeDevice(value);
          const now = observedTimes(follower);
          for (const [what, at] of observed) expect((now.get(what) ?? '') >= at).toBe(true);
          observed = now;
        };
        for (const [index, one] of all.entries()) {
          publisher.apply(one);
          if (tellsAfter[index]) tell();
        }
        tell();
        const nowMs = startMs + 61 * minuteMs;
        expect(answersOf(follower, nowMs)).toEqual(answersOf(publisher, nowMs));
      }),
    );
  });

  it('is told of each device that changed, once, with a rising revision', () => {
    const state = stateOf(inventory);
    const told = (): (string | number)[][] =>
      [...state.changedDevices()].map(({ key, revision }) => [key, revision]);
    const first = uplink(eui(1), { bay_occupied: true });
    state.apply(first);
    state.apply(batteryStatus(eui(2), 80));
    expect(told()).toEqual([
      [eui(1), startMs + 1],
      [eui(2), startMs + 1],
    ]);
    state.apply(first);
    state.apply(batteryStatus(eui(2), 80));
    expect(told()).toEqual([]);
    state.apply(uplink(eui(1), {}, { fCnt: 1, time: startMs + 1 }));
    expect(told()).toEqual([[eui(1), startMs + 2]]);
  });

  it('is led to the same revisions by the same messages after a crash, with or without a snapshot', () => {
    fc.assert(
      fc.property(uplinks, fc.nat(60), fc.nat(60), (all, kept, from) => {
        const [whole, again] = [stateOf(inventory), stateOf(inventory)];
        for (const one of all.slice(0, kept)) whole.apply(one);
        if (kept > 0) again.restore(rowsOf(whole, 'all'));
        for (const one of all.slice(kept)) whole.apply(one);
        // What the snapshot holds already may come again.
        for (const one of all.slice(Math.min(from, kept))) again.apply(one);
        const byKey = (state: CityState): FeedValue[] =>
          [...state.devices()].sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(byKey(again)).toEqual(byKey(whole));
      }),
    );
  });

  it('starts at the newest time it knows where an older snapshot knows no revision', () => {
    const state = stateOf(inventory);
    const row = `["${eui(1)}",${startMs},[],null,[],[],null]`;
    state.restore([Buffer.from(`{"version":1,"profiles":[],"devices":[${row}]}`)]);
    expect([...state.changedDevices()].map(({ revision }) => revision)).toEqual([startMs]);
  });

  it('stays as it was where a value is none', () => {
    const state = stateOf(inventory);
    state.apply(uplink(eui(1), { bay_occupied: true }));
    const before = rowsOf(state, 'all');
    for (const strange of ['', '{}', '{"version":1}', 'AgAAAP////8=', 'AgAAAAAAAAA=', 'AQ=='])
      expect(() => state.takeDevice(strange)).toThrow();
    expect(rowsOf(state, 'all')).toEqual(before);
  });

  it('tells its listeners', () => {
    const [publisher, follower] = [stateOf(inventory), stateOf(inventory)];
    const told: string[] = [];
    follower.onChange((changes) => told.push(...changes.map(({ site }) => site.id)));
    follower.tick(startMs);
    publisher.apply(uplink(eui(1), { bay_occupied: true }));
    for (const { value } of publisher.changedDevices()) follower.takeDevice(value);
    follower.tick(startMs + 200);
    expect(told).toEqual(['markt']);
  });
});

describe('a follower', () => {
  /** One that is told by hand, and what it warned of. */
  async function following() {
    const warnings: unknown[] = [];
    const log: Logger = Object.assign(createLogger('silent'), {
      warn: (...said: unknown[]) => {
        warnings.push(said);
      },
    });
    const told: FeedListener[] = [];
    const feed = {
      subscribe: async (listener: FeedListener) => {
        told.push(listener);
        return async () => {};
      },
    };
    const follower = new FeedFollower({ state: stateOf(inventory), feed, log });
    await follower.start();
    const [listener] = told;
    if (listener === undefined) throw new Error('it does not listen');
    return { follower, listener, warnings };
  }
  const same = { inventoryHash: inventory.hash, epoch: 1 };
  const other = { inventoryHash: 'f00d', epoch: 2 };

  it('is down until the feed is complete and the publisher has told all it knew', async () => {
    const { follower, listener } = await following();
    listener.ready();
    expect(follower.health()).toMatchObject({ status: 'down' });
    listener.origin(same);
    expect(follower.health()).toEqual({ status: 'ok' });
  });

  it('is degraded while the publisher has another inventory, names both and the remedy, and warns once', async () => {
    const { follower, listener, warnings } = await following();
    listener.origin(other);
    listener.ready();
    const { status, detail } = follower.health();
    expect(status).toBe('degraded');
    for (const part of ['f00d', inventory.hash, 'STADTPEGEL_CITY_DIR']) expect(detail).toContain(part);
    listener.origin({ ...other, epoch: 3 });
    expect(warnings).toHaveLength(1);
    listener.origin({ ...same, epoch: 4 });
    expect(follower.health()).toEqual({ status: 'ok' });
    listener.origin({ ...other, epoch: 5 });
    expect(warnings).toHaveLength(2);
  });
});
