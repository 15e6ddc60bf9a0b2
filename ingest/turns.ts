/** Does one thing after the other, in the order they were asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does it when all before is done, whatever became of that; gives what it gives. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Resolves when all that was asked for so far is done. */
  async over(): Promise<void> {
    await this.#last;
  }
}
