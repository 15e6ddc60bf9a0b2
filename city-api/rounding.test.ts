import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantity } from '#core';
import { air, fixedCity, fixedStore, nowMs, publicApp } from './fixtures.ts';
import { rounded } from './rounding.ts';
import { quantityKeys } from './schemas.ts';

describe('a value', () => {
  it('has as many digits as its quantity is worth', () => {
    expect(rounded('air_temperature', -3.3409600830078148)).toBe(-3.3);
    expect(rounded('co2', 412.5)).toBe(413);
    expect(rounded('active_energy', 1.005e9 + 0.123)).toBe(1_005_000_000.12);
    expect(rounded('air_temperature', -0.04)).toBe(0);
  });

  it('is left alone where it is no number, and a share of time keeps three digits', () => {
    expect(rounded('bay_occupied', true)).toBe(true);
    expect(rounded('co2', 'much')).toBe('much');
    expect(rounded('bay_occupied', 2 / 3)).toBe(0.667);
  });

  it('is never further off than half a digit, and rounding again changes nothing', () => {
    const numbers = quantityKeys.filter((key) => quantity(key).type === 'number');
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (key, value) => {
          const once = rounded(key, value);
          expect(Math.abs(once - value)).toBeLessThanOrEqual(10 ** -quantity(key).decimals / 2 + 1e-9);
          expect(rounded(key, once)).toBe(once);
        },
      ),
    );
  });
});

describe('answers', () => {
  it('round what is measured, now and in the past', async () => {
    const [measured] = air.measurements;
    if (measured === undefined) throw new Error('the fixture measures something');
    const value = -3.3409600830078148;
    const { view } = fixedCity();
    const exact = {
      ...view,
      environmentStations: () => [{ ...air, measurements: [{ ...measured, value }] }],
    };
    const store = fixedStore([{ asset: 'e-markt-1', quantity: 'air_temperature', values: [[nowMs, value]] }]);
    const app = publicApp({ view: exact, store });
    const rest = { measurements: [{ value: -3.3 }] };
    const { stations } = (await app.inject('/v1/environment/stations')).json();
    expect(stations).toMatchObject([rest]);
    expect((await app.inject('/v1/environment/stations/e-markt')).json()).toMatchObject(rest);
    expect((await app.inject('/v1/environment/stations/e-markt/history')).json()).toMatchObject({
      series: [{ points: [{ value: -3.3 }] }],
    });
  });
});
