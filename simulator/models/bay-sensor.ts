import { Tally } from '../calendar.ts';
import { type Draw, drawOf } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import { occupiedAt, type Visits } from '../world/visits.ts';
import type { Said, Sensor, SensorFrame } from './sensor.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** What a bay sensor has to tell. */
export interface BayMessage {
  readonly kind: 'change' | 'heartbeat';
  readonly timeMs: number;
  readonly occupied: boolean;
  /** How long the bay was the other way, for a change; in whole minutes. */
  readonly previousMinutes: number;
}

interface BaySensorOptions {
  readonly seed: number;
  readonly place: TownPlace;
  readonly visits: Visits;
  readonly heartbeatIntervalS: number;
  readonly say: (message: BayMessage) => Said;
}

/** So many heartbeats can be placed on a day of 23 hours without the last one falling into the next. */
const heartbeatsMax = 12;

/** Heartbeats of a day, in ms since it began: evenly spaced, each device with its own phase. */
function heartbeatsOf(draw: Draw, intervalS: number): number[] {
  const count = Math.min(heartbeatsMax, Math.max(1, Math.round(dayMs / 1000 / intervalS)));
  const spaceMs = dayMs / count;
  const phaseMs = Math.floor(draw(0) * (spaceMs - 70 * minuteMs));
  return Array.from({ length: count }, (_, index) => phaseMs + index * spaceMs);
}

/**
 * A sensor that speaks when a vehicle comes or leaves, and now and then to say that nothing has changed. How many
 * frames a day has is known without working out the day, so the frame counter of any day is a sum; it begins with 0
 * on the first whole day in service.
 */
export class BaySensor implements Sensor {
  readonly #options: BaySensorOptions;
  readonly #heartbeats: readonly number[];
  readonly #firstDay: number;
  readonly #framesBefore: Tally;
  #latest: { readonly day: number; readonly frames: readonly SensorFrame[] } | undefined;

  constructor(options: BaySensorOptions) {
    const { seed, place, visits, heartbeatIntervalS } = options;
    this.#options = options;
    this.#heartbeats = heartbeatsOf(drawOf(seed, `heartbeat ${place.devEui}`), heartbeatIntervalS);
    this.#firstDay = visits.calendar.dayOf(place.sinceMs) + 1;
    this.#framesBefore = new Tally(
      this.#firstDay,
      (day) => 2 * visits.countOf(day) + this.#heartbeats.length,
    );
  }

  frames(fromMs: number, toMs: number): SensorFrame[] {
    const { calendar } = this.#options.visits;
    const found: SensorFrame[] = [];
    const lastDay = calendar.dayOf(toMs - 1);
    for (let day = Math.max(this.#firstDay, calendar.dayOf(fromMs)); day <= lastDay; day++)
      for (const frame of this.#framesOf(day))
        if (frame.timeMs >= fromMs && frame.timeMs < toMs) found.push(frame);
    return found;
  }

  asked(timeMs: number): Said {
    const { visits, say } = this.#options;
    return say({ kind: 'heartbeat', timeMs, occupied: occupiedAt(visits, timeMs), previousMinutes: 0 });
  }

  /** Windows of real time ask for the same day thousands of times. */
  #framesOf(day: number): readonly SensorFrame[] {
    if (this.#latest?.day !== day) this.#latest = { day, frames: this.#workOut(day) };
    return this.#latest.frames;
  }

  #workOut(day: number): SensorFrame[] {
    const { visits, say } = this.#options;
    const startMs = visits.calendar.startOf(day);
    const firstFCnt = this.#framesBefore.before(day);
    const parked = visits.of(day);
    let changedMs = this.#lastChangeBefore(day);
    const changes = parked.flatMap(({ fromMs, toMs }) => [
      { kind: 'change' as const, timeMs: startMs + fromMs, occupied: true },
      { kind: 'change' as const, timeMs: startMs + toMs, occupied: false },
    ]);
    const heartbeats = this.#heartbeats.map((ms) => ({
      kind: 'heartbeat' as const,
      timeMs: startMs + ms,
      occupied: parked.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs),
    }));
    return [...changes, ...heartbeats]
      .sort((a, b) => a.timeMs - b.timeMs)
      .map((message, index) => {
        const previousMinutes = Math.floor((message.timeMs - changedMs) / minuteMs);
        if (message.kind === 'change') changedMs = message.timeMs;
        return {
          timeMs: message.timeMs,
          fCnt: firstFCnt + index,
          say: () => say({ ...message, previousMinutes }),
        };
      });
  }

  /** When the last vehicle of the day before left; where there was none, the beginning of that day. */
  #lastChangeBefore(day: number): number {
    const { visits } = this.#options;
    return visits.calendar.startOf(day - 1) + (visits.of(day - 1).at(-1)?.toMs ?? 0);
  }
}
