import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ChargingStation, EnvironmentStation, ParkingSite } from '#city-state';
import { air, farStation, fixedStore, nowMs, publicApp, site, smallSite, station } from './fixtures.ts';
import { chargingStation, environmentStation, history, parkingSite } from './schemas.ts';

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
type Described<S extends z.ZodType> = DeepReadonly<Omit<z.output<S>, 'distanceM'>>;

describe('the described answers', () => {
  it('have exactly the types of city-state', () => {
    expectTypeOf<Described<typeof chargingStation>>().toEqualTypeOf<DeepReadonly<ChargingStation>>();
    expectTypeOf<Described<typeof parkingSite>>().toEqualTypeOf<DeepReadonly<ParkingSite>>();
    expectTypeOf<Described<typeof environmentStation>>().toEqualTypeOf<DeepReadonly<EnvironmentStation>>();
  });

  it('lose nothing of what city-state answers', () => {
    for (const one of [station, farStation]) expect(chargingStation.parse(one)).toEqual(one);
    for (const one of [site, smallSite]) expect(parkingSite.parse(one)).toEqual(one);
    expect(environmentStation.parse(air)).toEqual(air);
  });

  it('hold for history', async () => {
    const store = fixedStore([{ asset: 'e-markt-1', quantity: 'co2', values: [[nowMs, 412]] }]);
    const answer = (await publicApp({ store }).inject('/v1/environment/stations/e-markt/history')).json();
    expect(history.parse(answer)).toEqual(answer);
  });
});
