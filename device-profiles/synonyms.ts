/**
 * What strangers' codecs call the city's quantities. Only what is certain is in the table: the key names its unit
 * (`TempC`, `battery_mv`), or custom leaves no doubt of it (`co2` is in ppm). Not in it, on purpose: `battery` (volts
 * here, percent there), `pressure` without a unit, `voltage` (mains or cell?), `rain` (since when?), `current_a` (A, or
 * phase A?), `wind_speed` without a unit.
 * Gathered from the codecs of the public device-profile repository and of vendors.
 */
import { isPlausible, type Json, type QuantityKey } from '#core';
import type { DecodedReading } from './decode.ts';

/** How a number in the stranger's unit becomes one in the quantity's: (number − minus) × factor ÷ divisor. */
interface Conversion {
  readonly minus?: number;
  readonly factor?: number;
  readonly divisor?: number;
}

/** Units by their spelling in a key, without what separates words. */
type Units = Readonly<Record<string, Conversion>>;

const same: Conversion = {};
const by = (factor: number): Conversion => ({ factor });
const over = (divisor: number): Conversion => ({ divisor });
const fahrenheit: Conversion = { minus: 32, factor: 5, divisor: 9 };

const celsius: Units = {
  c: same,
  degc: same,
  degreesc: same,
  celsius: same,
  f: fahrenheit,
  degf: fahrenheit,
  degreesf: fahrenheit,
  fahrenheit,
};
const percent: Units = { percent: same, pct: same, perc: same };
const percentHumidity: Units = { ...percent, rh: same, percentrh: same };
const ppm: Units = { ppm: same };
const ppb: Units = { ppb: same };
const microgram: Units = { ugm3: same, ugperm3: same };
const volt: Units = { v: same, volt: same, volts: same, mv: over(1000), millivolt: over(1000) };
const ampere: Units = { amp: same, amps: same, ampere: same, amperes: same, ma: over(1000) };
const hectopascal: Units = { hpa: same, mbar: same, pa: over(100), kpa: by(10) };
const lux: Units = { lux: same, lx: same };
const metresPerSecond: Units = { ms: same, mps: same, kmh: over(3.6), kph: over(3.6) };
const degree: Units = { deg: same, degree: same, degrees: same };
const millimetresPerHour: Units = { mmh: same, mmhr: same, mmperh: same, mmperhour: same };
const millimetre: Units = { mm: same, cm: by(10), m: by(1000) };
const centimetre: Units = { cm: same, mm: over(10), m: by(100) };
const conductivity: Units = { uscm: same, uspercm: same, mscm: by(1000) };
const irradiance: Units = { wm2: same, wperm2: same };
const watt: Units = { w: same, watt: same, watts: same, kw: by(1000) };
const kilowattHour: Units = { kwh: same, wh: over(1000) };
const hertz: Units = { hz: same };
const decibel: Units = { db: same, dba: same };
const none: Units = {};

/** One quantity's names: those that need no unit, and those that mean it only with one. Both may have one. */
interface Synonyms {
  readonly quantity: QuantityKey;
  readonly units: Units;
  readonly alone?: readonly string[];
  readonly withUnit?: readonly string[];
  /** Where this key is in the same object, the names mean something else. */
  readonly unless?: string;
}

const table: readonly Synonyms[] = [
  {
    quantity: 'air_temperature',
    units: celsius,
    // SHT: Sensirion's family of air sensors. DS, below: the DS18B20 at the end of a cable.
    alone: ['temperature', 'airtemperature', 'ambienttemperature', 'roomtemperature', 'tempcsht'],
    withUnit: ['temp', 'airtemp', 'ambienttemp', 'roomtemp'],
  },
  { quantity: 'probe_temperature', units: celsius, alone: ['tempcds'], withUnit: ['probetemperature'] },
  {
    quantity: 'device_temperature',
    units: celsius,
    alone: [
      'devicetemperature',
      'internaltemperature',
      'boardtemperature',
      'chiptemperature',
      'mcutemperature',
      'cputemperature',
    ],
    withUnit: ['internaltemp', 'boardtemp', 'chiptemp', 'mcutemp', 'cputemp'],
  },
  { quantity: 'soil_temperature', units: celsius, alone: ['soiltemperature'], withUnit: ['soiltemp'] },
  {
    quantity: 'relative_humidity',
    units: percentHumidity,
    alone: ['humidity', 'relativehumidity', 'airhumidity', 'humsht', 'rh'],
    withUnit: ['hum'],
  },
  { quantity: 'soil_moisture', units: percent, withUnit: ['soilmoisture', 'soilhumidity', 'vwc'] },
  { quantity: 'co2', units: ppm, alone: ['co2', 'carbondioxide', 'co2concentration'] },
  { quantity: 'o3', units: ppm, withUnit: ['o3', 'ozone'] },
  { quantity: 'tvoc', units: microgram, withUnit: ['tvoc', 'voc'] },
  { quantity: 'tvoc_fraction', units: ppb, withUnit: ['tvoc', 'voc'] },
  { quantity: 'pm1', units: microgram, alone: ['pm1', 'pm1_0'] },
  { quantity: 'pm2_5', units: microgram, alone: ['pm25', 'pm2_5'] },
  { quantity: 'pm4', units: microgram, alone: ['pm4', 'pm4_0'] },
  // PM10 beside PM100 is PM1,0.
  { quantity: 'pm10', units: microgram, alone: ['pm10', 'pm10_0'], unless: 'pm100' },
  {
    quantity: 'air_pressure',
    units: hectopascal,
    alone: ['airpressure', 'barometricpressure', 'atmosphericpressure'],
  },
  // Where water or a pipe is meant, nobody takes hPa.
  { quantity: 'air_pressure', units: { hpa: same, mbar: same }, withUnit: ['pressure'] },
  {
    quantity: 'light_illuminance',
    units: lux,
    alone: ['illuminance', 'lux'],
    withUnit: ['light', 'ill', 'illumination', 'luminosity', 'lightintensity'],
  },
  { quantity: 'uv_index', units: none, alone: ['uvindex'] },
  {
    quantity: 'solar_irradiance',
    units: irradiance,
    withUnit: ['solarirradiance', 'solarradiation', 'irradiance'],
  },
  { quantity: 'wind_speed', units: metresPerSecond, withUnit: ['windspeed'] },
  { quantity: 'wind_gust', units: metresPerSecond, withUnit: ['windgust', 'gust', 'gustspeed'] },
  { quantity: 'wind_direction', units: degree, alone: ['winddirection'], withUnit: ['winddir'] },
  {
    quantity: 'rainfall_intensity',
    units: millimetresPerHour,
    withUnit: ['rainrate', 'rainfallrate', 'rainintensity', 'rainfallintensity', 'rain', 'rainfall'],
  },
  {
    quantity: 'electrical_conductivity',
    units: conductivity,
    withUnit: ['ec', 'conductivity', 'soilec', 'soilconductivity', 'electricalconductivity'],
  },
  { quantity: 'sound_level_laeq', units: decibel, alone: ['laeq'] },
  { quantity: 'distance', units: millimetre, withUnit: ['distance'] },
  { quantity: 'water_level', units: centimetre, withUnit: ['waterlevel'] },
  {
    quantity: 'battery_voltage',
    units: volt,
    alone: ['batteryvoltage', 'batvoltage', 'battvoltage'],
    withUnit: ['battery', 'bat', 'batt', 'vbat'],
  },
  {
    quantity: 'battery_level',
    units: percent,
    withUnit: ['battery', 'bat', 'batt', 'batterylevel', 'batterycapacity'],
  },
  { quantity: 'current', units: ampere, withUnit: ['current'] },
  { quantity: 'active_power', units: watt, withUnit: ['power', 'activepower'] },
  {
    quantity: 'active_energy',
    units: kilowattHour,
    withUnit: ['energy', 'activeenergy', 'totalenergy', 'energytotal'],
  },
  { quantity: 'power_factor', units: none, alone: ['powerfactor', 'cosphi'] },
  { quantity: 'frequency', units: hertz, withUnit: ['frequency', 'mainsfrequency', 'gridfrequency'] },
];

interface KeyMeaning {
  readonly synonyms: Synonyms;
  readonly conversion: Conversion;
}

/** A key without its style: `TempC_SHT` and `tempCSht` are one. Between digits the mark stays: PM1.0 is not PM10. */
function wordOf(key: string): string {
  return key
    .toLowerCase()
    .replaceAll('µ', 'u')
    .replaceAll('μ', 'u')
    .replaceAll('³', '3')
    .replaceAll('²', '2')
    .replaceAll('%', 'percent')
    .replaceAll(/(?<=\d)[^a-z\d]+(?=\d)/g, '_')
    .replaceAll(/[^a-z\d_]|(?<!\d)_|_(?!\d)/g, '');
}

/** A codec has a few dozen keys; the limit is for one that makes them up. */
const rememberedMax = 10_000;
const remembered = new Map<string, string>();

function rememberedWordOf(key: string): string {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size >= rememberedMax) remembered.clear();
  const word = wordOf(key);
  remembered.set(key, word);
  return word;
}

/** Every key the table knows, written out. */
const meanings = new Map<string, KeyMeaning>(
  table.flatMap((synonyms) => {
    const { units, alone = [], withUnit = [] } = synonyms;
    const bare = alone.map((name) => [name, { synonyms, conversion: same }] as const);
    const suffixed = [...alone, ...withUnit].flatMap((name) =>
      Object.entries(units).map(
        ([unit, conversion]) => [`${name}${unit}`, { synonyms, conversion }] as const,
      ),
    );
    return [...suffixed, ...bare];
  }),
);

/** Digits worth keeping of a converted number; beyond them is the noise of binary fractions. */
const significantDigits = 12;

function convert(value: number, conversion: Conversion): number {
  if (conversion === same) return value;
  const { minus = 0, factor = 1, divisor = 1 } = conversion;
  return Number((((value - minus) * factor) / divisor).toPrecision(significantDigits));
}

/** What a key's number is multiplied by, where the object names the unit beside it (`temperature_unit: "F"`). */
function conversionOf(word: string, meaning: KeyMeaning, words: ReadonlyMap<string, Json>) {
  const named = words.get(`${word}unit`) ?? words.get(`${word}units`);
  if (named === undefined) return meaning.conversion;
  return typeof named === 'string' ? meaning.synonyms.units[wordOf(named)] : undefined;
}

/** Two names for one quantity may differ by rounding. */
function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= 0.01 * Math.max(1, Math.abs(a), Math.abs(b));
}

/**
 * The readings in what a stranger's codec gave: of the top level's numbers those whose key is certain to mean a quantity
 * and whose value is plausible for it. Two that contradict each other give none.
 */
export function meaningOf(data: { readonly [key: string]: Json }): DecodedReading[] {
  const words = new Map(Object.entries(data).map(([key, value]) => [rememberedWordOf(key), value]));
  const found = new Map<QuantityKey, number | undefined>();
  for (const [word, value] of words) {
    const meaning = meanings.get(word);
    if (meaning === undefined || typeof value !== 'number' || !Number.isFinite(value)) continue;
    const { quantity, unless } = meaning.synonyms;
    const conversion = conversionOf(word, meaning, words);
    if (conversion === undefined || (unless !== undefined && words.has(unless))) continue;
    const converted = convert(value, conversion);
    if (!isPlausible(quantity, converted)) continue;
    const before = found.get(quantity);
    const fits = !found.has(quantity) || (before !== undefined && agree(before, converted));
    found.set(quantity, fits ? (before ?? converted) : undefined);
  }
  return [...found].flatMap(([quantity, value]) => (value === undefined ? [] : [{ quantity, value }]));
}
