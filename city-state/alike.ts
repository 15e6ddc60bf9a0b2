/** Which sensors are of one kind, and how far good ones may be from each other. */
import type { DeviceDirectory, QuantityKey } from '#core';
import type { Device } from './device.ts';
import { liveIntervals } from './freshness.ts';
import type { Asset } from './inventory-schema.ts';

const hourMs = 3_600_000;

interface Limit {
  /** So far, in the quantity's unit, good sensors of one model may be from each other at places of one kind. */
  readonly max: number;
  /** What people set or use differently in each room says nothing of a sensor there. */
  readonly outdoorsOnly: boolean;
}

/**
 * What is compared; generous, for a false alarm costs trust. Not compared is what places of one kind differ by for
 * weeks, or may: the soil by shade, water and depth, pressure by height, sound, light and wind by what stands around.
 */
const limits: Readonly<Partial<Record<QuantityKey, Limit>>> = {
  // ±0.3 °C (Sensirion SHT21, data sheet), 0.65 °C for 100 m of height (ICAO standard atmosphere), and a city's centre is 1
  // to 3 °C warmer than the land around it in the mean of a year (Oke 1997), but less than that from the middle of a city.
  air_temperature: { max: 2.5, outdoorsOnly: true },
  // ±2 % (SHT21), and what 2 °C make of air near saturation: 6 % of its humidity a degree (Magnus formula, WMO-No. 8, annex 4.B).
  relative_humidity: { max: 15, outdoorsOnly: true },
  // ±5 µg/m³ + 5 % and ±25 µg/m³ (Sensirion SPS30, data sheet), and a street or some stoves more or less.
  pm2_5: { max: 15, outdoorsOnly: true },
  pm10: { max: 30, outdoorsOnly: true },
  // ±30 ppm + 3 % (Sensirion SCD30, data sheet). Empty rooms come down to the air outside, tight ones in a day.
  co2: { max: 200, outdoorsOnly: false },
};

/** Older numbers are of another moment, also of a device whose rhythm is slower or not known. */
const ageMsMax = 1.5 * hourMs;

/** Live numbers to be compared: of one quantity and channel (a depth, say) of one model, at places of one kind. */
export interface Group {
  readonly quantity: QuantityKey;
  readonly channel: string | undefined;
  readonly limit: number;
  /** DevEUIs, where they are, and what they say: lists of the same length, because there may be 50,000 of them. */
  readonly devices: string[];
  readonly assets: string[];
  readonly values: number[];
}

/** By kind of place and model, then by quantity and channel: most of a device's numbers have the former in common. */
export type Groups = Map<string, Map<string, Group>>;

/** Where things stand. */
export interface Whereabouts {
  readonly directory: DeviceDirectory;
  /** Kind of an asset by its id. */
  readonly kindOf: ReadonlyMap<string, Asset['kind']>;
}

function groupsAt(groups: Groups, name: string): Map<string, Group> {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const made = new Map<string, Group>();
  groups.set(name, made);
  return made;
}

function groupOf(
  groups: Map<string, Group>,
  quantity: QuantityKey,
  channel: string | undefined,
  limit: number,
): Group {
  const name = channel === undefined ? quantity : `${quantity} ${channel}`;
  const known = groups.get(name);
  if (known !== undefined) return known;
  const made = { quantity, channel, limit, devices: [], assets: [], values: [] };
  groups.set(name, made);
  return made;
}

/** Puts into groups what a device says of what is compared: its newest numbers, where they are live and told at a rhythm. */
export function group(
  devEui: string,
  device: Device,
  { directory, kindOf }: Whereabouts,
  nowMs: number,
  groups: Groups,
): void {
  const profile = device.reported?.profile;
  if (profile === undefined) return;
  let here: string | undefined;
  let kind: Asset['kind'] | undefined;
  let groupsHere: Map<string, Group> | undefined;
  for (const { quantity, channel, window } of device.series) {
    const limit = limits[quantity];
    if (limit === undefined) continue;
    const { reporting, expectedIntervalS } = device.rhythmOf(quantity);
    const entry = window.newest(() => true);
    const oldestMs = nowMs - Math.min(ageMsMax, liveIntervals * expectedIntervalS * 1000);
    if (reporting !== 'periodic' || typeof entry?.value !== 'number' || entry.time < oldestMs) continue;
    const { asset = '' } = directory.placeOf(devEui, channel, entry.time);
    if (asset !== here) {
      here = asset;
      kind = kindOf.get(asset);
      groupsHere = kind && groupsAt(groups, `${kind} ${profile.id}`);
    }
    if (groupsHere === undefined) continue;
    if (limit.outdoorsOnly && (kind === 'room' || profile.theme !== 'environment')) continue;
    const { devices, assets, values } = groupOf(groupsHere, quantity, channel, limit.max);
    devices.push(devEui);
    assets.push(asset);
    values.push(entry.value);
  }
}
