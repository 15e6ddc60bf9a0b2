import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from './near.ts';

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const halfRoundM = Math.PI * 6_371_008.8;

describe('distanceM', () => {
  it('knows the way from Berlin to Heidelberg and one degree of latitude', () => {
    const berlin = { latitude: 52.5186, longitude: 13.4081 };
    const heidelberg = { latitude: 49.4093, longitude: 8.6942 };
    // 479 km by spherical trigonometry (law of cosines) with the same radius.
    expect(distanceM(berlin, heidelberg) / 1000).toBeCloseTo(478.9, -1);
    expect(distanceM({ latitude: 0, longitude: 0 }, { latitude: 1, longitude: 0 })).toBeCloseTo(111_195, -1);
    expect(distanceM({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(
      111_195,
      -1,
    );
  });

  it('is the same both ways, zero only at home, and never more than half around the world', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const way = distanceM(a, b);
        expect(way).toBeCloseTo(distanceM(b, a), 3);
        expect(distanceM(a, a)).toBe(0);
        expect(way).toBeLessThanOrEqual(halfRoundM * (1 + 1e-9));
      }),
    );
  });
});
