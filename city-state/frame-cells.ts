import type { CountedList } from './runs.ts';

/** One radio frame of a device, MAC-only frames too. */
export interface Frame {
  readonly time: number;
  /** See `idOf`. */
  readonly id: number;
  readonly devAddr: number;
  readonly fCnt: number;
  /** See `payloadOf`: equal for copies of a frame. */
  readonly payload: number;
  /** Whether nobody understood what it said: it may have told of a change. */
  readonly unreadable: boolean;
  /** Whether a copy was known when its turn came: what ingest was told, and is told again when the message comes again. */
  readonly cameAsCopy: boolean;
  /** Whether it was taken in ahead of its turn, and its turn has not come since. */
  readonly early: boolean;
  /** Whether an earlier copy counts in its place: the same whichever of them came first. */
  readonly duplicate: boolean;
}

/**
 * time, id, early × 2⁴⁰ + fCnt × 4 + marks, unreadable × 2⁵² + payload × 2³² + devAddr. All are below 2⁵³ but the time, which may be a
 * fraction; their low bits are taken by `&` and `>>>`, which look at 32 of them (ECMA-262 §7.1.7) and take a tenth of the time of `%`.
 */
const width = 4;
const [cameAsCopy, duplicate, marks] = [1, 2, 4];
const low32 = 2 ** 32;
const low40 = 2 ** 40;
const low52 = 2 ** 52;

function counterCell(frame: Frame): number {
  const marked = (frame.cameAsCopy ? cameAsCopy : 0) + (frame.duplicate ? duplicate : 0);
  return (frame.early ? low40 : 0) + frame.fCnt * marks + marked;
}

/** What copies of a frame have in common beside the counter. */
type Identity = Pick<Frame, 'unreadable' | 'payload' | 'devAddr'>;

function identityCell({ unreadable, payload, devAddr }: Identity): number {
  return (unreadable ? low52 : 0) + payload * low32 + devAddr;
}

/** Takes cells out in place: `splice` makes an array of them, and gives away the room that the next ones need. */
export function dropCells(cells: number[], from: number, count: number): void {
  if (count === 0) return;
  const end = cells.length - count;
  for (let at = from; at < end; at++) cells[at] = cells[at + count] ?? 0;
  cells.length = end;
}

/** Frames in the order of time and id, as numbers side by side: 32 bytes each, and nothing for a collector to follow. */
export class FrameCells implements CountedList {
  readonly #cells: number[];

  /** @param cells of {@link cells} */
  constructor(cells: number[] = []) {
    this.#cells = cells;
  }

  /** All of it as numbers, for a snapshot. */
  get cells(): readonly number[] {
    return this.#cells;
  }

  get size(): number {
    return this.#cells.length / width;
  }

  timeAt(at: number): number {
    return this.#cells[at * width] ?? 0;
  }

  idAt(at: number): number {
    return this.#cells[at * width + 1] ?? 0;
  }

  fCntAt(at: number): number {
    const cell = this.#cells[at * width + 2] ?? 0;
    return Math.floor((cell >= low40 ? cell - low40 : cell) / marks);
  }

  devAddrAt(at: number): number {
    return (this.#cells[at * width + 3] ?? 0) >>> 0;
  }

  cameAsCopyAt(at: number): boolean {
    return ((this.#cells[at * width + 2] ?? 0) & cameAsCopy) !== 0;
  }

  isEarlyAt(at: number): boolean {
    return (this.#cells[at * width + 2] ?? 0) >= low40;
  }

  isDuplicateAt(at: number): boolean {
    return ((this.#cells[at * width + 2] ?? 0) & duplicate) !== 0;
  }

  isUnreadableAt(at: number): boolean {
    return (this.#cells[at * width + 3] ?? 0) >= low52;
  }

  /** Whether two frames have the same payload and address. */
  saysTheSame(at: number, other: number): boolean {
    return this.#cells[at * width + 3] === this.#cells[other * width + 3];
  }

  /** Whether the frame there has the counter, address and payload of this one. */
  isCopyAt(at: number, frame: Pick<Frame, 'fCnt'> & Identity): boolean {
    return this.#cells[at * width + 3] === identityCell(frame) && this.fCntAt(at) === frame.fCnt;
  }

  at(at: number): Frame {
    return {
      time: this.timeAt(at),
      id: this.idAt(at),
      devAddr: this.devAddrAt(at),
      fCnt: this.fCntAt(at),
      unreadable: this.isUnreadableAt(at),
      payload: Math.floor(((this.#cells[at * width + 3] ?? 0) % low52) / low32),
      cameAsCopy: this.cameAsCopyAt(at),
      early: this.isEarlyAt(at),
      duplicate: this.isDuplicateAt(at),
    };
  }

  insert(at: number, frame: Frame): void {
    const [counter, identity] = [counterCell(frame), identityCell(frame)];
    if (at === this.size) this.#cells.push(frame.time, frame.id, counter, identity);
    else this.#cells.splice(at * width, 0, frame.time, frame.id, counter, identity);
  }

  remove(at: number): void {
    dropCells(this.#cells, at * width, width);
  }

  /** The turn of an early frame has come. */
  takeTurn(at: number, isCopy: boolean): void {
    this.#cells[at * width + 2] = (this.#cells[at * width + 2] ?? 0) - low40 + (isCopy ? cameAsCopy : 0);
  }

  markDuplicate(at: number, isDuplicate: boolean): void {
    const cell = this.#cells[at * width + 2] ?? 0;
    this.#cells[at * width + 2] =
      cell + (isDuplicate ? duplicate : 0) - (this.isDuplicateAt(at) ? duplicate : 0);
  }
}
