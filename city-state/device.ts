import type { DeviceEvent, ProfileFacts, QuantityKey, Reading, Rhythm, Uplink } from '#core';
import { FrameWindow, type OnRemarked, type Received } from './frames.ts';
import { defaultRhythm } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import { itemsMaxOf, ReadingWindow } from './windows.ts';

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
  /** Decides between uplinks of one time: see `idOf`. */
  readonly id: number;
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
  /** The sites whose answers it can change, kept here to be at hand with each uplink. */
  sites: readonly Site[] = [];
  /** Whether it has changed since it was last told to others. */
  isUntold = false;
  readonly #series: Series[];
  /** Where the reading before was found: the next one is mostly of the series behind it. */
  #lastSeries = -1;
  /** See `Reported`: with each uplink they change in place, where an object of them would be made anew. */
  #profile: ProfileFacts | undefined;
  #reportedMs: number;
  #reportedId: number;
  #revision: number;
  #savedRevision = Number.NaN;

  constructor(revision: number, frames = new FrameWindow(), series: Series[] = [], reported?: Reported) {
    this.#revision = revision;
    this.frames = frames;
    this.#series = series;
    this.#profile = reported?.profile;
    this.#reportedMs = reported?.time ?? -Infinity;
    this.#reportedId = reported?.id ?? -Infinity;
  }

  /** Takes an uplink in; gives what became of its frame. See {@link FrameWindow.add}. */
  applyUplink(uplink: Uplink, early = false): Received {
    const takenBefore = this.frames.taken;
    const frame = this.frames.add(uplink, early, this.#remark);
    // To be kept, though it changes no answer.
    if (frame.following === 'in turn') this.#savedRevision = Number.NaN;
    let changed = this.frames.taken > takenBefore;
    if (uplink.profile !== undefined)
      changed = this.#report(uplink.profile, uplink.time, frame.id) || changed;
    if (this.#takeAll(uplink.readings, frame) || changed) this.#revision++;
    return frame;
  }

  #report(profile: ProfileFacts, time: number, id: number): boolean {
    if (time < this.#reportedMs || (time === this.#reportedMs && id <= this.#reportedId)) return false;
    this.#profile = profile;
    this.#reportedMs = time;
    this.#reportedId = id;
    return true;
  }

  /** A frame turned out to be a copy of another, or the one that counts: so does what it brought. */
  readonly #remark: OnRemarked = (from, duplicate) => {
    for (const { window } of this.#series) window.mark(from, duplicate);
  };

  /** Takes in what the network server tells of the device. */
  applyEvent({ readings }: DeviceEvent): void {
    if (this.#takeAll(readings, undefined)) this.#revision++;
  }

  get revision(): number {
    return this.#revision;
  }

  get series(): readonly Series[] {
    return this.#series;
  }

  /** Whether something has changed since this was last said to be saved. */
  get isUnsaved(): boolean {
    return this.#savedRevision !== this.#revision;
  }

  saved(): void {
    this.#savedRevision = this.#revision;
  }

  get reported(): Reported | undefined {
    const profile = this.#profile;
    return profile && { profile, time: this.#reportedMs, id: this.#reportedId };
  }

  rhythmOf(quantity: QuantityKey): Rhythm {
    return this.#profile?.rhythm[quantity] ?? defaultRhythm;
  }

  #takeAll(readings: readonly Reading[], frame: Received | undefined): boolean {
    let changed = false;
    for (const reading of readings)
      if (counts(reading) && this.#windowOf(reading).take(reading, frame)) changed = true;
    return changed;
  }

  #windowOf({ quantity, channel }: Reading): ReadingWindow {
    const all = this.#series;
    for (let tried = 0; tried < all.length; tried++) {
      if (++this.#lastSeries >= all.length) this.#lastSeries = 0;
      const one = all[this.#lastSeries];
      if (one?.quantity === quantity && one.channel === channel) return one.window;
    }
    const window = new ReadingWindow(itemsMaxOf(quantity));
    this.#lastSeries = all.push({ quantity, channel, window }) - 1;
    return window;
  }
}
