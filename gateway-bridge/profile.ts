import type { DeviceDirectory, NamedModel, ProfileFacts } from '#core';
import {
  cayenneFacts,
  type DecodeResult,
  type DecoderSandbox,
  type DeviceProfile,
  type DropInProfiles,
  decode,
  decodeCayenne,
  decodeStranger,
  type Frame,
  isCayenne,
  type ModelNames,
  profileById,
  profileByName,
  profiles,
  type StrangerDevice,
} from '#device-profiles';

/** A payload, and when it came: strangers' codecs take that for the time of day. */
export interface ReceivedFrame extends Frame {
  readonly receivedAtMs: number;
}

/** A device model, whoever wrote it. */
export interface Model {
  readonly facts: ProfileFacts;
  /** Ours at once, a stranger's from the sandbox. */
  decode(frame: ReceivedFrame): DecodeResult | Promise<DecodeResult>;
}

/** Device models others describe, as they are now, and where their codecs run. */
export interface Strangers {
  readonly profiles: Pick<DropInProfiles, 'catalogue'>;
  readonly sandbox: Pick<DecoderSandbox, 'decode'>;
}

/** Made once, because every uplink asks for one. */
const ours: ReadonlyMap<DeviceProfile, Model> = new Map(
  profiles.map((profile) => [profile, { facts: profile.facts, decode: (frame) => decode(profile, frame) }]),
);

const cayenne: Model = { facts: cayenneFacts, decode: ({ bytes }) => decodeCayenne(bytes) };

/** Where device models are looked for. */
export interface Models {
  readonly directory: DeviceDirectory;
  readonly strangers?: Strangers | undefined;
}

/**
 * The model of a device: the one the inventory names, else tag `profile`, else tags `vendor` and `model`, else what the
 * name of its ChirpStack device profile begins with. Among models of the same name ours come first, then Cayenne LPP.
 */
export function modelOf(
  devEui: string,
  time: number,
  { deviceProfileName, tags }: NamedModel,
  { directory, strangers }: Models,
): Model | undefined {
  const inventoryTag = directory.profileOf(devEui, time);
  const names: ModelNames =
    inventoryTag === undefined
      ? { profileTag: tags.profile, vendorTag: tags.vendor, modelTag: tags.model, deviceProfileName }
      : { profileTag: inventoryTag };
  const known = inventoryTag === undefined ? profileByName(names) : profileById(inventoryTag);
  if (known !== undefined) return ours.get(known);
  if (isCayenne(names)) return cayenne;
  const stranger = strangers?.profiles.catalogue.byName(names);
  return stranger && strangers && ofStranger(stranger, strangers);
}

function ofStranger(device: StrangerDevice, { sandbox }: Strangers): Model {
  return { facts: device.facts, decode: (frame) => decodeStranger(sandbox, device, frame) };
}
