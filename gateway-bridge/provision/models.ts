import { profileById, regionalParameters, type StrangerDevice } from '#device-profiles';
import type { MacVersion, RadioProfile } from './objects.ts';

/** Who made an object, as a tag of it: only such objects are ever deleted. */
export const managedBy = { key: 'managed-by', value: 'stadtpegel' } as const;

/** Models of vendors' own, by their id. */
export type StrangersById = (id: string) => Pick<StrangerDevice, 'vendor' | 'name' | 'eu868'> | undefined;

/** Battery and link margin once a day: each answer costs the device a downlink. */
const statusRequestsPerDay = 1;
/** Where nobody says how often a model sends. */
const uplinkIntervalUsualS = 3600;

interface Facts {
  readonly name: string;
  readonly macVersion: MacVersion;
  readonly isClassC: boolean;
  readonly supportsOtaa: boolean;
  readonly uplinkIntervalS: number;
}

function factsOf(id: string, strangers: StrangersById): Facts | undefined {
  const ours = profileById(id);
  if (ours !== undefined) {
    const { names, lorawan, rhythm } = ours;
    return {
      name: names[0] ?? id,
      macVersion: lorawan.macVersion,
      isClassC: lorawan.deviceClass === 'C',
      supportsOtaa: true,
      uplinkIntervalS: rhythm.expectedIntervalS,
    };
  }
  const stranger = strangers(id);
  if (stranger === undefined) return undefined;
  const { vendor, name, eu868 } = stranger;
  return {
    name: name.toLowerCase().startsWith(vendor.toLowerCase()) ? name : `${vendor} ${name}`,
    macVersion: eu868?.macVersion ?? '1.0.3',
    isClassC: eu868?.deviceClass === 'C',
    supportsOtaa: eu868?.supportsOtaa ?? true,
    uplinkIntervalS: uplinkIntervalUsualS,
  };
}

/**
 * The device profile a model needs: no codec, since decoding is ours, and EU868. Of a model nobody describes LoRaWAN
 * 1.0.3 and class A are believed, as most are. Its name begins with the model's, so that the platform knows it by that.
 */
export function radioProfileOf(
  id: string,
  strangers: StrangersById,
): { profile: RadioProfile; isKnown: boolean } {
  const known = factsOf(id, strangers);
  const { name, macVersion, isClassC, supportsOtaa, uplinkIntervalS } = known ?? {
    name: id,
    macVersion: '1.0.3',
    isClassC: false,
    supportsOtaa: true,
    uplinkIntervalS: uplinkIntervalUsualS,
  };
  const profile: RadioProfile = {
    name: shortened(known === undefined ? id : `${name} (${id})`),
    region: 'EU868',
    macVersion,
    regionalRevision: regionalParameters[macVersion],
    supportsOtaa,
    supportsClassC: isClassC,
    codec: 'NONE',
    uplinkIntervalS,
    statusRequestsPerDay,
    tags: { [managedBy.key]: managedBy.value, profile: id },
  };
  return { profile, isKnown: known !== undefined };
}

/** ChirpStack's database takes names of 100 characters (chirpstack, migrations, `varchar(100)`). */
const nameCharsMax = 100;

export function shortened(name: string): string {
  return name.length <= nameCharsMax ? name : `${name.slice(0, nameCharsMax - 1)}…`;
}
