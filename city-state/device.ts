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

/** All that is remembered of one device. */
export class Device {
  readonly frames: FrameWindow;
  readonly #series: Map<string, Series>;
  #reported: Reported | undefined;

  constructor(frames = new FrameWindow(), series: readonly Series[] = [], reported?: Reported) {
    this.frames = frames;
    this.#series = new Map(series.map((one) => [seriesKey(one.quantity, one.channel), one]));
    this.#reported = reported;
  }

  /** Takes an uplink in; gives whether a copy of its frame had come before it. */
  applyUplink(uplink: Uplink): boolean {
    const { profile, time, deduplicationId: id, readings } = uplink;
    const frame = this.frames.add(uplink);
    const last = this.#reported;
    if (
      profile !== undefined &&
      (last === undefined || time > last.time || (time === last.time && id > last.id))
    )
      this.#reported = { profile, time, id };
    for (const reading of readings) this.#take(reading, frame);
    return frame.cameAsCopy;
  }

  /** Takes in what the network server tells of the device. */
  applyEvent({ readings }: DeviceEvent): void {
    for (const reading of readings) this.#take(reading, undefined);
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

  #take(reading: Reading, frame: Frame | undefined): void {
    if (!counts(reading)) return;
    const { quantity, channel } = reading;
    const key = seriesKey(quantity, channel);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { quantity, channel, window: new ReadingWindow() };
      this.#series.set(key, series);
    }
    series.window.add(entryOf(reading, frame));
  }
}
