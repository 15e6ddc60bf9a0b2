import type { Uplink } from '#core';

/** Two copies of one radio frame come at most this far apart, as in the city's state. */
const copyMs = 600_000;
const framesMax = 16;
const devicesMax = 50_000;
/** A frame is three numbers in a row: its time, what it is by {@link frameOf}, and 1 if it is a copy. */
const cells = 3;

/** What is handled so long after it was received is of a backlog; nobody sends more within it than the state remembers. */
const backlogMs = 5000;
/** A copy is some seconds behind the first: at 1,000/s so many uplinks are ten. */
const keptMax = 10_000;

/** A frame of a device, see {@link cells}. */
export type KeptFrame = readonly [devEui: string, time: number, frame: number, isCopy: number];

/**
 * The last frames of each device in the order of the spool. While a backlog is worked off the state is ahead of it, and
 * may have forgotten the frame that another is a copy of; it is here, and what of a backlog was handled last outlives the
 * process.
 */
export class RecentFrames {
  readonly #ofDevice = new Map<string, number[]>();
  #kept: KeptFrame[] = [];

  /**
   * Whether the points of an uplink are those of a copy, which must not count beside those of the first. To be asked of
   * each uplink in the order of the spool. Of two copies one counts: a copy of what was told to be one is none.
   * @param duplicate whether the state knows the frame under another name
   * @param nowMs when it is handled, ms UTC
   */
  isCopy(uplink: Uplink, duplicate: boolean, nowMs: number): boolean {
    const isOfBacklog = uplink.receivedAtMs < nowMs - backlogMs;
    // Of what is live the state remembers more than this does.
    if (!isOfBacklog && this.#kept.length > 0) this.#kept = [];
    const frames = this.#framesOf(uplink.devEui);
    const { time } = uplink;
    const frame = frameOf(uplink);
    let isCopy = duplicate;
    for (let at = 0; at < frames.length; at += cells) {
      if (frames[at + 1] !== frame) continue;
      const apartMs = Math.abs((frames[at] ?? 0) - time);
      const wasCopy = frames[at + 2] === 1;
      // The same message again, or one that becomes the very same point: to flag it would flag the one that counts.
      if (apartMs === 0) return duplicate || wasCopy;
      if (!wasCopy && apartMs <= copyMs) isCopy = true;
    }
    this.#add(frames, time, frame, isCopy ? 1 : 0);
    if (isOfBacklog) this.#keep([uplink.devEui, time, frame, isCopy ? 1 : 0]);
    return isCopy;
  }

  #add(frames: number[], time: number, frame: number, isCopy: number): void {
    if (frames.length === cells * framesMax) frames.splice(0, cells);
    frames.push(time, frame, isCopy);
  }

  #keep(frame: KeptFrame): void {
    this.#kept.push(frame);
    if (this.#kept.length >= 2 * keptMax) this.#kept = this.kept;
  }

  /** What the next process has to know, in order: the last 10,000 frames of a backlog, and nothing where there is none. */
  get kept(): KeptFrame[] {
    return this.#kept.slice(-keptMax);
  }

  /** Takes what another process kept, before anything else. */
  restore(kept: readonly KeptFrame[]): void {
    for (const [devEui, time, frame, isCopy] of kept) this.#add(this.#framesOf(devEui), time, frame, isCopy);
    this.#kept = [...kept];
  }

  #framesOf(devEui: string): number[] {
    const known = this.#ofDevice.get(devEui);
    if (known !== undefined) return known;
    if (this.#ofDevice.size >= devicesMax) {
      const [knownLongest] = this.#ofDevice.keys();
      if (knownLongest !== undefined) this.#ofDevice.delete(knownLongest);
    }
    const frames: number[] = [];
    this.#ofDevice.set(devEui, frames);
    return frames;
  }
}

/**
 * What tells frames of one device within ten minutes apart, in 52 bits: the counter's lowest 20, and 32 of address, fPort
 * and payload (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/).
 */
function frameOf({ devAddr, fCnt, fPort, data }: Uplink): number {
  let hash = Math.imul(0x811c9dc5 ^ fPort, 0x01000193);
  for (let at = 0; at < devAddr.length; at++) hash = Math.imul(hash ^ devAddr.charCodeAt(at), 0x01000193);
  for (const byte of data) hash = Math.imul(hash ^ byte, 0x01000193);
  return (fCnt % 0x10_0000) * 2 ** 32 + (hash >>> 0);
}
