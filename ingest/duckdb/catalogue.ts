import type { Point, Retention, Value } from '#core';

/** What the values of a series are; `json` for a row of the radio log, which keeps all its fields together. */
export type SeriesType = 'number' | 'boolean' | 'text' | 'json';

/** One field of one combination of measurement and tags. It has one type for ever. */
export interface StoredSeries {
  readonly id: number;
  readonly retention: Retention;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Empty for a row of the radio log. */
  readonly field: string;
  readonly type: SeriesType;
}

/** A series and the time up to which it may have rows: what is later is new for certain. */
export interface KnownSeries extends StoredSeries {
  newestMs: number;
}

/**
 * How many series there may be: all are in memory. InfluxDB 1.x has the same limit (max-series-per-database,
 * https://docs.influxdata.com/influxdb/v1/administration/config/).
 */
const mostSeries = 1_000_000;

/** What a point says of its series: all of its identity but field and time. */
export type SeriesTags = Pick<Point, 'retention' | 'measurement' | 'tags'>;

/**
 * Which series there are. It answers from memory what every point asks: does this field exist here, is it of this
 * type, can there be a row of it at this time already?
 */
export class Catalogue {
  readonly #series = new Map<string, Map<string, KnownSeries>>();
  /** The same by tags as they were written: putting them in order for each point would cost more than all the rest. */
  readonly #asWritten = new Map<string, Map<string, KnownSeries>>();
  readonly #types = new Map<string, SeriesType>();
  readonly #seriesMax: number;
  #count = 0;
  #nextId = 0;
  #added: StoredSeries[] = [];

  /**
   * @param stored the series of the database
   * @param newestMs the latest time any row of a retention has; nothing of a stored series is later
   * @param seriesMax what {@link Catalogue.hasRoomFor} goes by
   */
  constructor(
    stored: Iterable<StoredSeries>,
    newestMs: Readonly<Record<Retention, number>>,
    seriesMax = mostSeries,
  ) {
    this.#seriesMax = seriesMax;
    for (const series of stored) this.#know({ ...series, newestMs: newestMs[series.retention] });
  }

  /** The fields known under these tags; hand it to {@link Catalogue.seriesOf}. */
  fieldsOf({ retention, measurement, tags }: SeriesTags): Map<string, KnownSeries> {
    const written = keyOf(retention, measurement, tags);
    const known = this.#asWritten.get(written);
    if (known) return known;
    const key = keyOf(retention, measurement, cleanTags(tags));
    const fields = this.#series.get(key) ?? new Map<string, KnownSeries>();
    this.#series.set(key, fields);
    this.#asWritten.set(written, fields);
    return fields;
  }

  /** The type a field has in a measurement, undefined where there is none yet. */
  typeOf(measurement: string, field: string): SeriesType | undefined {
    return this.#types.get(`${measurement}\0${field}`);
  }

  /** Whether a point with these fields fits into the number of series there may be. */
  hasRoomFor({ retention, measurement, tags }: SeriesTags, fields: readonly string[]): boolean {
    if (this.#count + fields.length <= this.#seriesMax) return true;
    const known = this.#series.get(keyOf(retention, measurement, cleanTags(tags)));
    return fields.every((field) => known?.has(field));
  }

  /** The series of a field, made where it is missing. */
  seriesOf(point: SeriesTags, field: string, type: SeriesType): KnownSeries {
    const fields = this.fieldsOf(point);
    const known = fields.get(field);
    if (known) return known;
    const { retention, measurement } = point;
    const tags = cleanTags(point.tags);
    const stored: StoredSeries = { id: this.#nextId, retention, measurement, tags, field, type };
    this.#added.push(stored);
    const series = { ...stored, newestMs: Number.NEGATIVE_INFINITY };
    this.#know(series);
    return series;
  }

  /** The series made since the last call: they have to be stored with the rows that needed them. */
  takeAdded(): StoredSeries[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }

  #know(series: KnownSeries): void {
    const { id, measurement, field, type } = series;
    this.fieldsOf(series).set(field, series);
    if (series.retention === 'readings') this.#types.set(`${measurement}\0${field}`, type);
    this.#count++;
    this.#nextId = Math.max(this.#nextId, id + 1);
  }
}

/** Tags as they are stored: in the order of their names, without empty ones, valid UTF-8. */
function cleanTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(tags).filter(([, value]) => value !== '');
  return Object.fromEntries(
    entries.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const).sort(byName),
  );
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function keyOf(retention: Retention, measurement: string, tags: Readonly<Record<string, string>>): string {
  return `${retention} ${measurement} ${JSON.stringify(tags)}`;
}

/** The type a value asks for. */
export function typeOfValue(value: Value): SeriesType {
  const type = typeof value;
  return type === 'number' || type === 'boolean' ? type : 'text';
}
