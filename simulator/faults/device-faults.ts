/** Faults of the devices themselves. */
import { type QuantityKey, quantity } from '#core';
import { decode, encodeUplink, fieldsOf, profileById } from '#device-profiles';
import { type Draw, whole } from '../draw.ts';
import type { UpEventOptions } from '../up-event.ts';
import {
  type Change,
  chosenDevices,
  cycleAt,
  drawsOf,
  type Emission,
  episodeAt,
  type Ground,
  hexOf,
  momentBefore,
  shareOf,
} from './fault.ts';

const hourMs = 3_600_000;
const stuckMs = 12 * hourMs;
const silentMs = 6 * hourMs;
/** From the last calibration to the next. */
const driftDays = 30;
/** How far values are off at the end of that, in the quantity's unit: a worn sensor in each case, not a broken one. */
const driftOf: Readonly<Partial<Record<QuantityKey, number>>> = {
  air_temperature: 3,
  soil_temperature: 3,
  relative_humidity: 10,
  soil_moisture: 10,
  co2: 300,
  pm2_5: 15,
  pm10: 25,
};
const batteryDays = 10;
/** The battery is empty for the last part of its days. */
const emptyShare = 0.1;
/** Of a lithium cell when the device gives up, as a share of the voltage it began with (3.6 V to 2.2 V). */
const emptyVoltageShare = 0.6;
/** No model reads it. */
const strangePort = 200;

const isPeriodic = (profile: string): boolean => profileById(profile)?.rhythm.reporting === 'periodic';

/** Names in what a model says, and the quantities they are. */
type Keys = ReadonlyMap<string, QuantityKey>;

function keysOf(profileId: string, isMeant: (key: QuantityKey) => boolean): Keys {
  const profile = profileById(profileId);
  const fields = profile === undefined ? [] : fieldsOf(profile.frame);
  return new Map(
    fields.flatMap((field) =>
      'quantity' in field &&
      field.quantity !== undefined &&
      field.into === undefined &&
      isMeant(field.quantity)
        ? [[field.key, field.quantity] as const]
        : [],
    ),
  );
}

/** Where models say the quantities that are meant; asked by profile id, with every message. */
function keysBy(isMeant: (key: QuantityKey) => boolean): (profileId: string) => Keys {
  const known = new Map<string, Keys>();
  return (profileId) => {
    const keys = known.get(profileId) ?? keysOf(profileId, isMeant);
    known.set(profileId, keys);
    return keys;
  };
}

/** The frame with some of its numbers changed, in the words of its profile; as it was where the device has no words for them. */
function restated(
  { profile: profileId, event }: { readonly profile: string; readonly event: UpEventOptions },
  keys: Keys,
  change: (value: number, key: QuantityKey) => number,
): UpEventOptions {
  const profile = profileById(profileId);
  if (profile === undefined) return event;
  const { data } = decode(profile, event);
  const changed = Object.entries(data).flatMap(([name, value]) => {
    const key = keys.get(name);
    return key === undefined || typeof value !== 'number' ? [] : [[name, change(value, key)] as const];
  });
  if (changed.length === 0) return event;
  try {
    return { ...event, ...encodeUplink(profile, { ...data, ...Object.fromEntries(changed) }, event.fPort) };
  } catch (cause) {
    // Beyond what its bits can say a sensor does not go.
    if (cause instanceof RangeError) return event;
    throw cause;
  }
}

const batteryKeys = keysBy((key) => key === 'battery_level' || key === 'battery_voltage');
const driftKeys = keysBy((key) => driftOf[key] !== undefined);

/** @param devices how many */
export function stuckSensor(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(ground, 'stuck-sensor', devices, isPeriodic);
  const draws = drawsOf(ground, 'stuck-sensor');
  return (one) => {
    const { devEui, timeMs } = one.said;
    const episode = chosen.has(devEui) ? episodeAt(draws(devEui), timeMs, stuckMs) : undefined;
    if (episode === undefined) return [one];
    const { bytes, fPort } = ground.firstFrom(devEui, episode.fromMs);
    return [{ ...one, event: { ...one.event, bytes, fPort } }];
  };
}

/** @param devices how many */
export function drift(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(
    ground,
    'drift',
    devices,
    (profile) => isPeriodic(profile) && driftKeys(profile).size > 0,
  );
  const draws = drawsOf(ground, 'drift');
  return (one) => {
    const { devEui, profile, timeMs } = one.said;
    if (!chosen.has(devEui)) return [one];
    const share = cycleAt(draws(devEui), timeMs, driftDays);
    const event = restated({ profile, event: one.event }, driftKeys(profile), (value, key) =>
      Math.min(value + share * (driftOf[key] ?? 0), quantity(key).range?.[1] ?? Infinity),
    );
    return [{ ...one, event }];
  };
}

/** @param devices how many */
export function batteryDecline(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(
    ground,
    'battery-decline',
    devices,
    (profile) => batteryKeys(profile).size > 0,
  );
  const draws = drawsOf(ground, 'battery-decline');
  return (one) => {
    const { devEui, profile, timeMs } = one.said;
    if (!chosen.has(devEui)) return [one];
    const left = 1 - cycleAt(draws(devEui), timeMs, batteryDays) / (1 - emptyShare);
    if (left <= 0) return [];
    const event = restated({ profile, event: one.event }, batteryKeys(profile), (value, key) =>
      key === 'battery_level'
        ? Math.round(100 * left)
        : value * (emptyVoltageShare + (1 - emptyVoltageShare) * left),
    );
    return [{ ...one, event }];
  };
}

/** @param devices how many */
export function silentDevice(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(ground, 'silent-device', devices, () => true);
  const draws = drawsOf(ground, 'silent-device');
  return (one) => {
    const { devEui, timeMs } = one.said;
    return chosen.has(devEui) && episodeAt(draws(devEui), timeMs, silentMs) !== undefined ? [] : [one];
  };
}

/** A frame counted from the first one at or after a moment. */
function countedFrom(ground: Ground, { event, said }: Emission, fromMs: number): UpEventOptions {
  return { ...event, fCnt: said.fCnt - ground.firstFrom(said.devEui, fromMs).fCnt };
}

/** Addresses of private networks begin with seven zero bits (LoRaWAN L2 1.0.4 §6.1.1). */
const addressOf = (draw: Draw, day: number): string => `01${hexOf(draw(day, 2), 6)}`;

/** @param devices how many */
export function counterReset(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(ground, 'counter-reset', devices, () => true);
  const draws = drawsOf(ground, 'counter-reset');
  const sinceMs = new Map(ground.places.devices.map((place) => [place.devEui, place.sinceMs]));
  return (one) => {
    const { devEui, timeMs } = one.said;
    if (!chosen.has(devEui)) return [one];
    const draw = draws(devEui);
    const { day, atMs } = momentBefore(draw, timeMs);
    if (atMs <= (sinceMs.get(devEui) ?? 0)) return [one];
    const event = countedFrom(ground, one, atMs);
    return [{ ...one, event: draw(day, 1) < 0.5 ? event : { ...event, devAddr: addressOf(draw, day) } }];
  };
}

/** @param devices how many */
export function deviceReplaced(ground: Ground, devices: number): Change {
  const chosen = chosenDevices(ground, 'device-replaced', devices, () => true);
  const draws = drawsOf(ground, 'device-replaced');
  return (one) => {
    const { devEui, deviceName, timeMs } = one.said;
    const draw = draws(devEui);
    const { day, atMs } = momentBefore(draw, timeMs);
    if (!chosen.has(devEui) || day !== Math.floor(timeMs / (24 * hourMs))) return [one];
    const event = {
      ...countedFrom(ground, one, atMs),
      // 02: given by no manufacturer.
      devEui: `02${hexOf(draw(-4), 7)}${hexOf(draw(-5), 7)}`,
      deviceName: `${deviceName} (spare)`,
      devAddr: addressOf(draw, -4),
    };
    return [{ ...one, event }];
  };
}

/** @param percent of all messages */
export function brokenPayloads(ground: Ground, percent: number): Change {
  return shareOf(ground, 'codec-breaking', percent, (one, draw) => {
    const { fCnt } = one.said;
    const { bytes } = one.event;
    const frame =
      draw(fCnt, 1) < 0.5
        ? { bytes: Uint8Array.of(0xfe), fPort: strangePort }
        : { bytes: bytes.subarray(0, whole(draw(fCnt, 2), 0, bytes.length - 1)) };
    return [{ ...one, event: { ...one.event, ...frame } }];
  });
}
