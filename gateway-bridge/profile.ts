import type { DeviceDirectory } from '#core';
import { type DeviceProfile, profileById, profileByName } from '#device-profiles';

/** What ChirpStack knows of a device's model. */
export interface NamedModel {
  readonly deviceProfileName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The profile of a device: the one the inventory names, else tag `profile`, else tags `vendor` and `model`, else what
 * the name of its ChirpStack device profile begins with.
 */
export function profileOf(
  devEui: string,
  time: number,
  { deviceProfileName, tags }: NamedModel,
  directory: DeviceDirectory,
): DeviceProfile | undefined {
  const named = directory.profileOf(devEui, time);
  if (named !== undefined) return profileById(named);
  const { profile: profileTag, vendor: vendorTag, model: modelTag } = tags;
  return profileByName({
    deviceProfileName,
    ...(profileTag !== undefined && { profileTag }),
    ...(vendorTag !== undefined && { vendorTag }),
    ...(modelTag !== undefined && { modelTag }),
  });
}
