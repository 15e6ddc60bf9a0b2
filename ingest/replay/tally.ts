import type { ReplayCounts, ReplayExample } from '#core';

/** Examples of each model and kind of change (new, gone, another value). */
const examplesMax = 3;
const failureCharsMax = 300;

const counted = ['uplinks', 'withheld', 'failed', 'same', 'changed', 'new', 'gone', 'rejected'] as const;
export type Counted = (typeof counted)[number];

/** Counts what a replay finds, per device model. */
export class Tally {
  readonly #counts = new Map<string, ReplayCounts>();

  /** @param counts what was counted before */
  constructor(counts: readonly ReplayCounts[] = []) {
    for (const one of counts) this.#counts.set(one.profile, one);
  }

  add(profile: string, what: Counted, count = 1): void {
    const known = this.#of(profile);
    this.#counts.set(profile, { ...known, [what]: known[what] + count });
  }

  failed(profile: string, reason: string): void {
    this.add(profile, 'failed');
    const known = this.#of(profile);
    this.#counts.set(profile, { ...known, failure: known.failure ?? reason.slice(0, failureCharsMax) });
  }

  example(profile: string, example: ReplayExample): void {
    const known = this.#of(profile);
    const alike = known.examples.filter((one) => kindOf(one) === kindOf(example));
    if (alike.length >= examplesMax) return;
    this.#counts.set(profile, { ...known, examples: [...known.examples, example] });
  }

  #of(profile: string): ReplayCounts {
    return this.#counts.get(profile) ?? { profile, ...zero, examples: [] };
  }

  /** The models in the order of their ids. */
  get counts(): ReplayCounts[] {
    return [...this.#counts.values()].sort((a, b) => (a.profile < b.profile ? -1 : 1));
  }
}

function kindOf({ before, after }: ReplayExample): string {
  return `${before === undefined} ${after === undefined}`;
}

const zero: Readonly<Record<Counted, number>> = {
  uplinks: 0,
  withheld: 0,
  failed: 0,
  same: 0,
  changed: 0,
  new: 0,
  gone: 0,
  rejected: 0,
};

/** What two stretches of a replay have found together. */
export function sumOf(a: readonly ReplayCounts[], b: readonly ReplayCounts[]): ReplayCounts[] {
  const sum = new Tally(a);
  for (const { profile, failure, examples, ...counts } of b) {
    for (const what of counted) sum.add(profile, what, counts[what]);
    if (failure !== undefined) {
      sum.failed(profile, failure);
      sum.add(profile, 'failed', -1);
    }
    for (const example of examples) sum.example(profile, example);
  }
  return sum.counts;
}
