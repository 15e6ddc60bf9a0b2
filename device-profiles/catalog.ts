import { boschTps110 } from './devices/bosch-tps110.ts';
import { browanTbsl100 } from './devices/browan-tbsl100.ts';
import { decentlabDlAtm41g2 } from './devices/decentlab-dl-atm41g2.ts';
import { decentlabDlIam } from './devices/decentlab-dl-iam.ts';
import { decentlabDlMbx } from './devices/decentlab-dl-mbx.ts';
import { decentlabDlPm } from './devices/decentlab-dl-pm.ts';
import { decentlabDlSmtp } from './devices/decentlab-dl-smtp.ts';
import { draginoLse01 } from './devices/dragino-lse01.ts';
import { elsysErs } from './devices/elsys-ers.ts';
import { milesightAm307 } from './devices/milesight-am307.ts';
import { milesightAm319 } from './devices/milesight-am319.ts';
import { milesightAm319Hcho } from './devices/milesight-am319-hcho.ts';
import { milesightCt103 } from './devices/milesight-ct103.ts';
import { milesightCt305 } from './devices/milesight-ct305.ts';
import { milesightEm300Di } from './devices/milesight-em300-di.ts';
import { milesightEm400Mud } from './devices/milesight-em400-mud.ts';
import { milesightEm500Smtc } from './devices/milesight-em500-smtc.ts';
import { milesightEm500Swl } from './devices/milesight-em500-swl.ts';
import { milesightVs121 } from './devices/milesight-vs121.ts';
import { milesightVs133 } from './devices/milesight-vs133.ts';
import { milesightWs302 } from './devices/milesight-ws302.ts';
import { milesightWs523 } from './devices/milesight-ws523.ts';
import { milesightWs558 } from './devices/milesight-ws558.ts';
import { nwaveNps405 } from './devices/nwave-nps405.ts';
import { parametricPcr2 } from './devices/parametric-pcr2.ts';
import { seeedS2120 } from './devices/seeed-s2120.ts';
import { tekzitelTekzipark } from './devices/tekzitel-tekzipark.ts';
import { vutilityHotdrop } from './devices/vutility-hotdrop.ts';
import { yobiiqEm4301 } from './devices/yobiiq-em4301.ts';
import type { DeviceProfile } from './profile.ts';

/** Every device model there is. */
export const profiles: readonly DeviceProfile[] = Object.freeze([
  boschTps110,
  browanTbsl100,
  decentlabDlAtm41g2,
  decentlabDlIam,
  decentlabDlMbx,
  decentlabDlPm,
  decentlabDlSmtp,
  draginoLse01,
  elsysErs,
  milesightAm307,
  milesightAm319,
  milesightAm319Hcho,
  milesightCt103,
  milesightCt305,
  milesightEm300Di,
  milesightEm400Mud,
  milesightEm500Smtc,
  milesightEm500Swl,
  milesightVs121,
  milesightVs133,
  milesightWs302,
  milesightWs523,
  milesightWs558,
  nwaveNps405,
  parametricPcr2,
  seeedS2120,
  tekzitelTekzipark,
  vutilityHotdrop,
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
const rememberedByName = new Map<string, DeviceProfile | null>();
const rememberedByTags = new Map<string, DeviceProfile | null>();

/** Says of each how long it is, so that no two of one wording are confused. */
function keyOf(profileTag = '', vendorTag = '', modelTag = '', deviceProfileName = ''): string {
  const lengths = `${profileTag.length} ${vendorTag.length} ${modelTag.length}`;
  return `${lengths} ${profileTag}${vendorTag}${modelTag}${deviceProfileName}`;
}

/**
 * The model a network server's names mean: the tag `profile`, else the tags `vendor` and `model`, else the
 * device-profile name, each but the first by its leading words, whatever their case ("Bosch TPS110 (no codec)" is
 * bosch/tps110, "Milesight CT1030" is not milesight/ct103).
 */
export function profileByName(names: ModelNames): DeviceProfile | undefined {
  const { profileTag, vendorTag, modelTag, deviceProfileName } = names;
  const hasTags = profileTag !== undefined || vendorTag !== undefined || modelTag !== undefined;
  const remembered = hasTags ? rememberedByTags : rememberedByName;
  const key = hasTags ? keyOf(profileTag, vendorTag, modelTag, deviceProfileName) : (deviceProfileName ?? '');
  const known = remembered.get(key);
  if (known !== undefined) return known ?? undefined;
  const profile = find(names);
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(key, profile ?? null);
  return profile;
}
