import { type QuantityKey, quantity } from '#core';
import type { EnvironmentStation, Measurement } from './answers.ts';
import { observed, worstOfUsable } from './freshness.ts';
import type { Site } from './inventory-schema.ts';
import type { Known, Look } from './known.ts';
import { assetsOf, isPublic, siteFacts } from './sites.ts';

/**
 * What a station says of its surroundings, in the order it is answered. A list of what is allowed, so that nothing new
 * becomes public by itself: neither motion, which is people, nor battery and device temperature, which are the device.
 */
export const environmentQuantities: readonly QuantityKey[] = [
  'air_temperature',
  'relative_humidity',
  'air_pressure',
  'co2',
  'tvoc',
  'iaq_index',
  'light_level',
  'light_illuminance',
  'uv_index',
  'pm2_5',
  'pm10',
  'wind_speed',
  'wind_direction',
  'rainfall_intensity',
  'soil_moisture',
  'soil_temperature',
];

function measurement({ quantity: key, channel, value, age }: Known): Measurement {
  const { label, unit } = quantity(key);
  return { quantity: key, label, unit, value, channel: channel ?? null, ...observed(age) };
}

function inOrder(a: Known, b: Known): number {
  const byQuantity = environmentQuantities.indexOf(a.quantity) - environmentQuantities.indexOf(b.quantity);
  if (byQuantity !== 0) return byQuantity;
  const [left, right] = [a.channel ?? '', b.channel ?? ''];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** What an environment station answers; one that is not public has no values to show. */
export function environmentStation(site: Site, operator: string, look: Look): EnvironmentStation {
  const known = assetsOf(site, 'environment-station')
    .flatMap(({ id }) => look(id).filter(({ quantity: key }) => environmentQuantities.includes(key)))
    .sort(inOrder);
  return {
    ...siteFacts(site, operator),
    ...observed(worstOfUsable(known.map(({ age }) => age))),
    measurements: isPublic(site) ? known.map(measurement) : [],
  };
}
