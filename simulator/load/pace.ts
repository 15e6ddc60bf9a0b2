/** Behind by more than this, an uplink counts as late. */
const lateMs = 100;
/** How much faster than asked what is owed may be made up for. */
const catchUp = 1.25;
/** However long nothing was sent, never more at once than of so many ms. */
const togetherMsMax = 100;

/**
 * How many uplinks are due: evenly over time, without a burst after a pause. What could not be sent in time stays owed
 * and follows a little faster than asked.
 */
export class Pace {
  readonly #perMs: number;
  readonly #startMs: number;
  #lastMs: number;
  #sent = 0;
  #late = 0;

  /** @param perS uplinks a second; infinite for as many as there is room for */
  constructor(perS: number, startMs: number) {
    this.#perMs = perS / 1000;
    this.#startMs = startMs;
    this.#lastMs = startMs;
  }

  /** How many have been sent more than 100 ms after they were due. */
  get late(): number {
    return this.#late;
  }

  /** How many to send now, at most `room`; they count as sent. */
  take(nowMs: number, room: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return room;
    const owed = this.#dueAt(nowMs) - this.#sent;
    const sinceMs = Math.min(togetherMsMax, nowMs - this.#lastMs);
    const count = Math.max(0, Math.min(owed, Math.ceil(catchUp * this.#perMs * sinceMs), room));
    this.#lastMs = nowMs;
    this.#late += Math.min(count, Math.max(0, this.#dueAt(nowMs - lateMs) - this.#sent));
    this.#sent += count;
    return count;
  }

  #dueAt(nowMs: number): number {
    return Math.floor(this.#perMs * (nowMs - this.#startMs));
  }
}
