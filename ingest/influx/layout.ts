/**
 * What lies where in InfluxDB beside the points as they came: summaries of quarters of an hour and of hours, each in a
 * retention policy of its own. Their measurements have names of their own too, since InfluxQL's DELETE takes a
 * measurement in every retention policy of its database.
 */
import { isQuantityKey, type QuantityKey, quantity, type Theme, type Value } from '#core';
import { type Component, componentsOf, type Row } from '../downsample/aggregate.ts';
import { hourMs, quarterMs, type Step } from '../downsample/buckets.ts';
import type { Part, ReadingSeries } from '../downsample/parts.ts';
import type { Selected } from './queries.ts';

const names: Readonly<Record<Step, string>> = { [quarterMs]: '15m', [hourMs]: '1h' };

/** The retention policies of summaries, and how long they are kept: for ever, which costs little. */
export const summaryPolicies: Readonly<Record<string, string>> = { means_15m: '0s', means_1h: '0s' };

export function policyOf(step: Step): string {
  return `means_${names[step]}`;
}

export function measurementOf(theme: Theme, step: Step): string {
  return `${theme}_${names[step]}`;
}

/** A mean can be read under the quantity's own name, what merging needs beside it is named after a point. */
export function fieldOf(key: QuantityKey, component: Component): string {
  return component === 'value' ? key : `${key}.${component}`;
}

/** The fields of a summary. */
export function fieldsOf({
  quantity: key,
  summary,
}: Pick<Part, 'quantity' | 'summary'>): Record<string, Value> {
  const fields: Record<string, Value> = {};
  for (const component of componentsOf(quantity(key).aggregate)) {
    const value = summary[component];
    if (value !== undefined) fields[fieldOf(key, component)] = value;
  }
  return fields;
}

/** The quantities selected columns tell of. */
function quantitiesIn(columns: readonly string[]): QuantityKey[] {
  return [...new Set(columns.map((name) => name.replace(/\..*$/, '')))].filter(isQuantityKey);
}

/** The summaries in selected rows. */
export function partsIn({ tags, columns, rows }: Selected): Part[] {
  return quantitiesIn(columns).flatMap((key) => {
    const places = componentsOf(quantity(key).aggregate).map(
      (component) => [component, columns.indexOf(fieldOf(key, component))] as const,
    );
    return rows.flatMap((row): Part[] => {
      const summary: Partial<Record<Component, number>> = {};
      for (const [component, index] of places) {
        const value = row[index];
        if (typeof value === 'number') summary[component] = value;
      }
      return summary.n === undefined ? [] : [{ tags, quantity: key, startMs: Number(row[0]), summary }];
    });
  });
}

/** The readings in selected rows that count: neither copies of a frame nor values that cannot be. */
export function readingsIn({ tags, columns, rows }: Selected): ReadingSeries[] {
  const flagsAt = columns.indexOf('flags');
  return quantitiesIn(columns).flatMap((key) => {
    const at = columns.indexOf(key);
    const { type } = quantity(key);
    const counted: Row[] = [];
    for (const row of rows) {
      const value = row[at];
      if (typeof value === type && counts(row[flagsAt], key)) counted.push([Number(row[0]), Number(value)]);
    }
    return counted.length === 0 ? [] : [{ tags, quantity: key, rows: counted }];
  });
}

function counts(flags: unknown, key: QuantityKey): boolean {
  if (typeof flags !== 'string' || flags === '') return true;
  return !flags.split(' ').some((flag) => flag === 'duplicate' || flag === `range:${key}`);
}
