/**
 * What EU868 lays down: LoRaWAN Regional Parameters RP002-1.0.4 §2.4, and the duty cycles of ETSI EN 300 220-2 V3.2.1
 * annex B (also ERC/REC 70-03 annex 1, bands h1.3 to h1.7).
 */
import type { Modulation } from './airtime.ts';

export interface DataRate extends Modulation {
  /** Longest application payload, with MAC commands in FOpts counted in (RP002 table 13, no repeater). */
  readonly payloadBytesMax: number;
}

const wide = (spreadingFactor: number, payloadBytesMax: number): DataRate => ({
  ...{ spreadingFactor, payloadBytesMax },
  bandwidthHz: 125_000,
});

/** DR0 to DR6; DR7 is FSK, which the simulated devices do not speak. */
const dataRates: readonly DataRate[] = [
  wide(12, 51),
  wide(11, 51),
  wide(10, 51),
  wide(9, 115),
  wide(8, 242),
  wide(7, 242),
  { spreadingFactor: 7, bandwidthHz: 250_000, payloadBytesMax: 242 },
];

/** The fastest rate of the channels every network has. */
export const usualDataRateMax = 5;
export const dataRateMax = dataRates.length - 1;

export function isDataRate(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index <= dataRateMax;
}

/** @throws {RangeError} where there is no such data rate */
export function dataRateOf(index: number): DataRate {
  const rate = dataRates[index];
  if (rate === undefined) throw new RangeError(`EU868 has data rates 0 to ${dataRateMax}, not ${index}`);
  return rate;
}

/** The channels every EU868 device has from the beginning, and joins on. */
export const defaultFrequenciesHz = [868_100_000, 868_300_000, 868_500_000] as const;
/** So many channels a device can be given (RP002 asks for 16 at least). */
export const channelsMax = 16;

export const receiveDelaySecondsUsual = 1;
/** The second window opens so long after the first. */
export const betweenWindowsMs = 1000;
export const joinAcceptDelayMs = 5000;
export const rx2FrequencyHzUsual = 869_525_000;
export const rx2DataRateUsual = 0;
export const rx1OffsetMax = 5;

/** Data rate of the first window: slower than the uplink's by the offset (RP002 table 15). */
export function rx1DataRate(uplinkDataRate: number, offset: number): number {
  return Math.max(0, uplinkDataRate - offset);
}

const eirpDbmMax = 16;
export const txPowerMax = 7;

/** What TXPower 0 to 7 radiate (RP002 table 11): steps of 2 dB downwards. */
export function eirpDbm(txPower: number): number {
  return eirpDbmMax - 2 * txPower;
}

/** LoRaWAN 1.0.4 §4.3.1.1: so many uplinks without an answer until one is asked for, and until the rate goes down. */
export const adrAckLimit = 64;
export const adrAckDelay = 32;

interface SubBand {
  readonly fromHz: number;
  readonly toHz: number;
  /** Share of the time one may send. */
  readonly dutyCycle: number;
}

const subBands: readonly SubBand[] = [
  { fromHz: 863_000_000, toHz: 865_000_000, dutyCycle: 0.001 },
  { fromHz: 865_000_000, toHz: 868_000_000, dutyCycle: 0.01 },
  { fromHz: 868_000_000, toHz: 868_600_000, dutyCycle: 0.01 },
  { fromHz: 868_700_000, toHz: 869_200_000, dutyCycle: 0.001 },
  { fromHz: 869_400_000, toHz: 869_650_000, dutyCycle: 0.1 },
  { fromHz: 869_700_000, toHz: 870_000_000, dutyCycle: 0.01 },
];

/** The sub-band a frequency lies in, and undefined where one may not send. */
export function subBandOf(frequencyHz: number): SubBand | undefined {
  return subBands.find(({ fromHz, toHz }) => frequencyHz >= fromHz && frequencyHz < toHz);
}
