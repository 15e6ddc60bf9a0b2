import { type Draw, drawOf, whole } from './draw.ts';
import type { TownPlace } from './places.ts';
import type { Said, Sensor, SensorFrame } from './sensor.ts';

/** A device is so much late at most: its clock is no better, and the air may be busy. */
const lateMsMax = 3000;

interface PeriodicSensorOptions {
  readonly seed: number;
  readonly place: TownPlace;
  readonly intervalMs: number;
  readonly say: (timeMs: number, fCnt: number) => Said;
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
      const timeMs = this.#firstMs + counter * intervalMs + whole(this.#draw(counter), 0, lateMsMax);
      if (timeMs >= fromMs && timeMs < toMs)
        found.push({ timeMs, fCnt: counter, say: () => say(timeMs, counter) });
    }
    return found;
  }
}
