import { describe, expect, it } from 'vitest';
import { airtimeUs } from './airtime.ts';

/** Whole frame in bytes, spreading factor, bandwidth, µs: Semtech's LoRa calculator, explicit header, CRC on, 4/5. */
const known = [
  [23, 7, 125_000, 61_696],
  [23, 8, 125_000, 113_152],
  [23, 9, 125_000, 205_824],
  [23, 10, 125_000, 370_688],
  [23, 11, 125_000, 823_296],
  [23, 12, 125_000, 1_482_752],
  [64, 12, 125_000, 2_793_472],
  [255, 7, 125_000, 399_616],
  [23, 7, 250_000, 30_848],
] as const;

describe('airtime', () => {
  it.each(known)('of %i bytes at SF%i and %i Hz is %i µs', (bytes, spreadingFactor, bandwidthHz, us) => {
    expect(airtimeUs(bytes, { spreadingFactor, bandwidthHz })).toBe(us);
  });

  it('of a downlink has no checksum at its end', () => {
    const modulation = { spreadingFactor: 12, bandwidthHz: 125_000 };
    // 16 bits fewer: a join accept of 17 bytes takes one block of five symbols less.
    expect(airtimeUs(17, modulation, true) - airtimeUs(17, modulation, false)).toBe(5 * 32_768);
  });
});
