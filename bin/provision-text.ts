import type { Outcome, Plan, Step } from '#gateway-bridge';

const signs = { create: '+', update: '~', delete: '-', refuse: '!' } as const;
const verbs = { create: 'created', update: 'updated', delete: 'deleted', refuse: 'refused' } as const;

/** Names come from whoever made them, and go to a terminal: control characters must not. */
const quoted = (text: string): string => JSON.stringify(text);

function titleOf({ what, id, name }: Step): string {
  return id === name ? `${what} ${quoted(name)}` : `${what} ${id} ${quoted(name)}`;
}

/** What a plan would do, a line or more a step, and what it comes to. */
export function planText({ steps, unchangedCount, strayCount }: Plan, prune: boolean): string {
  const lines = steps.flatMap(linesOf);
  const count = (action: Step['action']): number => steps.filter((step) => step.action === action).length;
  const sums = [
    [count('create'), 'to create'],
    [count('update'), 'to update'],
    [count('delete'), 'to delete'],
    [count('refuse'), 'refused'],
    [unchangedCount, 'as they should be'],
    [prune ? 0 : strayCount, 'no longer in the inventory (--prune deletes them)'],
  ] as const;
  const sum = sums.filter(([many]) => many > 0).map(([many, what]) => `${many} ${what}`);
  return [...lines, sum.join(', ') || 'nothing is wanted', ''].join('\n');
}

function linesOf(step: Step): string[] {
  const title = `${signs[step.action]} ${titleOf(step)}`;
  if (step.action === 'refuse') return [`${title}: ${step.reason}`];
  if (step.action === 'create') {
    const fields = step.differences.filter(({ field, to }) => field !== 'name' && to);
    const text = fields.map(({ field, to = '' }) => `${field} ${quoted(to)}`).join(', ');
    return [text === '' ? title : `${title}: ${text}`];
  }
  return [
    title,
    ...step.differences.map(({ field, from, to }) => {
      // A key differs, and that is all there is to tell of it.
      if (from === undefined && to === undefined) return `    ${field}: is another one`;
      const [before, after] = [from, to].map((text) => (text === undefined ? '(none)' : quoted(text)));
      return `    ${field}: ${before} → ${after}`;
    }),
  ];
}

/** One step that was done, or why not. */
export function stepText(step: Step, failure: string | undefined): string {
  const title = titleOf(step);
  return failure === undefined
    ? `${verbs[step.action]} ${title}`
    : `FAILED ${step.action} ${title}: ${failure}`;
}

/** What came of a plan, and what to do about the rest. */
export function outcomeText({ doneCount, failed, untriedCount }: Outcome): string {
  const sums = [
    [doneCount, 'done'],
    [failed.length, 'failed'],
    [untriedCount, 'not tried'],
  ] as const;
  const sum = sums.filter(([many]) => many > 0).map(([many, what]) => `${many} ${what}`);
  const again =
    failed.length + untriedCount > 0
      ? '. Correct what is named above and run it again: it goes on from here'
      : '';
  return `${sum.join(', ')}${again}\n`;
}

const barChars = 30;

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Tells how far something is: a bar rewritten in place on a terminal, with lines for what failed; a line a step
 * elsewhere.
 */
export class Progress {
  readonly #output: Output;
  readonly #total: number;
  readonly #isTerminal: boolean;
  #done = 0;

  constructor(total: number, output: Output, term = process.env.TERM) {
    this.#total = total;
    this.#output = output;
    this.#isTerminal = output.isTTY === true && term !== 'dumb';
  }

  step(text: string, isFailure: boolean): void {
    this.#done++;
    if (!this.#isTerminal) {
      this.#output.write(`${text}\n`);
      return;
    }
    if (isFailure) this.#output.write(`\r${text}\x1b[K\n`);
    const filled = Math.round((this.#done / this.#total) * barChars);
    const bar = '#'.repeat(filled).padEnd(barChars, '.');
    this.#output.write(`\r[${bar}] ${this.#done}/${this.#total}\x1b[K`);
  }

  end(): void {
    if (this.#isTerminal) this.#output.write('\r\x1b[K');
  }
}
