import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlausible, isQuantityKey, type Json, type QuantityKey } from '#core';
import { meaningOf } from './synonyms.ts';

type Data = Readonly<Record<string, Json>>;

const certain: readonly [key: string, value: number, quantity: QuantityKey, meant: number][] = [
  ['temperature', 21.5, 'air_temperature', 21.5],
  ['Temperature', -12, 'air_temperature', -12],
  ['TempC', 21.5, 'air_temperature', 21.5],
  ['TempC_SHT', 21.5, 'air_temperature', 21.5],
  ['temp_f', 212 - 150, 'air_temperature', 16.6666666667],
  ['temperature_fahrenheit', 32, 'air_temperature', 0],
  ['TempC_DS', 85, 'probe_temperature', 85],
  ['internalTemperature', 30, 'device_temperature', 30],
  ['soil_temperature', 9.1, 'soil_temperature', 9.1],
  ['Hum_SHT', 55, 'relative_humidity', 55],
  ['humidity_%', 55, 'relative_humidity', 55],
  ['relativeHumidity', 55, 'relative_humidity', 55],
  ['soil_moisture_pct', 21, 'soil_moisture', 21],
  ['co2_ppm', 612, 'co2', 612],
  ['CO2', 612, 'co2', 612],
  ['tvoc_ppb', 120, 'tvoc_fraction', 120],
  ['tvoc_µg/m³', 120, 'tvoc', 120],
  ['pm2.5', 8.4, 'pm2_5', 8.4],
  ['PM2_5', 8.4, 'pm2_5', 8.4],
  ['pm25_ugm3', 8.4, 'pm2_5', 8.4],
  ['pm1.0', 4, 'pm1', 4],
  ['pm10', 14, 'pm10', 14],
  ['barometric_pressure', 1013.2, 'air_pressure', 1013.2],
  ['pressure_hPa', 1013.2, 'air_pressure', 1013.2],
  ['air_pressure_pa', 101_320, 'air_pressure', 1013.2],
  ['ILL_lx', 320, 'light_illuminance', 320],
  ['wind_speed_kmh', 36, 'wind_speed', 10],
  ['windDirection', 270, 'wind_direction', 270],
  ['rain_rate_mm_h', 1.2, 'rainfall_intensity', 1.2],
  ['ec_uS_cm', 640, 'electrical_conductivity', 640],
  ['distance_cm', 82, 'distance', 820],
  ['water_level_mm', 1234, 'water_level', 123.4],
  ['BatV', 3.352, 'battery_voltage', 3.352],
  ['battery_mV', 3352, 'battery_voltage', 3.352],
  ['batteryVoltage', 3.6, 'battery_voltage', 3.6],
  ['battery_percent', 87, 'battery_level', 87],
  ['current_mA', 1500, 'current', 1.5],
  ['power_kW', 7.4, 'active_power', 7400],
  ['energy_Wh', 1500, 'active_energy', 1.5],
  ['frequency_hz', 49.98, 'frequency', 49.98],
];

const uncertain: readonly [why: string, data: Data][] = [
  ['volts or percent', { battery: 3.6, batteryLevel: 90 }],
  ['of water or of air', { pressure: 1013, pressure_kPa: 101 }],
  ['in what unit', { windSpeed: 3, soilMoisture: 30, distance: 100, rain: 1, tvoc: 3, light: 3 }],
  ['mains or cell', { voltage: 3.6, voltage_v: 230 }],
  ['ampere or phase A', { current_a: 5 }],
  ['no number', { temperature: '21.5', humidity: null, co2: true, pm10: { value: 3 } }],
  ['not plausible', { co2: 0, temperature: 327.67, batteryVoltage: 3600, humidity: 255, pressure_hpa: 0 }],
  ['two that contradict each other', { temperature: 21, ambientTemperature: 5, temp_c: 21 }],
  ['PM10 beside PM100 is PM1.0', { pm10: 3, pm100: 9 }],
  ['a unit beside it that nobody knows', { temperature: 300, temperature_unit: 'K' }],
  ['a radio’s frequency', { frequency_hz: 868_100_000 }],
];

describe('a key that is certain', () => {
  it.each(certain)('%s: %d is %s', (key, value, quantity, meant) => {
    expect(meaningOf({ [key]: value })).toEqual([{ quantity, value: meant }]);
  });

  it('is read in the unit named beside it', () => {
    expect(meaningOf({ temperature: 50, temperatureUnit: '°F' })).toEqual([
      { quantity: 'air_temperature', value: 10 },
    ]);
  });

  it('counts once, where two say the same', () => {
    expect(meaningOf({ temperature: 21.5, temperature_f: 70.7, humidity: 40 })).toEqual([
      { quantity: 'air_temperature', value: 21.5 },
      { quantity: 'relative_humidity', value: 40 },
    ]);
  });
});

describe('what is not certain stays data', () => {
  it.each(uncertain)('%s', (_, data) => expect(meaningOf(data)).toEqual([]));

  it('whatever the keys and values', () => {
    const key = fc.oneof(fc.constantFrom(...certain.map(([name]) => name)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue() as fc.Arbitrary<Json>), (data) => {
        const readings = meaningOf(data);
        expect(new Set(readings.map(({ quantity }) => quantity)).size).toBe(readings.length);
        for (const { quantity, value } of readings)
          expect(isQuantityKey(quantity) && isPlausible(quantity, value)).toBe(true);
      }),
    );
  });
});
