import { type QuantityKey, quantity } from '#core';
import type { EnvironmentStation, Measurement } from './answers.ts';
import { type Age, observed, worstOf, worstOfUsable } from './freshness.ts';
import type { AssetOf, Site } from './inventory-schema.ts';
import { isUsable, type Known, type Look } from './known.ts';
import { assetsOf, isPublic, siteFacts, togetherMin } from './sites.ts';

/**
 * What a station says of its surroundings, in the order it is answered. A list of what is allowed, so that nothing new
 * becomes public by itself: neither motion and counts of people, nor battery and device temperature, which are the device.
 */
export const environmentQuantities: readonly QuantityKey[] = [
  'air_temperature',
  'relative_humidity',
  'air_pressure',
  'co2',
  'o3',
  'tvoc',
  'iaq_index',
  'sound_level_laeq',
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

/** A value to be told, and where it was measured; null: at several assets together. */
interface Told extends Pick<Known, 'quantity' | 'channel' | 'value' | 'age'> {
  readonly asset: string | null;
}

function measurement({ asset, quantity: key, channel, value, age }: Told): Measurement {
  const { label, unit } = quantity(key);
  return { asset, quantity: key, label, unit, value, channel: channel ?? null, ...observed(age) };
}

function inOrder(a: Told, b: Told): number {
  const byQuantity = environmentQuantities.indexOf(a.quantity) - environmentQuantities.indexOf(b.quantity);
  if (byQuantity !== 0) return byQuantity;
  const [left, right] = [`${a.asset ?? ''} ${a.channel ?? ''}`, `${b.asset ?? ''} ${b.channel ?? ''}`];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** What stands at an environment site: stations or trees. */
export function stationsOf(site: Site): AssetOf<'environment-station' | 'tree'>[] {
  return [...assetsOf(site, 'environment-station'), ...assetsOf(site, 'tree')];
}

function toldOf(look: Look, asset: string): Told[] {
  return look(asset)
    .filter(({ quantity: key }) => environmentQuantities.includes(key))
    .map((known) => ({ ...known, asset }));
}

/** What a station or some trees answer; a site that is not public has no values to show. */
export function environmentStation(site: Site, operator: string, look: Look): EnvironmentStation {
  const told = stationsOf(site).flatMap(({ id }) => toldOf(look, id));
  return {
    ...siteFacts(site, operator),
    type: assetsOf(site, 'tree').length > 0 ? 'tree' : 'environment-station',
    ...observed(worstOfUsable(told.map(({ age }) => age))),
    measurements: isPublic(site) ? told.sort(inOrder).map(measurement) : [],
  };
}

/** The mean over all rooms that say something usable of a quantity, as old as the oldest; none where they are too few. */
function meanOf(values: readonly Told[]): Told[] {
  const [first] = values;
  const age: Age | undefined = worstOf(values.map((one) => one.age));
  const rooms = new Set(values.map(({ asset }) => asset)).size;
  if (first === undefined || age === undefined || rooms < togetherMin) return [];
  const value = values.reduce((sum, one) => sum + Number(one.value), 0) / values.length;
  return [{ ...first, asset: null, channel: undefined, value, age }];
}

/** What the rooms of a building answer: their air on average, never that of one of them. */
export function roomsTogether(site: Site, operator: string, look: Look): EnvironmentStation {
  const values = assetsOf(site, 'room')
    .flatMap(({ id }) => toldOf(look, id))
    .filter((one) => isUsable(one) && quantity(one.quantity).aggregate === 'mean');
  const told = [...Map.groupBy(values, (one) => one.quantity).values()].flatMap(meanOf);
  return {
    ...siteFacts(site, operator),
    type: 'room',
    ...observed(worstOfUsable(told.map(({ age }) => age))),
    measurements: told.sort(inOrder).map(measurement),
  };
}
