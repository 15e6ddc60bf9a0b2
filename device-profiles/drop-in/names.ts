import type { ModelNames } from '../catalog.ts';

/** Words of a name, lower case: letters and digits only. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A name as part of an id or a path: lower case, without what would need quoting. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
}

/**
 * Whether a model's name stands for it without its vendor's: it has a number, as models have, or several words. "Sensor"
 * could be anybody's.
 */
export function isTelling(name: string): boolean {
  return /\p{N}/u.test(name) || wordsOf(name).length > 1;
}

/** Names differ by device profile, not by device: a city has a few dozen. The limit is for whoever sends many. */
const rememberedMax = 1000;

interface Named {
  readonly id: string;
  readonly names: readonly string[];
}

/**
 * A function that finds by what a network server calls a model, in the same order as for the models of this house: the
 * tag `profile` decides alone, then the tags `vendor` and `model`, then what the device-profile name begins with. A name
 * that two would answer to finds neither.
 */
export function finderOf<T extends Named>(all: readonly T[]): (names: ModelNames) => T | undefined {
  const byId = new Map(all.map((one) => [one.id, one]));
  const byWords = new Map<string, T | undefined>();
  for (const one of all) {
    for (const key of new Set(one.names.map((name) => wordsOf(name).join(' '))))
      byWords.set(key, byWords.has(key) ? undefined : one);
  }
  const beginningWith = (name: string): T | undefined => {
    const words = wordsOf(name);
    // The longest name first: where one name begins with another, the more exact one is meant.
    for (let count = words.length; count > 0; count -= 1) {
      const key = words.slice(0, count).join(' ');
      if (byWords.has(key)) return byWords.get(key);
    }
    return undefined;
  };
  const find = ({ profileTag, vendorTag, modelTag, deviceProfileName }: ModelNames): T | undefined => {
    if (profileTag) return byId.get(profileTag.toLowerCase());
    const tagged = vendorTag && modelTag ? beginningWith(`${vendorTag} ${modelTag}`) : undefined;
    return tagged ?? (deviceProfileName ? beginningWith(deviceProfileName) : undefined);
  };
  const remembered = new Map<string, T | undefined>();
  return (names) => {
    const { profileTag, vendorTag, modelTag, deviceProfileName } = names;
    const key = JSON.stringify([profileTag, vendorTag, modelTag, deviceProfileName]);
    if (remembered.has(key)) return remembered.get(key);
    if (remembered.size >= rememberedMax) remembered.clear();
    const found = find(names);
    remembered.set(key, found);
    return found;
  };
}
