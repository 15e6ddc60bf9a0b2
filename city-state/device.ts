import type { DeviceEvent, ProfileFacts, QuantityKey, Reading, Rhythm, Uplink } from '#core';
import { type Frame, FrameWindow } from './frames.ts';
import { defaultRhythm } from './freshness.ts';
import { entryOf, ReadingWindow } from './windows.ts';

/** The readings of one quantity on one channel. */
export interface Series {
  readonly quantity: QuantityKey;
  readonly channel: string | undefined;
  readonly window: ReadingWindow;
}

/** What the device last reported as, and when: the newest uplink decides, not the one that came last. */
export interface Reported {
  readonly profile: ProfileFacts;
  readonly time: number;
  readonly id: string;
}

function seriesKey(quantity: QuantityKey, channel: string | undefined): string {
  return channel === undefined ? quantity : `${quantity} ${channel}`;
}

/** Copies are stored, not counted; an implausible value is stored, but never an answer. */
function counts({ flags }: Reading): boolean {
  return flags === undefined || !(flags.includes('duplicate') || flags.includes('range'));
}

/**
 * All that is remembered of one device. Its revision rises with whatever changes that: it begins at the time of the
 * first message (ms UTC) and counts from there, so that messages read again after a crash lead to the revisions they led
 * to before, while a device whose state was lost begins above all that was told of it.
 */
export class Device {
  readonly frames: FrameWindow;
  readonly #series: Map<string, Series>;
  #reported: Reported | undefined;
  #revision: number;

  constructor(
    revision: number,
    frames = new FrameWindow(),
    series: readonly Series[] = [],
    reported?: Reported,
  ) {
    this.#revision = revision;
    this.frames = frames;
    this.#series = new Map(series.map((one) => [seriesKey(one.quantity, one.channel), one]));
    this.#reported = reported;
  }

  /** Takes an uplink in; gives whether a copy of its frame had come before it. */
  applyUplink(uplink: Uplink): boolean {
    const { profile, time, deduplicationId: id, readings } = uplink;
    const takenBefore = this.frames.taken;
    const frame = this.frames.add(uplink);
    let changed = this.frames.taken > takenBefore;
    const last = this.#reported;
    if (
      profile !== undefined &&
      (last === undefined || time > last.time || (time === last.time && id > last.id))
    ) {
      this.#reported = { profile, time, id };
      changed = true;
    }
    if (this.#takeAll(readings, frame) || changed) this.#revision++;
    return frame.cameAsCopy;
  }

  /** Takes in what the network server tells of the device. */
  applyEvent({ readings }: DeviceEvent): void {
    if (this.#takeAll(readings, undefined)) this.#revision++;
  }

  get revision(): number {
    return this.#revision;
  }

  get series(): Iterable<Series> {
    return this.#series.values();
  }

  get reported(): Reported | undefined {
    return this.#reported;
  }

  rhythmOf(quantity: QuantityKey): Rhythm {
    return this.#reported?.profile.rhythm[quantity] ?? defaultRhythm;
  }

  #takeAll(readings: readonly Reading[], frame: Frame | undefined): boolean {
    let changed = false;
    for (const reading of readings) changed = this.#take(reading, frame) || changed;
    return changed;
  }

  #take(reading: Reading, frame: Frame | undefined): boolean {
    if (!counts(reading)) return false;
    const { quantity, channel } = reading;
    const key = seriesKey(quantity, channel);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { quantity, channel, window: new ReadingWindow() };
      this.#series.set(key, series);
    }
    return series.window.add(entryOf(reading, frame));
  }
}
