import { type DeviceProfile, profileById } from '#device-profiles';
import { models, type Surroundings } from './models/models.ts';
import type { Sensor } from './models/sensor.ts';
import type { TownPlace } from './places.ts';

/** A device of the town that speaks. */
export interface LivingDevice {
  readonly place: TownPlace;
  readonly profile: DeviceProfile;
  readonly sensor: Sensor;
}

/** Brings devices to life; those whose model the simulator or the profiles do not know are left out. */
export function livingDevices(around: Surroundings, places: readonly TownPlace[]): LivingDevice[] {
  return places.flatMap((place) => {
    const profile = profileById(place.profile);
    const model = models[place.profile];
    if (profile === undefined || model === undefined) return [];
    return [{ place, profile, sensor: model(around, place, profile) }];
  });
}
