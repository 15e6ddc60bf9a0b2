import { type DecodedReading, decode, encodeUplink } from '#device-profiles';
import type { LivingDevice } from './devices.ts';
import { chargePointsOf, type PointTruth } from './world/charging.ts';
import type { Calendars } from './world/visits.ts';

/** What a device would tell if it were asked at that moment. */
export interface DeviceTruth {
  readonly devEui: string;
  /** Id of its asset; its DevEUI where it stands nowhere in particular. */
  readonly asset: string;
  /** In the city's words, as fine as the device can say them; what is counted since its last report, until then. */
  readonly readings: readonly DecodedReading[];
}

/** The town as it is at a moment, whatever of it has been told. */
export interface Truth {
  /** Those in service. */
  readonly devices: readonly DeviceTruth[];
  readonly bays: readonly { readonly asset: string; readonly occupied: boolean }[];
  /** Every charge point that has a meter or a bay sensor. */
  readonly points: readonly PointTruth[];
}

/** The truth of a town with these devices, at any moment (ms UTC). */
export function truthOf(
  seed: number,
  calendars: Calendars,
  devices: readonly LivingDevice[],
): (atMs: number) => Truth {
  const pointsAt = chargePointsOf(
    seed,
    calendars,
    devices.flatMap(({ place }) => place.points),
  );
  const askedAt = ({ place, profile, sensor }: LivingDevice, atMs: number): DeviceTruth[] => {
    if (atMs < place.sinceMs || atMs >= place.untilMs) return [];
    const { data, fPort } = sensor.asked(atMs);
    const { readings } = decode(profile, encodeUplink(profile, data, fPort));
    return [{ devEui: place.devEui, asset: place.id, readings }];
  };
  return (atMs) => {
    const told = devices.flatMap((device) => askedAt(device, atMs));
    const bays = told.flatMap(({ asset, readings }) =>
      readings
        .filter(({ quantity }) => quantity === 'bay_occupied')
        .map(({ value }) => ({ asset, occupied: value === true })),
    );
    return { devices: told, bays, points: pointsAt(atMs) };
  };
}
