import { type FSWatcher, watch } from 'node:fs';

/** How soon a change is noticed. */
export interface WatchTimes {
  /** Quiet time after the last change, so that a copy under way is read once. */
  readonly settleMs: number;
  /** A look without being told: some file systems tell nothing, and a watch can be lost. */
  readonly rescanMs: number;
}

const watchTimes: WatchTimes = { settleMs: 300, rescanMs: 60_000 };

/** Calls back when something below a folder may have changed, too often rather than too seldom. */
export class FolderWatch {
  readonly #folder: string;
  readonly #times: WatchTimes;
  readonly #changed: () => void;
  #watcher: FSWatcher | undefined;
  #settling: NodeJS.Timeout | undefined;
  #rescan: NodeJS.Timeout | undefined;

  constructor(folder: string, changed: () => void, times: WatchTimes = watchTimes) {
    this.#folder = folder;
    this.#changed = changed;
    this.#times = times;
  }

  start(): void {
    this.#watch();
    this.#rescan = setInterval(() => {
      if (this.#watcher === undefined) this.#watch();
      this.#changed();
    }, this.#times.rescanMs);
    this.#rescan.unref();
  }

  stop(): void {
    this.#unwatch();
    clearInterval(this.#rescan);
    clearTimeout(this.#settling);
  }

  /** Watches anew, where another folder may have come into the place of the one that was watched. */
  renew(): void {
    this.#unwatch();
    this.#watch();
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#folder, { recursive: true, persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(this.#changed, this.#times.settleMs);
        this.#settling.unref();
      });
      // Out of watches, or the folder is gone: the next rescan tries again.
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      this.#unwatch();
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
