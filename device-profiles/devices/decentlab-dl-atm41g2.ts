import { batteryVoltage, centredWord, decentlabFrame, word } from '../decentlab.ts';
import { defineProfile } from '../profile.ts';
import type { NumberField } from '../table.ts';

const tenths = (index: number, key: string, rest: Partial<NumberField>) =>
  centredWord(index, key, { ...rest, divisor: 10 });
const hundredths = (index: number, key: string, rest: Partial<NumberField>) =>
  centredWord(index, key, { ...rest, divisor: 100 });

/** In kPa, which are 10 hPa. */
const pressure = (index: number, key: string, quantity: NumberField['quantity'] & string) =>
  hundredths(index, key, { quantity, quantityOffset: -32_768, quantityDivisor: 10 });

export const decentlabDlAtm41g2 = defineProfile({
  id: 'decentlab/dl-atm41g2',
  names: ['Decentlab DL-ATM41G2'],
  source: 'Decentlab DL-ATM41G2 data sheet, protocol version 2; examples: decentlab/decentlab-decoders',
  theme: 'environment',
  lorawan: { macVersion: '1.0.3', deviceClass: 'A' },
  rhythm: { reporting: 'periodic', expectedIntervalS: 600 },
  frame: decentlabFrame([
    [
      tenths(0, 'solar_radiation', { quantity: 'solar_irradiance' }),
      word(1, 'precipitation', { divisor: 1000, quantity: 'precipitation_period' }),
      centredWord(2, 'lightning_strike_count', { quantity: 'lightning_strikes' }),
      centredWord(3, 'lightning_average_distance', {
        quantity: 'lightning_distance',
        // Without a strike (32,768 is none) it is the distance of nothing.
        cautions: [{ raw: 'u16be', at: 4, max: 32_768, noReading: true }],
      }),
      hundredths(4, 'wind_speed', { quantity: 'wind_speed' }),
      tenths(5, 'wind_direction', { quantity: 'wind_direction' }),
      hundredths(6, 'maximum_wind_speed', { quantity: 'wind_gust' }),
      tenths(7, 'air_temperature', { quantity: 'air_temperature' }),
      pressure(8, 'vapor_pressure', 'vapor_pressure'),
      pressure(9, 'barometric_pressure', 'air_pressure'),
      tenths(10, 'relative_humidity', { quantity: 'relative_humidity' }),
      tenths(11, 'internal_temperature', { quantity: 'device_temperature' }),
      tenths(12, 'tilt_angle_x_orientation', { quantity: 'tilt', channel: 'x' }),
      tenths(13, 'tilt_angle_y_orientation', { quantity: 'tilt', channel: 'y' }),
      centredWord(14, 'precipitation_electrical_conductivity', {
        quantity: 'electrical_conductivity',
        channel: 'precipitation',
      }),
      // Since it was switched on.
      {
        key: 'cumulative_precipitation',
        at: 30,
        raw: 'u32low',
        divisor: 1000,
        quantity: 'precipitation',
      },
    ],
    [batteryVoltage],
  ]),
});
