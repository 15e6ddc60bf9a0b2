import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QuantityKey, quantity, type Series, type SeriesQuery } from '#core';
import { type Row, stepOf } from './aggregate.ts';
import { bucketsOf, dayMs, hourMs, quarterMs } from './buckets.ts';
import { type Ask, type HistorySource, readHistory } from './history.ts';
import {
  type CounterWraps,
  neverWraps,
  type ReadingSeries,
  type StoredPart,
  storedPartsOf,
} from './parts.ts';

/** A store in memory: its readings, and summaries of all hours before a moment, made as the job makes them. */
class Memory implements HistorySource {
  readonly #readings: readonly ReadingSeries[];
  readonly #parts: readonly StoredPart[];
  readonly #untilMs: number | undefined;
  /** What was asked, in order. */
  readonly asked: string[] = [];

  constructor(readings: readonly ReadingSeries[], untilMs?: number, wrapsAt: CounterWraps = neverWraps) {
    this.#readings = readings;
    this.#untilMs = untilMs;
    this.#parts = readings.flatMap((series) => {
      const hours = new Set(series.rows.map(([timeMs]) => Math.floor(timeMs / hourMs) * hourMs));
      return [...hours]
        .filter((hour) => hour < (untilMs ?? Number.NEGATIVE_INFINITY))
        .flatMap((hour) => storedPartsOf(within(series, hour, hour + hourMs), hour, wrapsAt));
    });
  }

  async summarisedUntilMs(): Promise<number | undefined> {
    return this.#untilMs;
  }

  async readings(ask: Ask): Promise<ReadingSeries[]> {
    this.asked.push('readings');
    return this.#readings
      .map((series) => within(series, ask.fromMs, ask.toMs))
      .filter((series) => series.rows.length > 0 && isAsked(series, ask));
  }

  async summaries(step: number, ask: Ask): Promise<StoredPart[]> {
    this.asked.push(`${step / 60_000} min`);
    return this.#parts.filter(
      (part) =>
        part.step === step && isAsked(part, ask) && part.startMs >= ask.fromMs && part.startMs < ask.toMs,
    );
  }
}

function within(series: ReadingSeries, fromMs: number, toMs: number): ReadingSeries {
  return { ...series, rows: series.rows.filter(([timeMs]) => timeMs >= fromMs && timeMs < toMs) };
}

function isAsked({ tags, quantity: key }: Omit<ReadingSeries, 'rows'>, ask: Ask): boolean {
  return ask.assets.includes(tags.asset ?? '') && ask.quantities.includes(key);
}

const timeZone = 'Europe/Berlin';
/** Beginnings of spans that hold a change of the clocks. */
const starts = ['2026-03-27T23:00Z', '2026-10-23T22:00Z'].map((text) => Date.parse(text));

const keys = {
  air_temperature: fc.double({ min: -50, max: 70, noNaN: true }),
  sound_level_laeq: fc.double({ min: 0, max: 140, noNaN: true }),
  wind_direction: fc.integer({ min: 0, max: 359 }),
  people_in: fc.nat(1000),
  battery_level: fc.nat(100),
  pulse_count: fc.nat(65_535),
  bay_occupied: fc.constantFrom(0, 1),
} as const satisfies Partial<Record<QuantityKey, fc.Arbitrary<number>>>;
type Key = keyof typeof keys;
const wrapsAt: CounterWraps = (_, key) => (key === 'pulse_count' ? 65_536 : undefined);

/** Readings of one device over three days, in whole minutes, one at a time. */
const seriesOf = (key: Key, startMs: number, device: string): fc.Arbitrary<ReadingSeries> =>
  fc
    .uniqueArray(fc.tuple(fc.nat(4400), keys[key]), {
      selector: ([minute]) => minute,
      minLength: 1,
      maxLength: 80,
    })
    .map((all) => ({
      tags: { asset: 'a', device },
      quantity: key,
      rows: all
        .toSorted(([a], [b]) => a - b)
        .map(([minute, value]): Row => [startMs - 6 * hourMs + minute * 60_000, value]),
    }));

const bucketLengths = [60_000, 7 * 60_000, quarterMs, 20 * 60_000, hourMs, 3 * hourMs, dayMs];
const cases = fc
  .record({
    key: fc.constantFrom(...(Object.keys(keys) as Key[])),
    startMs: fc.constantFrom(...starts),
    bucketMs: fc.constantFrom(...bucketLengths),
    fromQuarter: fc.nat(20),
    quarters: fc.integer({ min: 1, max: 300 }),
    untilHour: fc.integer({ min: -10, max: 80 }),
    devices: fc.integer({ min: 1, max: 2 }),
  })
  .chain(({ key, devices, ...rest }) =>
    fc
      .tuple(...Array.from({ length: devices }, (_, n) => seriesOf(key, rest.startMs, `device ${n}`)))
      .map((readings) => ({ key, readings, ...rest })),
  );

function queryOf({
  key,
  startMs,
  bucketMs,
  fromQuarter,
  quarters,
}: {
  readonly key: Key;
  readonly startMs: number;
  readonly bucketMs: number;
  readonly fromQuarter: number;
  readonly quarters: number;
}): SeriesQuery {
  const fromMs = startMs + fromQuarter * quarterMs;
  return {
    assets: ['a'],
    quantities: [key],
    fromMs,
    toMs: fromMs + quarters * quarterMs,
    bucketMs,
    timeZone,
  };
}

/** Times the same; values within rounding, directions the short way round. */
function expectSame(a: readonly Series[], b: readonly Series[]): void {
  expect(a.map(({ values, ...rest }) => [rest, values.map(([timeMs]) => timeMs)])).toEqual(
    b.map(({ values, ...rest }) => [rest, values.map(([timeMs]) => timeMs)]),
  );
  for (const [index, { quantity: key, values }] of a.entries()) {
    for (const [at, [, value]] of values.entries()) {
      const apart = Math.abs(value - (b[index]?.values[at]?.[1] ?? Number.NaN));
      const circle = quantity(key).aggregate === 'circular-mean' ? 360 : Number.POSITIVE_INFINITY;
      expect(Math.min(apart, circle - apart)).toBeLessThan(1e-6);
    }
  }
}

const numberOf = (rows: readonly Row[], of: (value: number) => number): number =>
  rows.reduce((sum, [, value]) => sum + of(value), 0) / rows.length;

/** The plain meaning of each aggregation, from all readings of a bucket of one device. */
function plainValue(key: Key, rows: readonly Row[]): number | undefined {
  const radians = Math.PI / 180;
  switch (key) {
    case 'air_temperature':
      return numberOf(rows, (value) => value);
    case 'sound_level_laeq':
      return 10 * Math.log10(numberOf(rows, (level) => 10 ** (level / 10)));
    case 'wind_direction': {
      const east = numberOf(rows, (degrees) => Math.sin(degrees * radians));
      const north = numberOf(rows, (degrees) => Math.cos(degrees * radians));
      return Math.hypot(east, north) < 1e-6 ? undefined : (Math.atan2(east, north) / radians + 360) % 360;
    }
    case 'people_in':
      return rows.reduce((sum, [, value]) => sum + value, 0);
    case 'battery_level':
      return rows.at(-1)?.[1];
    default:
      return undefined;
  }
}

/** An answer by looking at every reading, and for truths at every minute. */
function expected(key: Key, { rows }: ReadingSeries, query: SeriesQuery): [number, number][] {
  const { fromMs, toMs } = query;
  const { startOf } = bucketsOf(query);
  const known = rows.filter(([timeMs]) => timeMs >= fromMs - 2 * dayMs && timeMs < toMs);
  const during = known.filter(([timeMs]) => timeMs >= fromMs);
  const values = new Map<number, number>();
  if (key === 'bay_occupied') {
    const minutes = Array.from({ length: (toMs - fromMs) / 60_000 }, (_, n) => fromMs + n * 60_000);
    const told = minutes.flatMap((timeMs): Row[] => {
      const last = known.findLast(([at]) => at <= timeMs);
      return last ? [[timeMs, last[1]]] : [];
    });
    for (const [bucket, some] of Map.groupBy(told, ([timeMs]) => startOf(timeMs)))
      values.set(
        bucket,
        numberOf(some, (value) => value),
      );
  } else if (key === 'pulse_count') {
    for (const [index, [timeMs, value]] of known.entries()) {
      const before = known[index - 1];
      if (!before || timeMs < fromMs) continue;
      const bucket = startOf(timeMs);
      values.set(bucket, (values.get(bucket) ?? 0) + stepOf(before[1], value, 65_536));
    }
  } else {
    for (const [bucket, some] of Map.groupBy(during, ([timeMs]) => startOf(timeMs))) {
      const value = plainValue(key, some);
      if (value !== undefined) values.set(bucket, value);
    }
  }
  return [...values].sort(([a], [b]) => a - b);
}

describe('the past', () => {
  it('is the same from readings and from summaries, across a change of the clocks', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ readings, untilHour, ...how }) => {
        const query = queryOf(how);
        const fresh = await readHistory(new Memory(readings), query, wrapsAt);
        const untilMs = how.startMs + untilHour * hourMs;
        expectSame(await readHistory(new Memory(readings, untilMs, wrapsAt), query, wrapsAt), fresh);
      }),
      { numRuns: 1000 },
    );
  });

  it('is what its readings say', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ readings: [one], untilHour, ...how }) => {
        if (!one) return;
        const query = queryOf(how);
        const untilMs = how.startMs + untilHour * hourMs;
        const values = expected(how.key, one, query);
        const told = values.length === 0 ? [] : [{ asset: 'a', quantity: how.key, values }];
        expectSame(await readHistory(new Memory([one], untilMs, wrapsAt), query, wrapsAt), told);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an answer', () => {
  const rows: Row[] = Array.from({ length: 20 * 24 }, (_, n) => [n * hourMs + 60_000, n]);
  const memory = (): Memory =>
    new Memory([{ tags: { asset: 'a', device: 'd' }, quantity: 'co2', rows }], 19 * dayMs);
  const ask = { assets: ['a'], quantities: ['co2'], fromMs: 0, toMs: 20 * dayMs } as const;

  it.each([
    [hourMs, ['60 min', 'readings']],
    [quarterMs, ['15 min', '15 min', 'readings']],
    [dayMs, ['60 min', 'readings']],
    [5 * 60_000, Array.from({ length: 20 }, () => 'readings')],
  ])(
    'in buckets of %d ms comes from the coarsest that can give it, the rest from readings',
    async (bucketMs, asked) => {
      const source = memory();
      await readHistory(source, { ...ask, bucketMs }, neverWraps);
      expect(source.asked).toEqual(asked);
    },
  );

  it('has the values of a place whose sensor was replaced as if it were one', async () => {
    const of = (device: string, ...told: readonly Row[]): ReadingSeries => ({
      tags: { asset: 'a', device },
      quantity: 'bay_occupied',
      rows: told,
    });
    const source = new Memory([of('old', [0, 1], [600_000, 1]), of('new', [1_800_000, 0], [2_700_000, 1])]);
    const query: SeriesQuery = {
      assets: ['a'],
      quantities: ['bay_occupied'],
      fromMs: 0,
      toMs: hourMs,
      bucketMs: hourMs,
    };
    const [answer] = await readHistory(source, query, neverWraps);
    expect(answer?.values).toEqual([[0, 0.75]]);
  });

  it('leaves out what cannot be asked in numbers', async () => {
    expect(await readHistory(memory(), { ...ask, quantities: [], bucketMs: hourMs }, neverWraps)).toEqual([]);
  });
});
