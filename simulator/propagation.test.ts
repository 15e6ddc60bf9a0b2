import { describe, expect, it } from 'vitest';
import { distanceKm, noiseDbm, pathBetween, pathLossDb, snrDbMin } from './propagation.ts';

const here = { latitude: 48, longitude: 11 };
const north = (km: number) => ({ latitude: 48 + km / 111.2, longitude: 11 });
const wide = (spreadingFactor: number) => ({ spreadingFactor, bandwidthHz: 125_000 });

describe('propagation', () => {
  it('loses 23.2 dB in each decade of distance', () => {
    expect(distanceKm(here, north(2))).toBeCloseTo(2);
    expect(pathLossDb(1)).toBeCloseTo(128.95);
    expect(pathLossDb(10) - pathLossDb(1)).toBeCloseTo(23.2);
  });

  it('gives the sensitivities of the SX1276 data sheet within 2 dB', () => {
    const sheet = { 7: -123, 8: -126, 9: -129, 10: -132, 11: -134.5, 12: -137 };
    for (const [spreadingFactor, dbm] of Object.entries(sheet))
      expect(Math.abs(noiseDbm(125_000) + snrDbMin(Number(spreadingFactor)) - dbm)).toBeLessThan(2);
  });

  it('a slower rate is heard further away, and never one below its sensitivity', () => {
    const reachKm = (spreadingFactor: number): number => {
      let km = 0;
      for (; km < 50; km += 0.05) {
        const path = pathBetween(1, 'same walls', here, north(km + 0.05));
        const heard = Array.from({ length: 20 }, (_, frame) =>
          path.reception(16, wide(spreadingFactor), frame),
        );
        for (const one of heard)
          if (one?.ok) expect(one.snrDb).toBeGreaterThanOrEqual(snrDbMin(spreadingFactor) - 0.13);
        if (!heard.some((one) => one?.ok)) break;
      }
      return km;
    };
    const reaches = [7, 8, 9, 10, 11, 12].map(reachKm);
    expect(reaches).toEqual(reaches.toSorted((a, b) => a - b));
    // 2.5 dB are a factor of 1.28 in distance.
    expect((reaches[5] ?? 0) / (reaches[0] ?? 1)).toBeCloseTo(10 ** (12.5 / 23.2), 0);
  });
});
