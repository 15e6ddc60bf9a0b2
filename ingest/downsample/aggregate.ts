/**
 * How the readings of a period become one value, so that a day can be put together from its hours and an hour from its
 * quarters: each kind of aggregation has a summary, and summaries of periods that follow each other can be merged.
 * A summary depends on the readings of its own period alone; what a value before it means for a period (a truth that
 * still holds, a counter that has grown meanwhile) is found when summaries are put in a row.
 */
import type { Aggregation } from '#core';

/** A reading in order of time; truths are 1 and 0. */
export type Row = readonly [timeMs: number, value: number];

/** What summaries are made of. Times are ms UTC; stores keep these names. */
export const components = [
  /** Readings counted. */
  'n',
  /** Mean, level, direction, sum or last value. */
  'value',
  /** Mean resultant length of directions, 0 (they cancel out) to 1 (all the same). */
  'r',
  'first',
  'first_ms',
  'last',
  'last_ms',
  /** What a counter has grown by from the first reading to the last. */
  'grown',
  /** How long it was true from the first reading to the last. */
  'true_ms',
] as const;
export type Component = (typeof components)[number];

export type Summary = Readonly<Partial<Record<Component, number>>>;
type Full<C extends Component> = Readonly<Record<C, number>>;

/** One kind of aggregation. Methods take at least one reading; `wrapsAt` is for counters. */
interface Rule<C extends Component> {
  readonly components: readonly C[];
  of(rows: readonly Row[], wrapsAt?: number): Full<C>;
  merge(earlier: Full<C>, later: Full<C>, wrapsAt?: number): Full<C>;
}

type Direction = Full<'n' | 'value' | 'r'>;
export type Growth = Full<'n' | 'first' | 'first_ms' | 'last' | 'last_ms' | 'grown'>;
export type Share = Full<'n' | 'first_ms' | 'last' | 'last_ms' | 'true_ms'>;

const levelComponents = ['n', 'value'] as const;

/** A mean of values taken to where they can be added, and back. */
function meanOf(there: (value: number) => number, back: (value: number) => number): Rule<'n' | 'value'> {
  return {
    components: levelComponents,
    of(rows) {
      let sum = 0;
      for (const [, value] of rows) sum += there(value);
      return { n: rows.length, value: back(sum / rows.length) };
    },
    merge(a, b) {
      const n = a.n + b.n;
      return { n, value: back((there(a.value) * a.n + there(b.value) * b.n) / n) };
    },
  };
}

const plain = (value: number): number => value;

const mean = meanOf(plain, plain);

/** Levels add up as power does: L = 10 lg(1/n Σ 10^(Lᵢ/10)) (ISO 1996-1:2016, 3.1.5; DIN 45641). */
const energeticMean = meanOf(
  (level) => 10 ** (level / 10),
  (power) => 10 * Math.log10(power),
);

const sum: Rule<'n' | 'value'> = {
  components: levelComponents,
  of: (rows) => ({ n: rows.length, value: rows.reduce((total, [, value]) => total + value, 0) }),
  merge: (a, b) => ({ n: a.n + b.n, value: a.value + b.value }),
};

const radPerDegree = Math.PI / 180;

function directionOf(n: number, east: number, north: number): Direction {
  const degrees = Math.atan2(east, north) / radPerDegree;
  return { n, value: (degrees + 360) % 360, r: Math.hypot(east, north) / n };
}

/** Mean direction of unit vectors (Mardia, Jupp: Directional Statistics, 2.2): of 350° and 10° it is 0°. */
const circularMean: Rule<'n' | 'value' | 'r'> = {
  components: ['n', 'value', 'r'],
  of(rows) {
    let [east, north] = [0, 0];
    for (const [, value] of rows) {
      east += Math.sin(value * radPerDegree);
      north += Math.cos(value * radPerDegree);
    }
    return directionOf(rows.length, east, north);
  },
  merge(a, b) {
    const along = (how: (radians: number) => number): number =>
      how(a.value * radPerDegree) * a.r * a.n + how(b.value * radPerDegree) * b.r * b.n;
    return directionOf(a.n + b.n, along(Math.sin), along(Math.cos));
  },
};

const latest: Rule<'n' | 'value' | 'last_ms'> = {
  components: ['n', 'value', 'last_ms'],
  of(rows) {
    const [lastMs, value] = endsOf(rows)[1];
    return { n: rows.length, value, last_ms: lastMs };
  },
  merge(a, b) {
    const { value, last_ms } = a.last_ms > b.last_ms ? a : b;
    return { n: a.n + b.n, value, last_ms };
  },
};

/**
 * What a counter has counted from one reading to the next. Where it shows less than before it has begun again: at the
 * end of its range if it would have come less than half of it further that way (as serial numbers are compared,
 * RFC 1982), else at zero, as after a change of its battery.
 */
export function stepOf(before: number, value: number, wrapsAt?: number): number {
  if (value >= before) return value - before;
  const wrapped = wrapsAt === undefined ? Number.POSITIVE_INFINITY : wrapsAt - before + value;
  return wrapsAt !== undefined && before < wrapsAt && wrapped < wrapsAt / 2 ? wrapped : value;
}

export const growth: Rule<'n' | 'first' | 'first_ms' | 'last' | 'last_ms' | 'grown'> = {
  components: ['n', 'first', 'first_ms', 'last', 'last_ms', 'grown'],
  of(rows, wrapsAt) {
    const [[firstMs, first], [lastMs, last]] = endsOf(rows);
    let grown = 0;
    let before = first;
    for (const [, value] of rows) {
      grown += stepOf(before, value, wrapsAt);
      before = value;
    }
    return { n: rows.length, first, first_ms: firstMs, last, last_ms: lastMs, grown };
  },
  merge(a, b, wrapsAt) {
    const grown = a.grown + stepOf(a.last, b.first, wrapsAt) + b.grown;
    return { n: a.n + b.n, first: a.first, first_ms: a.first_ms, last: b.last, last_ms: b.last_ms, grown };
  },
};

/** A truth holds until the next reading. */
export const share: Rule<'n' | 'first_ms' | 'last' | 'last_ms' | 'true_ms'> = {
  components: ['n', 'first_ms', 'last', 'last_ms', 'true_ms'],
  of(rows) {
    const [[firstMs], [lastMs, last]] = endsOf(rows);
    let trueMs = 0;
    for (const [index, [timeMs, value]] of rows.entries()) {
      if (value === 1) trueMs += (rows[index + 1]?.[0] ?? lastMs) - timeMs;
    }
    return { n: rows.length, first_ms: firstMs, last, last_ms: lastMs, true_ms: trueMs };
  },
  merge(a, b) {
    const between = a.last === 1 ? b.first_ms - a.last_ms : 0;
    const trueMs = a.true_ms + between + b.true_ms;
    return { n: a.n + b.n, first_ms: a.first_ms, last: b.last, last_ms: b.last_ms, true_ms: trueMs };
  },
};

function endsOf(rows: readonly Row[]): [Row, Row] {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) throw new RangeError('a summary needs a reading');
  return [first, last];
}

/** Whether a summary is one of this kind: with all its parts and at least one reading. */
function isOf<C extends Component>(rule: Rule<C>, summary: Summary): summary is Summary & Full<C> {
  return rule.components.every((name) => summary[name] !== undefined) && (summary.n ?? 0) > 0;
}

/** The summary as one of this kind; undefined where parts of it are missing. */
export function asSummary<C extends Component>(rule: Rule<C>, summary: Summary): Full<C> | undefined {
  return isOf(rule, summary) ? summary : undefined;
}

/** A rule for those who do not know which it is. */
interface AnyRule {
  readonly components: readonly Component[];
  of(rows: readonly Row[], wrapsAt?: number): Summary;
  mergeAll(summaries: readonly Summary[], wrapsAt?: number): Summary | undefined;
}

function anyRule<C extends Component>(rule: Rule<C>): AnyRule {
  return {
    components: rule.components,
    of: rule.of,
    mergeAll: (summaries, wrapsAt) =>
      summaries
        .filter((one) => isOf(rule, one))
        .reduce<Full<C> | undefined>((all, one) => (all ? rule.merge(all, one, wrapsAt) : one), undefined),
  };
}

const rules: Readonly<Record<Aggregation, AnyRule>> = {
  mean: anyRule(mean),
  'energetic-mean': anyRule(energeticMean),
  'circular-mean': anyRule(circularMean),
  sum: anyRule(sum),
  last: anyRule(latest),
  increase: anyRule(growth),
  'time-share': anyRule(share),
};

/** Sums up readings of one period, at least one, in order of time. */
export function summaryOf(aggregate: Aggregation, rows: readonly Row[], wrapsAt?: number): Summary {
  return rules[aggregate].of(rows, wrapsAt);
}

/** The names of what a summary of this kind holds. */
export function componentsOf(aggregate: Aggregation): readonly Component[] {
  return rules[aggregate].components;
}

/** Puts summaries of one kind together, those of earlier periods first; undefined where there is none. */
export function mergeAll(
  aggregate: Aggregation,
  summaries: readonly Summary[],
  wrapsAt?: number,
): Summary | undefined {
  return rules[aggregate].mergeAll(summaries, wrapsAt);
}

/** Directions that cancel out to less than this have no mean. */
const directionRMin = 1e-6;

/** The one value of a summary that stands for itself; undefined where it has none. */
export function valueIn({ n, value, r = 1 }: Summary): number | undefined {
  return n !== undefined && n > 0 && r >= directionRMin ? value : undefined;
}
