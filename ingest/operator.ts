import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type LetterFacts,
  type LetterFilter,
  type LetterInFull,
  type OperatorPort,
  type RawMessage,
  type Redrive,
  type Spool,
  type SpoolStatus,
  StadtpegelError,
} from '#core';
import type { Ledger } from './ledger.ts';
import { matches } from './letter-filter.ts';
import { type RedriveMark, withMark } from './redrive-mark.ts';

/** Letters looked at in one go: a millisecond or two, then all else has its turn. */
const windowLetters = 500;
/** Messages sent again in one go. */
const sendAtOnce = { messagesMax: 100, bytesMax: 1_048_576 };

interface OperatorParts {
  readonly ledger: Ledger;
  readonly spool: Spool;
  /** Where the spool lies. */
  readonly folder: string;
  /** Milliseconds UTC. */
  readonly now: () => number;
}

/** What operators ask of ingest: the drawer and the spool. */
export class Operator implements OperatorPort {
  readonly #parts: OperatorParts;
  readonly #sinceMs: number;
  /** Letters whose message is being appended now. */
  readonly #sending = new Set<number>();

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#sinceMs = parts.now();
  }

  async letters(
    filter: LetterFilter,
    { limit, before = Number.MAX_SAFE_INTEGER }: { limit: number; before?: number | undefined },
  ): Promise<{ letters: readonly LetterFacts[]; next?: number }> {
    const letters: LetterFacts[] = [];
    for await (const letter of this.#walk(filter, (from, count) => this.#drawer.older(from, count), before)) {
      if (letters.length === limit) return { letters, next: letters.at(-1)?.id ?? before };
      letters.push(letter);
    }
    return { letters };
  }

  get #drawer(): Ledger['drawer'] {
    return this.#parts.ledger.drawer;
  }

  /** Those that match, window by window, in the order `read` gives them. */
  async *#walk(
    filter: LetterFilter,
    read: (from: number, count: number) => readonly LetterFacts[],
    start: number,
  ): AsyncGenerator<LetterFacts> {
    for (let from = start; ; await turn()) {
      const window = read(from, windowLetters);
      yield* window.filter((letter) => matches(letter, filter));
      const last = window.at(-1);
      if (window.length < windowLetters || !last) return;
      from = last.id;
    }
  }

  letter(id: number): LetterInFull | undefined {
    return this.#drawer.letter(id);
  }

  async *lettersInFull(filter: LetterFilter): AsyncGenerator<LetterInFull> {
    for await (const { id } of this.#walk(filter, (from, count) => this.#drawer.newer(from, count), 0)) {
      const letter = this.#drawer.letter(id);
      if (letter) yield letter;
    }
  }

  async redrive(id: number): Promise<Redrive | undefined> {
    const letter = this.#drawer.letter(id);
    if (!letter) return undefined;
    if (letter.withheld) {
      const detail = `Letter ${id} came without its bytes: they hold what is personal (${letter.reason}).`;
      throw new StadtpegelError('letter_withheld', detail);
    }
    if (letter.state === 'stored') return { outcome: 'stored', letter };
    if (isIncomplete(letter)) {
      throw new StadtpegelError('letter_incomplete', `Letter ${id} cannot be sent again: ${letter.reason}.`);
    }
    if (this.#isOnItsWay(letter)) return { outcome: 'on_its_way', letter };
    await this.#send([letter]);
    return { outcome: 'redriven', letter: this.#drawer.letter(id) ?? letter };
  }

  /** One that was on its way when an earlier process ended may be sent again, should its spool have been lost. */
  #isOnItsWay({ id, state, redrivenAtMs = 0 }: LetterFacts): boolean {
    return this.#sending.has(id) || (state === 'redriving' && redrivenAtMs >= this.#sinceMs);
  }

  async redriveAll(
    filter: LetterFilter,
    { limit, after = 0 }: { limit: number; after?: number | undefined },
  ): Promise<{ redriven: number; withheld: number; next?: number }> {
    let redriven = 0;
    let withheld = 0;
    let last = after;
    const group = new SendGroup();
    const read = (from: number, count: number): LetterFacts[] => this.#drawer.newer(from, count);
    for await (const facts of this.#walk({ ...filter, state: 'waiting' }, read, after)) {
      if (redriven + withheld >= limit) {
        await this.#send(group.take());
        return { redriven, withheld, next: last };
      }
      last = facts.id;
      const letter = this.#sending.has(facts.id) ? undefined : this.#drawer.letter(facts.id);
      if (!letter) continue;
      if (letter.withheld || isIncomplete(letter)) {
        withheld++;
        continue;
      }
      redriven++;
      if (group.add(letter)) await this.#send(group.take());
    }
    await this.#send(group.take());
    return { redriven, withheld };
  }

  /**
   * Appends first and notes it then: if the process ends in between, the letter still waits, and the mark on its message
   * leads the outcome to it all the same.
   */
  async #send(letters: readonly LetterInFull[]): Promise<void> {
    if (letters.length === 0) return;
    const marks = letters.map(markOf);
    const messages = letters.map((letter) => withMark(rawOf(letter), markOf(letter)));
    for (const { id } of letters) this.#sending.add(id);
    try {
      await this.#parts.spool.append(messages);
      this.#parts.ledger.onTheirWay(marks);
    } finally {
      for (const { id } of letters) this.#sending.delete(id);
    }
  }

  spool(): SpoolStatus & { readonly folder: string } {
    const { spool, folder } = this.#parts;
    return { ...spool.status(), folder: path.resolve(folder) };
  }
}

const markOf = ({ id, attempts }: LetterFacts): RedriveMark => ({ letter: id, attempt: attempts + 1 });

/** Whether its bytes should be there and are not. */
const isIncomplete = ({ payload, payloadBytes }: LetterInFull): boolean => payload.length < payloadBytes;

const rawOf = ({ receivedAtMs, broker, topic, payload }: LetterInFull): RawMessage => ({
  receivedAtMs,
  broker,
  topic,
  payload,
});

/** Letters that go together, until they are many or large. */
class SendGroup {
  #letters: LetterInFull[] = [];
  #bytes = 0;

  /** Adds one; true where the group should be sent now. */
  add(letter: LetterInFull): boolean {
    this.#letters.push(letter);
    this.#bytes += letter.payload.length;
    return this.#letters.length >= sendAtOnce.messagesMax || this.#bytes >= sendAtOnce.bytesMax;
  }

  take(): readonly LetterInFull[] {
    const letters = this.#letters;
    this.#letters = [];
    this.#bytes = 0;
    return letters;
  }
}
