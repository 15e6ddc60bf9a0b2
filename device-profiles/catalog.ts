import { boschTps110 } from './devices/bosch-tps110.ts';
import { decentlabDlPm } from './devices/decentlab-dl-pm.ts';
import { milesightAm307 } from './devices/milesight-am307.ts';
import { milesightCt103 } from './devices/milesight-ct103.ts';
import { milesightCt305 } from './devices/milesight-ct305.ts';
import { milesightEm500Smtc } from './devices/milesight-em500-smtc.ts';
import { nwaveNps405 } from './devices/nwave-nps405.ts';
import { seeedS2120 } from './devices/seeed-s2120.ts';
import { yobiiqEm4301 } from './devices/yobiiq-em4301.ts';
import type { DeviceProfile } from './profile.ts';

/** Every device model there is. */
export const profiles: readonly DeviceProfile[] = Object.freeze([
  boschTps110,
  decentlabDlPm,
  milesightAm307,
  milesightCt103,
  milesightCt305,
  milesightEm500Smtc,
  nwaveNps405,
  seeedS2120,
  yobiiqEm4301,
]);

const byId: ReadonlyMap<string, DeviceProfile> = new Map(profiles.map((profile) => [profile.id, profile]));

/** The model with that id (`vendor/model`), whatever its case. */
export function profileById(id: string): DeviceProfile | undefined {
  return byId.get(id.toLowerCase());
}

/** What a network server says of a device's model. */
export interface ModelNames {
  /** Tag `profile`: `vendor/model`. Who sets it means one of our profiles, so it decides alone. */
  readonly profileTag?: string | undefined;
  readonly vendorTag?: string | undefined;
  readonly modelTag?: string | undefined;
  readonly deviceProfileName?: string | undefined;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Longest names first: where one name begins with another, the more exact one is found. */
const wordings = profiles
  .flatMap((profile) => profile.names.map((name) => ({ profile, words: wordsOf(name) })))
  .sort((a, b) => b.words.length - a.words.length);

function beginningWith(name: string): DeviceProfile | undefined {
  const words = wordsOf(name);
  return wordings.find((wording) => wording.words.every((word, i) => words[i] === word))?.profile;
}

function find({ profileTag, vendorTag, modelTag, deviceProfileName }: ModelNames): DeviceProfile | undefined {
  if (profileTag) return profileById(profileTag);
  const tagged = vendorTag && modelTag ? beginningWith(`${vendorTag} ${modelTag}`) : undefined;
  return tagged ?? (deviceProfileName ? beginningWith(deviceProfileName) : undefined);
}

/** Names differ by device profile, not by device: a city has a few dozen. The limit is for whoever sends many. */
const rememberedMax = 1000;
const remembered = new Map<string, DeviceProfile | undefined>();

/**
 * The model a network server's names mean: the tag `profile`, else the tags `vendor` and `model`, else the
 * device-profile name, each but the first by its leading words, whatever their case ("Bosch TPS110 (no codec)" is
 * bosch/tps110, "Milesight CT1030" is not milesight/ct103).
 */
export function profileByName(names: ModelNames): DeviceProfile | undefined {
  const { profileTag, vendorTag, modelTag, deviceProfileName } = names;
  const key = JSON.stringify([profileTag, vendorTag, modelTag, deviceProfileName]);
  if (remembered.has(key)) return remembered.get(key);
  const profile = find(names);
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(key, profile);
  return profile;
}
