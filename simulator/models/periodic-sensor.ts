import { type Draw, drawOf, whole } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Said, Saying, Sensor, SensorFrame } from './sensor.ts';

/** A device is so much late at most: its clock is no better, and the air may be busy. */
const lateMsMax = 3000;

interface PeriodicSensorOptions {
  readonly seed: number;
  readonly place: TownPlace;
  readonly intervalMs: number;
  readonly say: Saying;
}

/** A sensor that speaks at regular intervals, each device with its own phase. Its n-th frame has the counter n. */
export class PeriodicSensor implements Sensor {
  readonly #options: PeriodicSensorOptions;
  readonly #draw: Draw;
  readonly #firstMs: number;

  constructor(options: PeriodicSensorOptions) {
    const { seed, place, intervalMs } = options;
    this.#options = options;
    this.#draw = drawOf(seed, `rhythm ${place.devEui}`);
    this.#firstMs = place.sinceMs + whole(this.#draw(-1), 0, intervalMs - lateMsMax - 1);
  }

  frames(fromMs: number, toMs: number): SensorFrame[] {
    const { intervalMs, say } = this.#options;
    const found: SensorFrame[] = [];
    let fCnt = Math.max(0, Math.floor((fromMs - lateMsMax - this.#firstMs) / intervalMs));
    for (; this.#firstMs + fCnt * intervalMs < toMs; fCnt++) {
      const counter = fCnt;
      const timeMs = this.#timeOf(counter);
      if (timeMs >= fromMs && timeMs < toMs)
        found.push({ timeMs, fCnt: counter, say: () => say(timeMs, counter, this.#timeOf(counter - 1)) });
    }
    return found;
  }

  asked(timeMs: number): Said {
    const { intervalMs, say } = this.#options;
    let last = Math.max(-1, Math.floor((timeMs - this.#firstMs) / intervalMs));
    if (last >= 0 && this.#timeOf(last) >= timeMs) last--;
    return say(timeMs, last + 1, this.#timeOf(last));
  }

  /** When the frame with that counter is sent; of the one before the first, when the device came into service. */
  #timeOf(fCnt: number): number {
    const { intervalMs, place } = this.#options;
    if (fCnt < 0) return place.sinceMs;
    return this.#firstMs + fCnt * intervalMs + whole(this.#draw(fCnt), 0, lateMsMax);
  }
}
