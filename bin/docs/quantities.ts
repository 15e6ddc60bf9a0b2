import { type Quantity, quantities } from '#core';
import { code, notice, table } from './markdown.ts';

function rangeOf({ range }: Quantity): string {
  return range === undefined ? '' : `${range[0]} … ${range[1]}`;
}

/** `docs/quantities.md`: everything that can be measured. */
export function quantitiesPage(): string {
  const rows = Object.entries<Quantity>(quantities).map(([key, quantity]) => [
    code(key),
    quantity.label.en,
    quantity.label.de,
    quantity.type,
    quantity.type === 'number' ? code(quantity.unit) : '',
    rangeOf(quantity),
    quantity.aggregate,
    quantity.cfName === undefined ? '' : code(quantity.cfName),
  ]);
  const head = ['Key', 'English', 'German', 'Type', 'Unit', 'Plausible', 'Over a period', 'CF standard name'];
  return `# Quantities

${notice('`core/quantities.ts`')}

The keys are the field names of the time-series store and of the REST API. Units are [UCUM](https://ucum.org) codes; a value outside
the plausible range is kept and flagged \`range\`. *Over a period* says how the values of an hour or a day become one.

${table(head, rows)}`;
}
