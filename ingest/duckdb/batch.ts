import type { Point, Retention, WriteResult } from '#core';
import { type Catalogue, type KnownSeries, type StoredSeries, typeOfValue } from './catalogue.ts';

/** What a row holds beside its series and time, in the order of the table's columns. */
export type Cells = readonly (number | string | null)[];

export interface Row {
  readonly series: number;
  readonly timeMs: number;
  readonly cells: Cells;
}

/** The rows of one table: `fresh` cannot be there yet, `late` may be; each identity stands in `late` once. */
export interface Rows {
  readonly fresh: readonly Row[];
  readonly late: readonly Row[];
}

/** All that one transaction brings. */
export interface Batch {
  readonly series: readonly StoredSeries[];
  readonly rows: Readonly<Record<Retention, Rows>>;
  readonly rejected: WriteResult['rejected'];
}

type Fields = Point['fields'];

/** Sorts rows into new ones and those that may be there already. */
class RowSorter {
  readonly fresh: Row[] = [];
  readonly #late = new Map<string, Row>();

  /** @param merge what two rows of one identity become; without it the later written one stands */
  put(series: KnownSeries, timeMs: number, cells: Cells, merge?: (old: Cells, cells: Cells) => Cells): void {
    const row = { series: series.id, timeMs, cells };
    if (timeMs > series.newestMs) {
      series.newestMs = timeMs;
      this.fresh.push(row);
      return;
    }
    const key = `${series.id} ${timeMs}`;
    const before = this.#late.get(key);
    this.#late.set(key, before && merge ? { ...row, cells: merge(before.cells, cells) } : row);
  }

  get late(): Row[] {
    return [...this.#late.values()];
  }
}

/**
 * Points as rows: of a reading one row per field, of the radio log one row with its fields as JSON. What the catalogue
 * learns here has to be stored; where it cannot be, the catalogue is of no use any more.
 */
export function batchOf(points: readonly Point[], catalogue: Catalogue): Batch {
  const sorters = { readings: new RowSorter(), uplinks: new RowSorter() };
  const rejected: { index: number; reason: string }[] = [];
  for (const [index, point] of points.entries()) {
    const fields = fieldsOf(point);
    const reason = reasonAgainst(point, fields, catalogue);
    if (reason !== undefined) rejected.push({ index, reason });
    else if (point.retention === 'readings') putReading(point, fields, catalogue, sorters.readings);
    else putLog(point, fields, catalogue, sorters.uplinks);
  }
  const rowsOf = ({ fresh, late }: RowSorter): Rows => ({ fresh, late });
  return {
    series: catalogue.takeAdded(),
    rows: { readings: rowsOf(sorters.readings), uplinks: rowsOf(sorters.uplinks) },
    rejected,
  };
}

/** The fields that can be stored: numbers that are none are left out, text becomes valid UTF-8. */
function fieldsOf({ fields }: Point): Fields {
  if (areStorable(fields)) return fields;
  const storable = Object.entries(fields).filter(
    ([, value]) => typeof value !== 'number' || Number.isFinite(value),
  );
  return Object.fromEntries(
    storable.map(([field, value]) => [
      field.toWellFormed(),
      typeof value === 'string' ? value.toWellFormed() : value,
    ]),
  );
}

function areStorable(fields: Fields): boolean {
  return Object.entries(fields).every(([field, value]) => {
    if (typeof value === 'number') return Number.isFinite(value) && field.isWellFormed();
    return field.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
  });
}

function reasonAgainst(point: Point, fields: Fields, catalogue: Catalogue): string | undefined {
  const { retention, measurement, time } = point;
  if (!Number.isSafeInteger(Math.trunc(time))) return `time ${time} cannot be stored`;
  const names = Object.keys(fields);
  const values = retention === 'uplinks' ? names : names.filter((field) => field !== 'flags');
  if (values.length === 0) return 'no field that can be stored';
  if (!catalogue.hasRoomFor(point, retention === 'uplinks' ? [''] : values)) return 'too many series';
  if (retention === 'uplinks') return undefined;
  for (const [field, value] of Object.entries(fields)) {
    const type = typeOfValue(value);
    const known = field === 'flags' ? 'text' : (catalogue.typeOf(measurement, field) ?? type);
    if (known !== type) return `field type conflict: ${measurement}.${field} is ${known}, not ${type}`;
  }
  return undefined;
}

// The flags stand beside each value they came with, so that an answer can leave out a value without a second look.
function putReading(point: Point, fields: Fields, catalogue: Catalogue, rows: RowSorter): void {
  const { flags: given, ...values } = fields;
  const flags = typeof given === 'string' && given !== '' ? given : null;
  const known = catalogue.fieldsOf(point);
  const timeMs = Math.trunc(point.time);
  for (const [field, value] of Object.entries(values)) {
    const series = known.get(field) ?? catalogue.seriesOf(point, field, typeOfValue(value));
    rows.put(series, timeMs, typeof value === 'string' ? [null, value, flags] : [Number(value), null, flags]);
  }
}

function putLog(point: Point, fields: Fields, catalogue: Catalogue, rows: RowSorter): void {
  const series = catalogue.fieldsOf(point).get('') ?? catalogue.seriesOf(point, '', 'json');
  rows.put(series, Math.trunc(point.time), [JSON.stringify(fields)], mergeLog);
}

function mergeLog([old]: Cells, [cells]: Cells): Cells {
  return [JSON.stringify({ ...JSON.parse(String(old)), ...JSON.parse(String(cells)) })];
}
