import { airtimeUs, type Modulation } from './airtime.ts';
import { betweenWindowsMs, dataRateOf } from './eu868.ts';

/** A frame on the air; times in ms UTC. */
export interface Transmission extends Modulation {
  readonly phy: Buffer;
  readonly frequencyHz: number;
  readonly eirpDbm: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Where and from when on a device listens once. */
interface Window {
  readonly startMs: number;
  readonly frequencyHz: number;
  readonly dataRate: number;
}

/** How far a downlink may begin from the begin of the window and still be caught by its preamble. */
const toleranceMs = 20;
/** So long a window is open without hearing a preamble: eight symbols of SF12. */
const preambleMs = 300;

/** The two windows after an uplink of a class A device (LoRaWAN 1.0.4 §3.3). */
export class ReceiveWindows {
  readonly #windows: readonly Window[];
  #closeMs: number;

  /** @param second opens a second after the first */
  constructor(first: Window, second: Omit<Window, 'startMs'>) {
    const secondStartMs = first.startMs + betweenWindowsMs;
    this.#windows = [first, { ...second, startMs: secondStartMs }];
    this.#closeMs = secondStartMs + preambleMs;
  }

  /** When the device stops to listen, ms UTC; later while it is receiving. */
  get closeMs(): number {
    return this.#closeMs;
  }

  /** Whether the device catches the frame; it then listens to its end. */
  catches({ startMs, endMs, frequencyHz, spreadingFactor, bandwidthHz }: Transmission): boolean {
    const found = this.#windows.some((window) => {
      const rate = dataRateOf(window.dataRate);
      return (
        Math.abs(startMs - window.startMs) <= toleranceMs &&
        frequencyHz === window.frequencyHz &&
        spreadingFactor === rate.spreadingFactor &&
        bandwidthHz === rate.bandwidthHz
      );
    });
    if (found) this.#closeMs = Math.max(this.#closeMs, endMs + 1);
    return found;
  }
}

/** How long a frame is on the air, ms with three decimals; uplinks end with a checksum, downlinks do not. */
export function airtimeMs(phy: Buffer, modulation: Modulation, direction: 'up' | 'down'): number {
  return airtimeUs(phy.length, modulation, direction === 'up') / 1000;
}
