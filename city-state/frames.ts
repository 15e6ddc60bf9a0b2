import type { Uplink } from '#core';
import { addressOf, idOf, payloadOf, shortOf } from './fingerprint.ts';
import { type Frame, FrameCells } from './frame-cells.ts';
import { type Counted, disorderMs, foldable, type Run, runsOf, withFolded } from './runs.ts';

/** How far back frames and readings are kept, counted from the newest of them, not from the clock. */
export const windowMs = 2 * 3_600_000;
/** How many frames of a device, and readings of one of its quantities, are kept at most. */
export const windowItemsMax = 64;

/** Two copies of one radio frame come at most this far apart. */
const copyMs = 600_000;

/**
 * How a frame's counter follows that of the newest before it: `late` for one that another overtook. A frame that was
 * there comes `again`, or, where it was taken in early, `in turn`; one from before the window is `too late` to tell.
 */
export type Following = 'first' | 'next' | 'late' | 'copy' | 'restarted' | 'again' | 'in turn' | 'too late';

/** What became of a frame that was taken in. */
export interface Received {
  /** See `idOf`. */
  readonly id: number;
  /** What its readings know it by. */
  readonly from: number;
  /** Whether one of those whose turn came before is a copy of it: whatever was taken in early does not change that. */
  readonly cameAsCopy: boolean;
  readonly duplicate: boolean;
  readonly following: Following;
  /** Frames the device counted between the newest before and this one; some may still come. */
  readonly missed: number;
}

/** Told of frames that were there already whether they are duplicates now. */
export type OnRemarked = (from: number, duplicate: boolean) => void;

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
  readonly #frames: FrameCells;
  /** What the frames before the window come to. */
  #folded: Run | undefined;
  #runs: readonly Run[] | undefined;
  #taken = 0;

  /** A window as it was: of what {@link cells} and {@link folded} gave. */
  constructor(cells: number[] = [], folded?: Run) {
    this.#frames = new FrameCells(cells);
    this.#folded = folded;
  }

  /**
   * Takes a frame in. A redelivered one changes nothing and gives what is known of it.
   * @param early whether it is ahead of its turn: it will come again then
   */
  add(uplink: Uplink, early = false, onRemarked: OnRemarked = () => {}): Received {
    const { time, fCnt } = uplink;
    const id = idOf(uplink.deduplicationId);
    if (this.#isTooLate(time))
      return { id, from: shortOf(id), cameAsCopy: false, duplicate: false, following: 'too late', missed: 0 };
    const frames = this.#frames;
    let at = frames.size;
    for (; at > 0; at--) {
      const beforeMs = frames.timeAt(at - 1);
      if (beforeMs < time) break;
      if (beforeMs > time) continue;
      const before = frames.idAt(at - 1);
      if (before === id) return this.#knownAt(at - 1, early);
      if (before < id) break;
    }
    const [devAddr, payload] = [addressOf(uplink.devAddr), payloadOf(uplink.fPort, uplink.data)];
    const unreadable = uplink.error !== undefined;
    const frame = {
      time,
      id,
      devAddr,
      fCnt,
      unreadable,
      payload,
      cameAsCopy: false,
      early,
      duplicate: false,
    };
    return this.#insert(at, frame, onRemarked);
  }

  #knownAt(at: number, early: boolean): Received {
    const frames = this.#frames;
    if (early || !frames.isEarlyAt(at)) return this.#receivedAt(at, 'again');
    frames.takeTurn(at, this.#copiesOf(frames.at(at)).copies);
    return this.#receivedAt(at, 'in turn');
  }

  #insert(at: number, alone: Frame, onRemarked: OnRemarked): Received {
    const { copies, others } = this.#copiesOf(alone);
    const following = others ? 'copy' : this.#following(at, alone);
    const missed = following === 'next' ? alone.fCnt - this.#frames.fCntAt(at - 1) - 1 : 0;
    this.#frames.insert(at, copies && !alone.early ? { ...alone, cameAsCopy: true } : alone);
    this.#taken++;
    this.#runs = undefined;
    if (others) this.#markCopies(at, alone, onRemarked);
    const received = this.#receivedAt(at, following, missed);
    this.#trim();
    return received;
  }

  /** How a frame that is to stand there follows those that are there. */
  #following(at: number, { devAddr, fCnt, time }: Frame): Following {
    const frames = this.#frames;
    if (at < frames.size) return 'late';
    // A new address is a join: the counter begins again, and nobody knows how far the old one came.
    if (at === 0 || frames.devAddrAt(at - 1) !== devAddr) return 'first';
    if (fCnt > frames.fCntAt(at - 1)) return 'next';
    // A gateway's clock may date a frame after the one that was sent behind it.
    return time <= frames.timeAt(at - 1) + disorderMs ? 'late' : 'restarted';
  }

  #receivedAt(at: number, following: Following, missed = 0): Received {
    const id = this.#frames.idAt(at);
    return {
      id,
      from: shortOf(id),
      cameAsCopy: this.#frames.cameAsCopyAt(at),
      duplicate: this.#frames.isDuplicateAt(at),
      following,
      missed,
    };
  }

  /** How many frames were taken in; a redelivered one and one that comes too late are none. */
  get taken(): number {
    return this.#taken;
  }

  /** When the newest frame of the window was sent, ms UTC. */
  get newestMs(): number | undefined {
    return this.#frames.size === 0 ? undefined : this.#frames.timeAt(this.#frames.size - 1);
  }

  /** Whether all frames of the window, so many at least and over so long, said the very same. */
  isRepeating(framesMin: number, spanMsMin: number): boolean {
    const frames = this.#frames;
    const last = frames.size - 1;
    if (last + 1 < framesMin || frames.timeAt(last) - frames.timeAt(0) < spanMsMin) return false;
    for (let at = 0; at < last; at++) if (!frames.saysTheSame(at, last)) return false;
    return true;
  }

  /** What is known of a value measured at that time. */
  confirmationOf(timeMs: number): Confirmation {
    this.#runs ??= runsOf(this.#folded, this.#counted());
    const current = this.#runs.at(-1);
    if (current === undefined) return { confirmed: true, untilMs: timeMs, lastUplinkMs: timeMs };
    const lastUplinkMs = this.#runs.reduce((newest, run) => Math.max(newest, run.untilMs), timeMs);
    if (timeMs >= current.sinceMs)
      return { confirmed: true, untilMs: Math.max(timeMs, current.untilMs), lastUplinkMs };
    const run = this.#runs.findLast(({ sinceMs, untilMs }) => sinceMs <= timeMs && timeMs <= untilMs);
    return { confirmed: false, untilMs: run?.untilMs ?? timeMs, lastUplinkMs };
  }

  #counted(): Counted[] {
    return this.frames.filter((frame) => !frame.duplicate);
  }

  /** The frames, the oldest first. */
  get frames(): Frame[] {
    return Array.from({ length: this.#frames.size }, (_, at) => this.#frames.at(at));
  }

  /** The frames as numbers, for a snapshot. */
  get cells(): readonly number[] {
    return this.#frames.cells;
  }

  get folded(): Run | undefined {
    return this.#folded;
  }

  #isTooLate(time: number): boolean {
    const { size } = this.#frames;
    return (
      (size > 0 && time < this.#frames.timeAt(size - 1) - windowMs) ||
      (this.#folded !== undefined && time <= this.#folded.untilMs)
    );
  }

  /**
   * Whether the frame is a copy of one that had its turn and was none itself, and whether it has any copies. A copy with
   * the very same time is the very same point: to flag it would flag the one that counts.
   */
  #copiesOf(frame: Frame): { readonly copies: boolean; readonly others: boolean } {
    const frames = this.#frames;
    let [copies, others] = [false, false];
    for (let at = frames.size - 1; at >= 0; at--) {
      const apartMs = frame.time - frames.timeAt(at);
      if (apartMs > copyMs) break;
      if (apartMs < -copyMs || !frames.isCopyAt(at, frame)) continue;
      others = true;
      copies ||= apartMs !== 0 && !frames.isEarlyAt(at) && !frames.cameAsCopyAt(at);
    }
    return { copies, others };
  }

  /** The earliest copy counts, the others within ten minutes of it do not. */
  #markCopies(added: number, frame: Frame, onRemarked: OnRemarked): void {
    const frames = this.#frames;
    let countedMs = -Infinity;
    for (let at = 0; at < frames.size; at++) {
      if (!frames.isCopyAt(at, frame)) continue;
      const time = frames.timeAt(at);
      const duplicate = time - countedMs <= copyMs;
      if (!duplicate) countedMs = time;
      if (duplicate === frames.isDuplicateAt(at)) continue;
      frames.markDuplicate(at, duplicate);
      if (at !== added) onRemarked(shortOf(frames.idAt(at)), duplicate);
    }
  }

  #trim(): void {
    const frames = this.#frames;
    while (frames.size > windowItemsMax || frames.timeAt(0) < frames.timeAt(frames.size - 1) - windowMs) {
      const at = foldable(frames);
      if (!frames.isDuplicateAt(at)) this.#folded = withFolded(this.#folded, frames.at(at));
      frames.remove(at);
    }
  }
}
