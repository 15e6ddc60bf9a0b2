import { subBandOf } from './eu868.ts';

/**
 * When a device may send again: after each frame its sub-band is closed for `airtime / dutyCycle` from the frame's begin
 * (LoRaWAN 1.0.3 §7.2), so that in no stretch of time more than its share is used. What a network server demands on
 * top (DutyCycleReq, §5.3) holds for all sub-bands together.
 */
export class DutyCycle {
  readonly #freeAtMs = new Map<number, number>();
  #allFreeAtMs = Number.NEGATIVE_INFINITY;
  #share = 1;

  /** What the server allows in all: 1 / 2^`exponent` of the time. */
  limitTo(exponent: number): void {
    this.#share = 1 / 2 ** exponent;
  }

  /** From when on one may send at that frequency, ms UTC; Infinity where nobody may. */
  freeAtMs(frequencyHz: number): number {
    const band = subBandOf(frequencyHz);
    if (band === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.#allFreeAtMs, this.#freeAtMs.get(band.fromHz) ?? Number.NEGATIVE_INFINITY);
  }

  /** @throws {RangeError} where nobody may send at that frequency */
  sent(frequencyHz: number, startMs: number, airtimeMs: number): void {
    const band = subBandOf(frequencyHz);
    if (band === undefined) throw new RangeError(`${frequencyHz} Hz is in no sub-band of EU868`);
    this.#freeAtMs.set(band.fromHz, startMs + airtimeMs / band.dutyCycle);
    this.#allFreeAtMs = startMs + airtimeMs / this.#share;
  }
}
