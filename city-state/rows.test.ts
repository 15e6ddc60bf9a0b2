import { describe, expect, it } from 'vitest';
import type { Uplink } from '#core';
import type { CityState } from './state.ts';
import {
  batteryStatus,
  eui,
  inventoryOf,
  minuteMs,
  rowsOf,
  type Said,
  smallCity,
  startMs,
  stateAfter,
  stateOf,
  testProfile,
  uplink,
} from './testing.ts';

const inventory = inventoryOf(smallCity);

const bay = (occupied: boolean, said: Said = {}): Uplink => uplink(eui(1), { bay_occupied: occupied }, said);

/** The first bay of the market: status and freshness. */
function firstBay(state: CityState): unknown[] {
  const first = state.parkingSites(startMs)[0]?.bays[0];
  return [first?.status, first?.freshness];
}

const answersOf = (state: CityState): unknown => [
  state.chargingStations(startMs),
  state.parkingSites(startMs),
  state.environmentStations(startMs),
];

/** As a release before rows wrote it, of the uplinks of the test below. */
const earlierSnapshot = JSON.stringify({
  version: 1,
  profiles: [testProfile],
  devices: [
    [
      eui(1),
      startMs + 2 * minuteMs,
      ['01000001'],
      null,
      [
        [120_000, 'a', 0, 5, 1170070543, 0, 0],
        [60_000, 'b', 0, 5, 1170070543, 1, 1],
        [0, 'c', 0, 6, 3251840888, 0, 0],
      ],
      [
        [
          'bay_occupied',
          null,
          [
            [120_000, true, 1, 0],
            [60_000, true, 1, 1],
          ],
        ],
      ],
      [0, startMs + 2 * minuteMs, 'c'],
      startMs + 3,
    ],
    [
      eui(7),
      startMs,
      ['01000001'],
      null,
      [[0, '0d6ebeeb-cb02-4b5b-b2d9-464be77f1e82', 0, 0, 4009848843, 0, 0]],
      [
        ['air_temperature', null, [[0, 20.5, 1, 0]]],
        ['co2', null, [[0, 500, 1, 0]]],
        ['battery_level', null, [[0, 80, 1, -1]]],
      ],
      [0, startMs, '0d6ebeeb-cb02-4b5b-b2d9-464be77f1e82'],
      startMs + 2,
    ],
  ],
});

describe('a snapshot', () => {
  it('of another version is refused, and leaves everything as it was', () => {
    const state = stateAfter(bay(true));
    const row = rowsOf(state, 'all');
    const strange = ['{"version":2,"devices":[]}', '{"version":1}', '[]', 'null', ''].map((text) =>
      Buffer.from(text),
    );
    for (const one of [...strange, Uint8Array.of(3), row[0]?.subarray(0, -8) ?? []])
      expect(() => state.restore([...row, Uint8Array.from(one)])).toThrow();
    expect(() => state.restore(strange.slice(0, 1))).toThrow('only 1 can be restored');
    expect(() => state.restore([Uint8Array.of(3)])).toThrow('only 2 and texts of version 1 can be restored');
    expect(firstBay(state)).toEqual(['OCCUPIED', 'live']);
  });

  it('goes without quantities that are not known any more', () => {
    const state = stateAfter(uplink(eui(7), { air_temperature: 20, co2: 500 }));
    const rows = rowsOf(state, 'all').map((row) =>
      Buffer.from(Buffer.from(row).toString('latin1').replace('"co2"', '"c?2"'), 'latin1'),
    );
    state.restore(rows);
    expect(state.environmentStations(startMs)[0]?.measurements.map(({ quantity }) => quantity)).toEqual([
      'air_temperature',
    ]);
  });

  it('brings what changed since the one before, and a later row takes the place of an earlier one', () => {
    const state = stateAfter(bay(true), uplink(eui(7), { co2: 500 }));
    const rows = rowsOf(state, 'all');
    expect(rowsOf(state, 'changed')).toEqual([]);
    state.apply(bay(true));
    expect(rowsOf(state, 'changed')).toEqual([]);
    state.apply(bay(false, { fCnt: 1, time: startMs + 1 }));
    rows.push(...rowsOf(state, 'changed'));
    expect(rows).toHaveLength(3);
    const other = stateOf(inventory);
    other.restore(rows);
    expect(answersOf(other)).toEqual(answersOf(state));
  });

  it('of releases that wrote texts is restored, frames and copies and all', () => {
    const frame = { fCnt: 5, id: 'a' };
    const copy = { fCnt: 5, id: 'b', time: startMs + minuteMs };
    const uplinks = [
      bay(true, frame),
      bay(true, copy),
      uplink(eui(1), {}, { fCnt: 6, id: 'c', time: startMs + 2 * minuteMs }),
      uplink(eui(7), { air_temperature: 20.5, co2: 500 }, { id: '0d6ebeeb-cb02-4b5b-b2d9-464be77f1e82' }),
      batteryStatus(eui(7), 80),
    ];
    const [state, restored] = [stateAfter(...uplinks), stateOf(inventory)];
    restored.restore([Buffer.from(earlierSnapshot)]);
    expect(rowsOf(restored, 'all')).toEqual(rowsOf(state, 'all'));
    for (const one of uplinks) expect(restored.apply(one)).toEqual(state.apply(one));
    expect(rowsOf(restored, 'changed')).toEqual([]);
  });

  it('remembers which message was the copy', () => {
    const copy = bay(true, { id: 'copy', time: startMs + 1 });
    const state = stateAfter(bay(true), copy);
    const other = stateOf(inventory);
    other.restore(rowsOf(state, 'all'));
    expect(other.apply(bay(true))).toMatchObject({ duplicate: false });
    expect(other.apply(copy)).toMatchObject({ duplicate: true });
  });

  it('remembers what was taken in early, and when its turn has come, though no answer changes', () => {
    const copy = bay(true, { id: 'copy', time: startMs + 1 });
    const state = stateOf(inventory);
    state.apply(copy, true);
    const rows = rowsOf(state, 'all');
    const other = stateOf(inventory);
    other.restore(rows);
    expect(other.apply(bay(true))).toEqual({ duplicate: false, repeated: false });
    other.restore(rows);
    const before = answersOf(other);
    expect(other.apply(copy)).toEqual({ duplicate: false, repeated: false });
    expect(answersOf(other)).toEqual(before);
    const later = stateOf(inventory);
    later.restore([...rows, ...rowsOf(other, 'changed')]);
    expect(later.apply(copy)).toEqual({ duplicate: false, repeated: true });
    expect(later.apply(bay(true))).toEqual({ duplicate: true, repeated: false });
  });

  it('stays small', () => {
    const state = stateOf(inventory);
    for (let fCnt = 0; fCnt < 12; fCnt++)
      state.apply(
        uplink(
          eui(7),
          { air_temperature: 20.5, co2: 500 },
          { fCnt, time: startMs + fCnt * 10 * minuteMs, id: '0d6ebeeb-cb02-4b5b-b2d9-464be77f1e82' },
        ),
      );
    expect(rowsOf(state, 'all')[0]?.length).toBeLessThan(12 * 150);
  });
});
