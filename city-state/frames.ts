import type { Uplink } from '#core';
import { foldable, type Run, runsOf, withFolded } from './runs.ts';

/** How far back frames and readings are kept, counted from the newest of them, not from the clock. */
export const windowMs = 2 * 3_600_000;
/** How many frames of a device, and readings of one of its quantities, are kept at most. */
export const windowItemsMax = 64;

/** Two copies of one radio frame come at most this far apart. */
const copyMs = 600_000;

/** One radio frame of a device, MAC-only frames too. Never changed, but for being recognised as a copy. */
export interface Frame {
  readonly time: number;
  readonly id: string;
  readonly devAddr: string;
  readonly fCnt: number;
  /** Stands for fPort and payload: equal for copies of a frame. */
  readonly key: number;
  /** Whether a copy was known when it came: what ingest was told, and is told again when the message comes again. */
  readonly cameAsCopy: boolean;
  /** Whether an earlier copy counts in its place: the same whichever of them came first. */
  duplicate: boolean;
}

/** FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/): decides only among frames of one counter value. */
function keyOf(fPort: number, data: Uint8Array): number {
  let hash = Math.imul(0x811c9dc5 ^ fPort, 0x01000193);
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

type Identity = Pick<Frame, 'devAddr' | 'fCnt' | 'key' | 'time'>;

function isCopyOf(a: Identity, b: Identity): boolean {
  return a.fCnt === b.fCnt && a.key === b.key && a.devAddr === b.devAddr;
}

/** What the frames say of a value measured at some time. */
export interface Confirmation {
  /** No frame was lost since: the device would have told of a change. */
  readonly confirmed: boolean;
  /** When the value was last known to be still true. */
  readonly untilMs: number;
  /** When the device was last heard. */
  readonly lastUplinkMs: number;
}

/**
 * The last frames of one device: at most 64 within 2 h of the newest. What is older is folded into one run of
 * counters, so that a device sending once a day keeps its chain. The result depends on which frames came, not on their
 * order, as long as none comes later than the window reaches.
 */
export class FrameWindow {
  readonly #frames: Frame[] = [];
  /** What the frames before the window come to. */
  #folded: Run | undefined;
  #runs: readonly Run[] | undefined;
  #taken = 0;

  /** Takes a frame in. A redelivered one changes nothing and gives the frame known before. */
  add(uplink: Uplink): Frame {
    const { time, deduplicationId: id, devAddr, fCnt } = uplink;
    const frame = { time, id, devAddr, fCnt, key: keyOf(uplink.fPort, uplink.data), duplicate: false };
    if (this.#isTooLate(time)) return { ...frame, cameAsCopy: false };
    let at = this.#frames.length;
    for (let before = this.#frames[at - 1]; before !== undefined; before = this.#frames[at - 1]) {
      if (before.time === time && before.id === id) return before;
      if (before.time < time || (before.time === time && before.id < id)) break;
      at--;
    }
    const added: Frame = { ...frame, cameAsCopy: this.#knowsCopyOf(frame) };
    this.#frames.splice(at, 0, added);
    this.#taken++;
    this.#markCopies(added);
    this.#trim();
    this.#runs = undefined;
    return added;
  }

  /** How many frames were taken in; a redelivered one and one that comes too late are none. */
  get taken(): number {
    return this.#taken;
  }

  /** What is known of a value measured at that time. */
  confirmationOf(timeMs: number): Confirmation {
    this.#runs ??= runsOf(
      this.#folded,
      this.#frames.filter((frame) => !frame.duplicate),
    );
    const current = this.#runs.at(-1);
    if (current === undefined) return { confirmed: true, untilMs: timeMs, lastUplinkMs: timeMs };
    const lastUplinkMs = this.#runs.reduce((newest, run) => Math.max(newest, run.untilMs), timeMs);
    if (timeMs >= current.sinceMs)
      return { confirmed: true, untilMs: Math.max(timeMs, current.untilMs), lastUplinkMs };
    const run = this.#runs.findLast(({ sinceMs, untilMs }) => sinceMs <= timeMs && timeMs <= untilMs);
    return { confirmed: false, untilMs: run?.untilMs ?? timeMs, lastUplinkMs };
  }

  /** Everything there is to keep, for a snapshot. */
  get kept(): { readonly folded: Run | undefined; readonly frames: readonly Frame[] } {
    return { folded: this.#folded, frames: this.#frames };
  }

  /** A window as it was kept. */
  static of({ folded, frames }: FrameWindow['kept']): FrameWindow {
    const window = new FrameWindow();
    window.#folded = folded;
    window.#frames.push(...frames);
    return window;
  }

  #isTooLate(time: number): boolean {
    const newest = this.#frames.at(-1);
    return (
      (newest !== undefined && time < newest.time - windowMs) ||
      (this.#folded !== undefined && time <= this.#folded.untilMs)
    );
  }

  /** A copy with the very same time is the very same point: to flag it would flag the one that counts. */
  #knowsCopyOf(frame: Identity): boolean {
    return this.#frames.some(
      (other) =>
        other.time !== frame.time && isCopyOf(other, frame) && Math.abs(other.time - frame.time) <= copyMs,
    );
  }

  /** The earliest copy counts, the others within ten minutes of it do not. */
  #markCopies(added: Frame): void {
    let counted: Frame | undefined;
    for (const frame of this.#frames) {
      if (!isCopyOf(frame, added)) continue;
      frame.duplicate = counted !== undefined && frame.time - counted.time <= copyMs;
      if (!frame.duplicate) counted = frame;
    }
  }

  #trim(): void {
    const frames = this.#frames;
    for (let oldest = frames[0], newest = frames.at(-1); oldest && newest; oldest = frames[0]) {
      if (frames.length <= windowItemsMax && oldest.time >= newest.time - windowMs) return;
      const [gone] = frames.splice(foldable(frames), 1);
      if (gone !== undefined && !gone.duplicate) this.#folded = withFolded(this.#folded, gone);
    }
  }
}
