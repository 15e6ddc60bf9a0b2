import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Groups } from './alike.ts';
import { type Apart, Comparison, keptSchema, textOf } from './apart.ts';
import { eui, hourMs, inventoryOf, minuteMs, startMs, stateOf, testProfile, uplink } from './testing.ts';

const dayMs = 24 * hourMs;
const limit = 2.5;
const others = [19.9, 20, 20.1, 20.2];

/** The n-th device says the n-th value. */
function all(values: readonly number[], placeOf = (n: number) => `park-${n}`): Groups {
  const numbers = values.map((_, n) => n);
  const [devices, assets] = [numbers.map(eui), numbers.map(placeOf)];
  const stations = { quantity: 'air_temperature', channel: undefined, limit } as const;
  const group = { ...stations, devices, assets, values: [...values] };
  return new Map([['stations', new Map([['air_temperature', group]])]]);
}

/** Looks every hour; the values by hour, from 0. */
function watched(
  hours: number,
  valuesAt: (hour: number) => readonly number[],
  comparison = new Comparison(),
) {
  const found: Apart[] = [];
  const counts: number[] = [];
  for (let hour = 0; hour < hours; hour++) {
    found.push(...comparison.look(startMs + hour * hourMs, all(valuesAt(hour))));
    counts.push(comparison.devices);
  }
  return { found, counts, comparison };
}

describe('a sensor apart from others of its kind', () => {
  it('counts after a day, and is told once', () => {
    const { found, counts } = watched(40, () => [...others, 23.1]);
    expect(counts.slice(0, 24)).toEqual(Array(24).fill(0));
    expect(counts.slice(24)).toEqual(Array(16).fill(1));
    expect(found).toEqual([
      {
        ...{ device: eui(4), asset: 'park-4', quantity: 'air_temperature', channel: undefined },
        ...{ value: 23.1, middle: 20.1, members: 5, sinceMs: startMs },
      },
    ]);
    expect(found.map(textOf)).toEqual([
      'device 0000000000000004 at park-4 has been apart from others of its kind since 2026-03-02T08:00:00.000Z: ' +
        'air_temperature is 23.1 Cel, the middle of 5 is 20.1. Look at it, and calibrate or replace it',
    ]);
  });

  it('is one below the others too, and is told again when it has been well in between', () => {
    const { found, counts } = watched(80, (hour) => [...others, hour === 30 ? 20 : 15]);
    expect([counts[29], counts[30], counts[54], counts[55]]).toEqual([1, 0, 0, 1]);
    expect(found).toHaveLength(2);
  });

  it('is none that changes sides, nor in a group of four', () => {
    expect(watched(60, (hour) => [...others, 20 + (hour % 20 < 10 ? 4 : -4)]).found).toEqual([]);
    expect(watched(60, () => [20, 20, 20, 30]).found).toEqual([]);
  });

  it('is none in the sun at noon, also where the others agree at noon alone', () => {
    const isNoon = (hour: number): boolean => hour % 24 >= 2 && hour % 24 < 7;
    expect(watched(200, (hour) => [...others, isNoon(hour) ? 29 : 20]).found).toEqual([]);
    const scatteredBut = (hour: number) => (isNoon(hour) ? [...others, 29] : [0, 5, 10, 30, 40]);
    expect(watched(200, scatteredBut).found).toEqual([]);
  });

  it('stays one while the others do not agree, for a day', () => {
    const { counts } = watched(60, (hour) => (hour < 30 ? [...others, 30] : [0, 10, 20, 25, 30]));
    expect(counts.slice(24, 54)).toEqual(Array(30).fill(1));
    expect(counts.slice(54)).toEqual(Array(6).fill(0));
  });

  it('is forgotten when nothing is heard of it or the clock is put back', () => {
    const { comparison } = watched(30, () => [...others, 30]);
    expect(comparison.devices).toBe(1);
    comparison.look(startMs + 60 * hourMs, all(others));
    expect(comparison.devices).toBe(0);
    const again = watched(30, () => [...others, 30], comparison);
    expect(again.counts.slice(0, 24)).toEqual(Array(24).fill(0));
    expect(again.counts[29]).toBe(1);
  });

  it('begins anew at another place', () => {
    const { comparison } = watched(30, () => [...others, 30]);
    const moved = all([...others, 30], () => 'elsewhere');
    expect(comparison.look(startMs + 30 * hourMs, moved)).toEqual([]);
    expect(comparison.devices).toBe(0);
  });

  it('is looked for once an hour', () => {
    const comparison = new Comparison();
    comparison.look(startMs + 20 * minuteMs, new Map());
    const due = [-80, -30, 0, 30, 59, 60].filter((minute) => comparison.isDue(startMs + minute * minuteMs));
    expect(due).toEqual([-80, 60]);
  });
});

/** The same groups, their devices in the other order. */
const backwards = (groups: Groups): Groups => {
  for (const { devices, assets, values } of groups.values().flatMap((here) => here.values()))
    for (const list of [devices, assets, values]) list.reverse();
  return groups;
};

/** As another process finds it. */
const restarted = (comparison: Comparison): Comparison =>
  new Comparison(keptSchema.parse(JSON.parse(JSON.stringify(comparison.kept))));

describe('whatever is compared', () => {
  const values = fc.array(fc.array(fc.double({ min: -20, max: 40, noNaN: true }), { maxLength: 9 }), {
    minLength: 30,
    maxLength: 60,
  });

  it('the order of devices means nothing, and groups below five tell nothing', () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(8), { maxLength: 3 }), (hours, strays) => {
        const [one, other] = [new Comparison(), new Comparison()];
        const namesOf = (found: readonly Apart[]): string[] => found.map(({ device }) => device).sort();
        for (const [hour, numbers] of hours.entries()) {
          const near = numbers.map((number, index) => (strays.includes(index) ? 30 : 20 + number / 60));
          const nowMs = startMs + hour * hourMs;
          const [found, reversed] = [one.look(nowMs, all(near)), other.look(nowMs, backwards(all(near)))];
          expect(namesOf(found)).toEqual(namesOf(reversed));
          expect(one.devices).toBe(other.devices);
          if (numbers.length < 5) expect(found).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a restart in any hour changes nothing', () => {
    fc.assert(
      fc.property(values, fc.array(fc.nat(60)), (hours, restarts) => {
        const through = new Comparison();
        let again = new Comparison();
        for (const [hour, numbers] of hours.entries()) {
          const groups = all(numbers.map((number) => 20 + number / 8));
          const nowMs = startMs + hour * hourMs;
          expect(again.isDue(nowMs)).toBe(through.isDue(nowMs));
          expect(again.look(nowMs, groups)).toEqual(through.look(nowMs, groups));
          if (restarts.includes(hour)) again = restarted(again);
          expect(again.devices).toBe(through.devices);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('whoever is told was beyond the limit for a day', () => {
    fc.assert(
      fc.property(values, (hours) => {
        const steady = (hour: number): number[] => (hours[hour] ?? []).map((number) => 20 + number / 20);
        for (const { value, middle, sinceMs } of watched(hours.length, steady).found) {
          expect(Math.abs(value - middle)).toBeGreaterThan(limit);
          expect(sinceMs).toBeLessThanOrEqual(startMs + hours.length * hourMs - dayMs);
        }
      }),
      { numRuns: 100 },
    );
  });
});

const place = 'organisation: werke, location: { latitude: 52.5, longitude: 13.4 }';
const stations = [1, 2, 3, 4, 5, 6];
const cityOfStations = inventoryOf(`
sites:
  - { id: park, kind: environment, name: Park, ${place}, assets: [
      ${stations.map((n) => `{ kind: environment-station, id: park-${n} }`).join(', ')}] }
  - { id: wood, kind: environment, name: Wald, ${place}, assets: [{ kind: tree, id: oak }] }
assignments:
${stations.map((n) => `  - { device: '${eui(n)}', asset: park-${n}, validFrom: 2026-01-01 }`).join('\n')}
  - { device: '${eui(7)}', asset: oak, validFrom: 2026-01-01 }
`);

describe('what is compared', () => {
  const state = stateOf(cityOfStations);
  const outdoors = { ...testProfile, theme: 'environment' } as const;
  const hear = (n: number, values: Parameters<typeof uplink>[1], minute = 0, profile = outdoors): void => {
    state.apply({ ...uplink(eui(n), values, { time: startMs + minute * minuteMs }), profile });
  };
  for (const n of [1, 2, 7, 8]) hear(n, { air_temperature: 20, wind_speed: 3, bay_occupied: true });
  hear(3, { air_temperature: 20 }, -16);
  hear(4, { air_temperature: 20 }, 0, { ...outdoors, id: 'test/other' });
  state.apply({
    ...uplink(eui(5), { air_temperature: 21, co2: 600 }),
    profile: { ...testProfile, theme: 'building' },
  });

  it('is of one model at places of one kind, live, outdoors or not minding it, and in the inventory', () => {
    const seen = [...state.alike(startMs)].flatMap(([place, here]) =>
      Array.from(here.values(), ({ quantity, devices, assets, values }) => [
        place,
        quantity,
        devices,
        assets,
        values,
      ]),
    );
    expect(seen).toEqual([
      [
        'environment-station test/sensor',
        'air_temperature',
        [eui(1), eui(2)],
        ['park-1', 'park-2'],
        [20, 20],
      ],
      ['environment-station test/sensor', 'co2', [eui(5)], ['park-5'], [600]],
      ['environment-station test/other', 'air_temperature', [eui(4)], ['park-4'], [20]],
      ['tree test/sensor', 'air_temperature', [eui(7)], ['oak'], [20]],
    ]);
  });

  it('is nothing where nothing is live', () => {
    expect(state.alike(startMs + 2 * dayMs).size).toBe(0);
  });
});
