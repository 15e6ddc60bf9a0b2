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

/** Sound pressure levels differ in what of the sound they weigh, so each weighting has its own unit. */
const soundLevel = (de: string, en: string, weighting?: 'A' | 'C' | 'Z'): Quantity =>
  number(de, en, {
    unit: weighting === undefined ? 'dB[SPL]' : `dB[SPL]{${weighting}}`,
    aggregate: 'energetic-mean',
    grafanaUnit: weighting === undefined ? 'dB' : `suffix: dB(${weighting})`,
    decimals: 1,
    range: [0, 140],
  });

/** `sum` for what was counted since the last report, `increase` for what was ever counted. */
const counted = (de: string, en: string, aggregate: Aggregation, max: number): Quantity =>
  number(de, en, { unit: '{count}', aggregate, grafanaUnit: 'none', decimals: 0, range: [0, max] });

const mean = (
  de: string,
  en: string,
  [unit, grafanaUnit]: readonly [ucum: string, grafana: string],
  decimals: number,
  range: readonly [number, number],
): Quantity => number(de, en, { unit, aggregate: 'mean', grafanaUnit, decimals, range });

const seconds = (de: string, en: string): Quantity =>
  number(de, en, { unit: 's', aggregate: 'mean', grafanaUnit: 's', decimals: 0, range: [0, 86_400] });

export const quantities = {
  bay_occupied: truth('Stellplatz belegt', 'Parking bay occupied'),
  motion: truth('Bewegung', 'Motion'),
  space_occupied: truth('Bereich belegt', 'Area occupied'),
  tilted: truth('Gekippt', 'Tilted'),
  switched_on: truth('Eingeschaltet', 'Switched on'),
  digital_input: truth('Digitaleingang', 'Digital input'),
  people_count: counted('Personen', 'People present', 'mean', 1000),
  people_count_max: counted('Höchste Personenzahl', 'Most people present', 'mean', 1000),
  people_in: counted('Personen hinein', 'People in', 'sum', 10_000),
  people_out: counted('Personen hinaus', 'People out', 'sum', 10_000),
  people_flow: counted('Personen auf diesem Weg', 'People on this way', 'sum', 10_000),
  people_flow_total: counted(
    'Personen auf diesem Weg, Zählerstand',
    'People on this way, counter',
    'increase',
    2 ** 32,
  ),
  people_in_total: counted('Personen hinein, Zählerstand', 'People in, counter', 'increase', 2 ** 32),
  people_out_total: counted('Personen hinaus, Zählerstand', 'People out, counter', 'increase', 2 ** 32),
  dwell_time: seconds('Mittlere Verweildauer', 'Mean dwell time'),
  dwell_time_max: seconds('Längste Verweildauer', 'Longest dwell time'),
  sound_level_laeq: soundLevel('Dauerschallpegel LAeq', 'Equivalent sound level LAeq', 'A'),
  sound_level_lceq: soundLevel('Dauerschallpegel LCeq', 'Equivalent sound level LCeq', 'C'),
  sound_level_lzeq: soundLevel('Dauerschallpegel LZeq', 'Equivalent sound level LZeq', 'Z'),
  sound_level_la: soundLevel('Schallpegel LA', 'Sound level LA', 'A'),
  sound_level_lc: soundLevel('Schallpegel LC', 'Sound level LC', 'C'),
  sound_level_lz: soundLevel('Schallpegel LZ', 'Sound level LZ', 'Z'),
  sound_level_lamax: soundLevel('Höchster Schallpegel LAmax', 'Maximum sound level LAmax', 'A'),
  sound_level_lcmax: soundLevel('Höchster Schallpegel LCmax', 'Maximum sound level LCmax', 'C'),
  sound_level_lzmax: soundLevel('Höchster Schallpegel LZmax', 'Maximum sound level LZmax', 'Z'),
  // Of devices whose makers do not say how they weigh it.
  sound_level: soundLevel('Schallpegel', 'Sound level'),
  sound_level_max: soundLevel('Höchster Schallpegel', 'Maximum sound level'),
  motion_count: counted('Bewegungen', 'Motion events', 'sum', 65_535),
  lightning_strikes: counted('Blitze', 'Lightning strikes', 'sum', 10_000),
  pulses: counted('Impulse seit der letzten Meldung', 'Pulses since the last report', 'sum', 65_535),
  pulse_count: counted('Impulse', 'Pulses', 'increase', 2 ** 32),
  // In the unit set at the device, which it does not send.
  meter_reading: number('Zählerstand', 'Meter reading', {
    unit: '1',
    aggregate: 'increase',
    grafanaUnit: 'none',
    decimals: 1,
    range: [0, 1_000_000_000],
  }),
  // From an ultrasonic sensor down to what fills a bin or a basin.
  distance: number('Abstand', 'Distance', {
    unit: 'mm',
    aggregate: 'mean',
    grafanaUnit: 'lengthmm',
    decimals: 0,
    range: [30, 10_000],
  }),
  water_level: number('Wasserstand', 'Water level', {
    unit: 'cm',
    aggregate: 'mean',
    grafanaUnit: 'suffix: cm',
    decimals: 0,
    range: [-100, 20_000],
    cfName: 'water_surface_height_above_reference_datum',
  }),
  current: number('Stromstärke', 'Electric current', {
    unit: 'A',
    aggregate: 'mean',
    grafanaUnit: 'amp',
    decimals: 1,
    range: [0, 1000],
  }),
  current_max: mean('Höchste Stromstärke', 'Highest electric current', ['A', 'amp'], 1, [0, 1000]),
  current_min: mean('Niedrigste Stromstärke', 'Lowest electric current', ['A', 'amp'], 1, [0, 1000]),
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
  active_energy_export: number('Eingespeiste Wirkenergie', 'Exported active energy', {
    unit: 'kW.h',
    aggregate: 'increase',
    grafanaUnit: 'kwatth',
    decimals: 2,
    range: [0, 100_000_000],
  }),
  reactive_energy: number('Blindenergie', 'Reactive energy', {
    unit: 'kV.A.h{reactive}',
    aggregate: 'increase',
    grafanaUnit: 'suffix: kvarh',
    decimals: 2,
    range: [0, 100_000_000],
  }),
  reactive_energy_export: number('Eingespeiste Blindenergie', 'Exported reactive energy', {
    unit: 'kV.A.h{reactive}',
    aggregate: 'increase',
    grafanaUnit: 'suffix: kvarh',
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
  reactive_power: number('Blindleistung', 'Reactive power', {
    unit: 'V.A{reactive}',
    aggregate: 'mean',
    grafanaUnit: 'voltampreact',
    decimals: 0,
    range: [-1_000_000, 1_000_000],
  }),
  apparent_power: number('Scheinleistung', 'Apparent power', {
    unit: 'V.A',
    aggregate: 'mean',
    grafanaUnit: 'voltamp',
    decimals: 0,
    range: [0, 1_000_000],
  }),
  power_factor: number('Leistungsfaktor', 'Power factor', {
    unit: '1',
    aggregate: 'mean',
    grafanaUnit: 'none',
    decimals: 2,
    range: [-1, 1],
  }),
  voltage: number('Spannung', 'Voltage', {
    unit: 'V',
    aggregate: 'mean',
    grafanaUnit: 'volt',
    decimals: 1,
    range: [0, 1000],
  }),
  frequency: number('Netzfrequenz', 'Mains frequency', {
    unit: 'Hz',
    aggregate: 'mean',
    grafanaUnit: 'hertz',
    decimals: 2,
    range: [40, 70],
  }),
  air_temperature: number('Lufttemperatur', 'Air temperature', {
    unit: 'Cel',
    aggregate: 'mean',
    grafanaUnit: 'celsius',
    decimals: 1,
    range: [-50, 70],
    cfName: 'air_temperature',
  }),
  // Of whatever the probe at the end of a cable lies in.
  probe_temperature: mean('Fühlertemperatur', 'Probe temperature', ['Cel', 'celsius'], 1, [-60, 200]),
  surface_temperature: {
    ...mean('Oberflächentemperatur', 'Surface temperature', ['Cel', 'celsius'], 1, [-70, 380]),
    cfName: 'surface_temperature',
  },
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
  o3: number('Ozon', 'Ozone', {
    unit: '[ppm]',
    aggregate: 'mean',
    grafanaUnit: 'ppm',
    decimals: 2,
    range: [0, 10],
    cfName: 'mole_fraction_of_ozone_in_air',
  }),
  formaldehyde: number('Formaldehyd', 'Formaldehyde', {
    unit: 'mg/m3',
    aggregate: 'mean',
    grafanaUnit: 'conmgm3',
    decimals: 2,
    range: [0, 10],
    cfName: 'mass_concentration_of_formaldehyde_in_air',
  }),
  tvoc: number('Flüchtige organische Verbindungen', 'Volatile organic compounds', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 0,
    range: [0, 60_000],
  }),
  tvoc_fraction: mean(
    'Anteil flüchtiger organischer Verbindungen',
    'Volatile organic compounds, fraction',
    ['[ppb]', 'conppb'],
    0,
    [0, 60_000],
  ),
  pm1: number('Feinstaub PM1', 'Particulate matter PM1', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 1,
    range: [0, 2000],
    cfName: 'mass_concentration_of_pm1_ambient_aerosol_particles_in_air',
  }),
  pm2_5: number('Feinstaub PM2,5', 'Particulate matter PM2.5', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 1,
    range: [0, 2000],
    cfName: 'mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air',
  }),
  pm4: number('Feinstaub PM4', 'Particulate matter PM4', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 1,
    range: [0, 2000],
  }),
  pm10: number('Feinstaub PM10', 'Particulate matter PM10', {
    unit: 'ug/m3',
    aggregate: 'mean',
    grafanaUnit: 'conμgm3',
    decimals: 1,
    range: [0, 2000],
    cfName: 'mass_concentration_of_pm10_ambient_aerosol_particles_in_air',
  }),
  particle_number_concentration: number('Partikelanzahl', 'Particle number concentration', {
    unit: '/cm3',
    aggregate: 'mean',
    grafanaUnit: 'suffix: /cm³',
    decimals: 1,
    range: [0, 5000],
    cfName: 'number_concentration_of_ambient_aerosol_particles_in_air',
  }),
  typical_particle_size: number('Typische Partikelgröße', 'Typical particle size', {
    unit: 'nm',
    aggregate: 'mean',
    grafanaUnit: 'suffix: nm',
    decimals: 0,
    range: [0, 20_000],
  }),
  wind_speed: number('Windgeschwindigkeit', 'Wind speed', {
    unit: 'm/s',
    aggregate: 'mean',
    grafanaUnit: 'velocityms',
    decimals: 1,
    range: [0, 90],
    cfName: 'wind_speed',
  }),
  wind_gust: number('Windböe', 'Wind gust', {
    unit: 'm/s',
    aggregate: 'mean',
    grafanaUnit: 'velocityms',
    decimals: 1,
    range: [0, 90],
    cfName: 'wind_speed_of_gust',
  }),
  wind_direction: number('Windrichtung', 'Wind direction', {
    unit: 'deg',
    aggregate: 'circular-mean',
    grafanaUnit: 'degree',
    decimals: 0,
    range: [0, 360],
    cfName: 'wind_from_direction',
  }),
  vapor_pressure: {
    ...mean('Dampfdruck', 'Vapor pressure', ['hPa', 'pressurehpa'], 1, [0, 100]),
    cfName: 'water_vapor_partial_pressure_in_air',
  },
  solar_irradiance: {
    ...mean('Globalstrahlung', 'Solar irradiance', ['W/m2', 'Wm2'], 0, [0, 2000]),
    cfName: 'surface_downwelling_shortwave_flux_in_air',
  },
  lightning_distance: mean('Entfernung der Blitze', 'Lightning distance', ['km', 'lengthkm'], 0, [0, 100]),
  tilt: mean('Neigung', 'Tilt', ['deg', 'degree'], 1, [-180, 180]),
  // What fell since the last report, so rain is its sum; a lost report is lost rain.
  precipitation_period: number(
    'Niederschlag seit der letzten Meldung',
    'Precipitation since the last report',
    {
      unit: 'mm',
      aggregate: 'sum',
      grafanaUnit: 'lengthmm',
      decimals: 1,
      range: [0, 200],
      cfName: 'lwe_thickness_of_precipitation_amount',
    },
  ),
  rainfall_intensity: number('Regenintensität', 'Rainfall intensity', {
    unit: 'mm/h',
    aggregate: 'mean',
    grafanaUnit: 'suffix: mm/h',
    decimals: 1,
    range: [0, 500],
    cfName: 'rainfall_rate',
  }),
  // A counter in the device, so rain is its growth; it restarts with the device.
  precipitation: number('Niederschlag', 'Precipitation', {
    unit: 'mm',
    aggregate: 'increase',
    grafanaUnit: 'lengthmm',
    decimals: 1,
    range: [0, 5_000_000],
    cfName: 'lwe_thickness_of_precipitation_amount',
  }),
  light_illuminance: number('Beleuchtungsstärke', 'Illuminance', {
    unit: 'lx',
    aggregate: 'mean',
    grafanaUnit: 'lux',
    decimals: 0,
    range: [0, 200_000],
  }),
  uv_index: number('UV-Index', 'UV index', {
    unit: '1',
    aggregate: 'mean',
    grafanaUnit: 'none',
    decimals: 1,
    range: [0, 20],
    cfName: 'ultraviolet_index',
  }),
  soil_temperature: number('Bodentemperatur', 'Soil temperature', {
    unit: 'Cel',
    aggregate: 'mean',
    grafanaUnit: 'celsius',
    decimals: 1,
    range: [-40, 80],
    cfName: 'soil_temperature',
  }),
  soil_moisture: number('Bodenfeuchte', 'Soil moisture', {
    unit: '%',
    aggregate: 'mean',
    grafanaUnit: 'percent',
    decimals: 1,
    range: [0, 100],
    cfName: 'volume_fraction_of_condensed_water_in_soil',
  }),
  electrical_conductivity: number('Elektrische Leitfähigkeit', 'Electrical conductivity', {
    unit: 'uS/cm',
    aggregate: 'mean',
    grafanaUnit: 'suffix: µS/cm',
    decimals: 0,
    range: [0, 20_000],
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
  capacitor_voltage: number('Kondensatorspannung', 'Capacitor voltage', {
    unit: 'V',
    aggregate: 'last',
    grafanaUnit: 'volt',
    decimals: 2,
    range: [0, 24],
  }),
  battery_voltage: number('Batteriespannung', 'Battery voltage', {
    unit: 'V',
    aggregate: 'last',
    grafanaUnit: 'volt',
    decimals: 2,
    range: [0, 24],
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
