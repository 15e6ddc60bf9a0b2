import { drawOf } from './draw.ts';

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

const kmPerDegree = 111.2;
/** Nearer than this the model says nothing. */
const kmMin = 0.03;

export function distanceKm(a: Location, b: Location): number {
  const north = (a.latitude - b.latitude) * kmPerDegree;
  const east = (a.longitude - b.longitude) * kmPerDegree * Math.cos((a.latitude * Math.PI) / 180);
  return Math.max(kmMin, Math.hypot(north, east));
}

/**
 * Log-distance loss in a small town: 128.95 + 23.2 · log10(km), exponent 2.32, measured for LoRa at 868 MHz by Petäjäjärvi et
 * al., “On the coverage of LPWANs”, ITST 2015.
 */
export function pathLossDb(km: number): number {
  return 128.95 + 23.2 * Math.log10(km);
}

/** Thermal noise −174 dBm/Hz over the bandwidth, and 6 dB of the receiver. */
export function noiseDbm(bandwidthHz: number): number {
  return -174 + 10 * Math.log10(bandwidthHz) + 6;
}

/** What a demodulator needs over the noise: SX1276 data sheet table 13: −7.5 dB for SF7, 2.5 dB less for each further one. */
export function snrDbMin(spreadingFactor: number): number {
  return -7.5 - 2.5 * (spreadingFactor - 7);
}

/** How a frame arrives. */
export interface Reception {
  readonly rssiDbm: number;
  readonly snrDb: number;
  /** Decoded; a frame just below is noticed, but its checksum is wrong. */
  readonly ok: boolean;
}

/** So far below what is needed a frame is still noticed. */
const brokenDb = 1;
/** What a receiver can tell of the best reception. */
const snrDbMax = 11;
/** Measured values come in quarters of a dB (SX1301 data sheet). */
const quarters = (value: number): number => Math.round(4 * value) / 4;

/** Walls in the way take up to so much; what moves changes it from frame to frame by so much either way. */
const wallsDbMax = 12;
const fadingDb = 3;

/** The way between two antennas, the same in both directions. */
export interface Path {
  /** How a frame arrives, undefined where nothing is heard. @param frame number of the frame; each fades on its own */
  reception(
    eirpDbm: number,
    sent: { readonly spreadingFactor: number; readonly bandwidthHz: number },
    frame: number,
  ): Reception | undefined;
}

/** @param name of the two ends; the same seed and name fade alike */
export function pathBetween(seed: number, name: string, a: Location, b: Location): Path {
  const draw = drawOf(seed, `path ${name}`);
  const lossDb = pathLossDb(distanceKm(a, b)) + wallsDbMax * draw(-1);
  return {
    reception(eirpDbm, { spreadingFactor, bandwidthHz }, frame) {
      const dbm = eirpDbm - lossDb + fadingDb * (2 * draw(frame) - 1);
      const snrDb = dbm - noiseDbm(bandwidthHz);
      const reserveDb = snrDb - snrDbMin(spreadingFactor);
      if (reserveDb < -brokenDb) return undefined;
      return { rssiDbm: Math.round(dbm), snrDb: Math.min(snrDbMax, quarters(snrDb)), ok: reserveDb >= 0 };
    },
  };
}
