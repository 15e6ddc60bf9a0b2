import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Series } from '#core';
import { fixedCity, fixedStore, nowMs, publicApp } from './fixtures.ts';
import { problemMediaType } from './problems.ts';

const airUrl = '/v1/environment/stations/e-markt/history';
const parkingUrl = '/v1/parking/sites/p-markt/history';
const quarterMs = 900_000;

describe('history', () => {
  it('asks for the last day in quarters of an hour, in whole buckets', async () => {
    const store = fixedStore();
    const app = publicApp({ store, now: () => nowMs + 1 });
    const answer = (await app.inject(airUrl)).json();
    expect(answer).toEqual({
      siteId: 'e-markt',
      from: '2026-05-03T09:30:00.000Z',
      to: '2026-05-04T09:45:00.000Z',
      bucket: '15m',
      series: [],
    });
    expect(store.asked).toEqual([
      {
        assets: ['e-markt-1'],
        quantities: ['air_temperature', 'co2'],
        fromMs: nowMs - 96 * quarterMs,
        toMs: nowMs + quarterMs,
        bucketMs: quarterMs,
      },
    ]);
  });

  it('tells each series with unit and label, in a settled order', async () => {
    const values = [[nowMs - quarterMs, 21]] as const;
    const store = fixedStore([
      { asset: 'e-markt-1', quantity: 'co2', values },
      { asset: 'e-markt-1', channel: 'top', quantity: 'air_temperature', values },
    ]);
    const { series } = (await publicApp({ store }).inject(`${airUrl}?quantity=co2,air_temperature`)).json();
    const points = [{ time: '2026-05-04T09:15:00.000Z', value: 21 }];
    expect(series).toEqual([
      {
        asset: 'e-markt-1',
        channel: 'top',
        quantity: 'air_temperature',
        unit: 'Cel',
        label: { de: 'Lufttemperatur', en: 'Air temperature' },
        points,
      },
      {
        asset: 'e-markt-1',
        channel: null,
        quantity: 'co2',
        unit: '[ppm]',
        label: { de: 'CO₂', en: 'CO₂' },
        points,
      },
    ]);
  });

  it.each([
    ['?from=2026-05-04T08:00:00%2B02:00&to=2026-05-04T08:00:00Z&bucket=1h', '06:00', '08:00', '1h'],
    ['?from=2026-05-04T08:10:00Z&to=2026-05-04T08:20:00Z&bucket=60m', '08:00', '09:00', '1h'],
    ['?from=2026-05-04T08:00:30Z&bucket=1m', '08:00', '09:30', '1m'],
  ])('understands %s', async (query, from, to, bucket) => {
    const answer = (await publicApp().inject(airUrl + query)).json();
    expect(answer).toMatchObject({
      from: `2026-05-04T${from}:00.000Z`,
      to: `2026-05-04T${to}:00.000Z`,
      bucket,
    });
  });

  it.each([
    [`${airUrl}?from=yesterday`, 'from'],
    [`${airUrl}?from=2026-05-04T08:00:00`, 'from'],
    [`${airUrl}?from=2026-05-04T10:00:00Z`, 'from'],
    [`${airUrl}?from=2026-04-01T00:00:00Z`, 'from'],
    [`${airUrl}?bucket=PT15M`, 'bucket'],
    [`${airUrl}?bucket=2d`, 'bucket'],
    [`${airUrl}?bucket=0m`, 'bucket'],
    [`${parkingUrl}?bucket=14m`, 'bucket'],
    [`${airUrl}?quantity=happiness`, 'quantity'],
    [`${airUrl}?quantity=bay_occupied`, 'quantity'],
    [`${airUrl}?from=2026-04-04T00:00:00Z&bucket=1m`, 'bucket'],
    [`${airUrl}?points=1`, 'points'],
  ])('refuses %s, naming %s', async (url, parameter) => {
    const store = fixedStore();
    const response = await publicApp({ store }).inject(url);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'request_invalid', errors: [{ parameter }] });
    expect(store.asked).toEqual([]);
  });

  it('never answers more than 50,000 values, even where channels multiply them', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => [nowMs + index * 60_000, 1] as const);
    const series: Series[] = Array.from({ length: 51 }, (_, index) => ({
      asset: 'e-markt-1',
      channel: `c${index}`,
      quantity: 'co2',
      values,
    }));
    const response = await publicApp({ store: fixedStore(series) }).inject(airUrl);
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain('50000');
  });

  it('is withheld with the reason where it could tell about a person', async () => {
    const response = await publicApp().inject('/v1/parking/sites/p-klein/history');
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({
      code: 'history_withheld',
      detail: 'Only four bays stand here; five are needed.',
    });
    expect((await publicApp().inject('/v1/parking/sites/p-99/history')).statusCode).toBe(404);
  });

  it('says so when the store is away, and nothing more', async () => {
    const store = { series: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:8086')) };
    const response = await publicApp({ store }).inject(airUrl);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('10');
    expect(response.headers['content-type']).toContain(problemMediaType);
    expect(response.json().code).toBe('store_unavailable');
    expect(response.body).not.toContain('10.0.0.7');
  });
});

describe('history of bays', () => {
  const bay = (index: number, values: Series['values']): Series => ({
    asset: `b${index}`,
    quantity: 'bay_occupied',
    values,
  });

  it('is the mean of all, never of one, and only where five were heard of', async () => {
    const store = fixedStore([
      ...[1, 2, 3, 4, 5].map((index) => bay(index, [[nowMs, index === 1 ? 1 : 0]])),
      bay(6, [[nowMs + quarterMs, 1]]),
    ]);
    const { series } = (await publicApp({ store }).inject(parkingUrl)).json();
    expect(series).toMatchObject([
      { asset: null, quantity: 'bay_occupied', points: [{ time: '2026-05-04T09:30:00.000Z', value: 0.2 }] },
    ]);
    expect(series[0].points).toHaveLength(1);
  });

  it('counts as one series against the limit of values, however many bays there are', async () => {
    const { view } = fixedCity();
    const assets = Array.from({ length: 200 }, (_, index) => `b${index}`);
    const scope = { assets, quantities: ['bay_occupied'], bucketMsMin: quarterMs } as const;
    const app = publicApp({ view: { ...view, historyScope: () => scope } });
    expect((await app.inject(`${parkingUrl}?from=2026-04-20T00:00:00Z`)).statusCode).toBe(200);
    const tooMuch = await app.inject(`${parkingUrl}?from=2026-04-04T00:00:00Z`);
    expect(tooMuch.json().detail).toContain('500000');
  });

  it('names no bay and tells of no bucket with fewer than five bays, whatever the store holds', async () => {
    const reading = fc.record({
      bay: fc.integer({ min: 1, max: 7 }),
      channel: fc.constantFrom('a', 'b'),
      bucket: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 40 }), async (readings) => {
        const store = fixedStore(
          readings.map(({ bay: index, channel, bucket }) => ({
            ...bay(index, [[nowMs + bucket * quarterMs, 1]]),
            channel,
          })),
        );
        const response = await publicApp({ store }).inject(parkingUrl);
        expect(response.body).not.toMatch(/"b\d"/);
        const told = response
          .json()
          .series.flatMap(({ points }: { points: { time: string }[] }) => points.map(({ time }) => time));
        const enough = [0, 1, 2, 3].filter(
          (bucket) =>
            new Set(readings.filter((one) => one.bucket === bucket).map((one) => one.bay)).size >= 5,
        );
        expect(told).toEqual(enough.map((bucket) => new Date(nowMs + bucket * quarterMs).toISOString()));
      }),
      { numRuns: 25 },
    );
  });
});
