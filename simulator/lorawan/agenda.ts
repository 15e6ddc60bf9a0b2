/** What is to happen, and when. */
interface Entry {
  readonly timeMs: number;
  readonly order: number;
  readonly act: (timeMs: number) => void;
}

/** What happens next: by time, and at the same time in the order it was planned. A binary heap. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #planned = 0;

  /** When the next thing happens, ms; Infinity where nothing is planned. */
  get nextMs(): number {
    return this.#heap[0]?.timeMs ?? Number.POSITIVE_INFINITY;
  }

  plan(timeMs: number, act: (timeMs: number) => void): void {
    const heap = this.#heap;
    const entry = { timeMs, order: this.#planned++, act };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !before(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** Does the next thing. */
  step(): void {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return;
    if (heap.length > 0) this.#sink(last);
    first.act(first.timeMs);
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const rightFirst = left !== undefined && right !== undefined && before(right, left);
      const child = rightFirst ? right : left;
      if (child === undefined || !before(child, entry)) break;
      heap[at] = child;
      at = 2 * at + (rightFirst ? 2 : 1);
    }
    heap[at] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
}
