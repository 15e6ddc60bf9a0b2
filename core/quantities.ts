/**
 * The one table that knows what can be measured: key, unit, type, plausible range, labels, and how values of a
 * period are put together. Units are UCUM codes (https://ucum.org), standard names CF where one exists
 * (http://cfconventions.org/standard-names.html). Every other room asks here and repeats nothing.
 */

/** How the values of a period become one value. `increase` is for counters that may wrap or restart. */
export type Aggregation =
  | 'mean'
  | 'energetic-mean'
  | 'circular-mean'
  | 'sum'
  | 'increase'
  | 'last'
  | 'time-share';

/** What a reading's value may be; which of the three is the quantity's `type`. */
export type Value = number | boolean | string;

export interface Quantity {
  readonly type: 'number' | 'boolean' | 'enum';
  /** UCUM code; `1` for a plain ratio or index, `{count}` for things counted. */
  readonly unit: string;
  readonly aggregate: Aggregation;
  readonly label: { readonly de: string; readonly en: string };
  /** Unit id of Grafana's field config. */
  readonly grafanaUnit: string;
  /** Digits after the point worth showing. */
  readonly decimals: number;
  /** Physically plausible range, inclusive, in `unit`; a value outside keeps its place and gets the flag `range`. */
  readonly range?: readonly [min: number, max: number];
  /** CF standard name, where there is one. */
  readonly cfName?: string;
}

type Numeric = Omit<Quantity, 'type' | 'range' | 'label'> & { range: readonly [number, number] };

const number = (de: string, en: string, rest: Numeric): Quantity => ({
  type: 'number',
  label: { de, en },
  ...rest,
});

const truth = (de: string, en: string): Quantity => ({
  type: 'boolean',
  unit: '1',
  label: { de, en },
  aggregate: 'time-share',
  grafanaUnit: 'bool',
  decimals: 0,
});

export const quantities = {
  bay_occupied: truth('Stellplatz belegt', 'Parking bay occupied'),
  motion: truth('Bewegung', 'Motion'),
  current: number('Stromstärke', 'Electric current', {
    unit: 'A',
    aggregate: 'mean',
    grafanaUnit: 'amp',
    decimals: 1,
    range: [0, 1000],
  }),
  electric_charge: number('Ladungsmenge', 'Electric charge', {
    unit: 'A.h',
    aggregate: 'increase',
    grafanaUnit: 'none',
    decimals: 1,
    range: [0, 100_000_000],
  }),
  active_energy: number('Wirkenergie', 'Active energy', {
    unit: 'kW.h',
    aggregate: 'increase',
    grafanaUnit: 'kwatth',
    decimals: 2,
    range: [0, 100_000_000],
  }),
  active_power: number('Wirkleistung', 'Active power', {
    unit: 'W',
    aggregate: 'mean',
    grafanaUnit: 'watt',
    decimals: 0,
    range: [-1_000_000, 1_000_000],
  }),
  air_temperature: number('Lufttemperatur', 'Air temperature', {
    unit: 'Cel',
    aggregate: 'mean',
    grafanaUnit: 'celsius',
    decimals: 1,
    range: [-50, 70],
    cfName: 'air_temperature',
  }),
  device_temperature: number('Gerätetemperatur', 'Device temperature', {
    unit: 'Cel',
    aggregate: 'mean',
    grafanaUnit: 'celsius',
    decimals: 1,
    range: [-60, 150],
  }),
  relative_humidity: number('Relative Luftfeuchte', 'Relative humidity', {
    unit: '%',
    aggregate: 'mean',
    grafanaUnit: 'humidity',
    decimals: 0,
    range: [0, 100],
    cfName: 'relative_humidity',
  }),
  air_pressure: number('Luftdruck', 'Air pressure', {
    unit: 'hPa',
    aggregate: 'mean',
    grafanaUnit: 'pressurehpa',
    decimals: 1,
    range: [800, 1100],
    cfName: 'air_pressure',
  }),
  co2: number('CO₂', 'CO₂', {
    unit: '[ppm]',
    aggregate: 'mean',
    grafanaUnit: 'ppm',
    decimals: 0,
    range: [300, 40_000],
    cfName: 'mole_fraction_of_carbon_dioxide_in_air',
  }),
  tvoc: number('Flüchtige organische Verbindungen', 'Volatile organic compounds', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 0,
    range: [0, 60_000],
  }),
  iaq_index: number('Innenraumluft-Index', 'Indoor air quality index', {
    unit: '1',
    aggregate: 'mean',
    grafanaUnit: 'none',
    decimals: 2,
    range: [0, 500],
  }),
  light_level: number('Helligkeitsstufe', 'Light level', {
    unit: '1',
    aggregate: 'mean',
    grafanaUnit: 'none',
    decimals: 0,
    range: [0, 5],
  }),
  battery_level: number('Batteriestand', 'Battery level', {
    unit: '%',
    aggregate: 'last',
    grafanaUnit: 'percent',
    decimals: 0,
    range: [0, 100],
  }),
} as const satisfies Record<string, Quantity>;

export type QuantityKey = keyof typeof quantities;

/** The quantity of that key. */
export function quantity(key: QuantityKey): Quantity {
  return quantities[key];
}

/** Whether a text is the key of a known quantity. */
export function isQuantityKey(text: string): text is QuantityKey {
  return Object.hasOwn(quantities, text);
}
